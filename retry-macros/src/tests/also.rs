// What is written:
//
// #[retry(also = Error::Locked, breaker = BREAKER)]
// fn fetch(url: &str) -> Result<u32, Error> {
//     get(url)
// }
//
// What it becomes, with `p` for `__persevere`:

fn fetch(url: &str) -> Result<u32, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
                p::Name::in_module(
                    p::concat!(p::module_path!(), "::", "fetch"),
                    "fetch",
                ),
                "default",
                p::file!(),
                p::line!(),
            )
            .with_also(&"Error::Locked");
        &SITE
    }
    let __breaker = p::breaker(&BREAKER);
    let mut __retry = p::RetrySlot::empty();
    let mut __earlier = p::None;
    loop {
        let __whole = {
            let (__permit, __rejected) = p::begin_attempt(p::None, __breaker);
            let __outcome = match __rejected {
                p::None => p::attempt(|| -> Result<u32, Error> { { get(url) } }),
                p::Some(__rejection) => {
                    p::rejected::<Result<u32, Error>>(__rejection, p::None)
                }
            };
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    p::attempt_succeeded(__permit);
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .rejected(__rejected);
                        p::succeeded_late(__call, &mut __retry);
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .rejected(__rejected)
                            .earlier({
                                #[allow(unused_imports)]
                                use p::ask::*;
                                match p::earlier_error(__whole, __rejected, &__earlier) {
                                    p::Some(__error) => {
                                        p::Some(
                                            p::Err(p::text((&&&&&p::Probe(__error)).__shown(), __error)),
                                        )
                                    }
                                    p::None => p::None,
                                }
                            });
                        let __error = &__error;
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __verdict = if match __error {
                            Error::Locked => true,
                            #[allow(unreachable_patterns)]
                            _ => false,
                        } {
                            p::retried((&&p::Probe(__error)).__hint())
                        } else {
                            p::unless_refused(__rejected, p::classified(&*__error))
                        };
                        p::attempt_failed(
                            __permit,
                            p::health((&&&p::Probe(__error)).__health(), __verdict),
                            __rejected,
                        );
                        p::failed(
                            __call,
                            &mut __retry,
                            __verdict,
                            p::text((&&&&&p::Probe(__error)).__shown(), __error),
                        )
                    };
                    if !__goes_on {
                        let __error = p::last(__rejected, __earlier, __error);
                        break __whole(p::Err(__error));
                    }
                    p::keep(__rejected, &mut __earlier, __error);
                    __whole
                }
            }
        };
        let __is_cancelled = p::sleep_blocking_in(__retry_site, &mut __retry);
        if let p::Some(__error) = if __is_cancelled {
            p::Option::take(&mut __earlier)
        } else {
            p::None
        } {
            {
                let __policy = &p::Policy::DEFAULT;
                let __call = &p::Call::new(__retry_site, __policy);
                p::cancelled(
                    __call,
                    &mut __retry,
                    {
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __error = &__error;
                        p::Some(p::text((&&&&&p::Probe(__error)).__shown(), __error))
                    },
                );
            }
            break __whole(p::Err(__error));
        }
    }
}
