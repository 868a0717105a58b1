// What is written:
//
// #[retry(fallback = |_| Ok(0))]
// fn fetch(url: &str) -> Result<u32, Error> {
//     get(url)
// }
//
// What it becomes, with `p` for `__persevere`:

fn fetch(url: &str) -> Result<u32, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "fetch"), "fetch"),
            "default",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    let mut __retry = p::RetrySlot::empty();
    '__call: {
        let __error = loop {
            let (__held, __whole) = {
                let __outcome = p::attempt(|| -> Result<u32, Error> { { get(url) } });
                let (__apart, __whole) = p::parts_of(&__outcome);
                let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
                match __apart(__outcome) {
                    p::Ok(__value) => {
                        p::succeeded(__call, &mut __retry);
                        break '__call __whole(p::Ok(__value));
                    }
                    p::Err(__error) => {
                        let (__goes_on, __is_answer) = {
                            let __event = {
                                let __error = &__error;
                                #[allow(unused_imports)]
                                use p::ask::*;
                                let __verdict = p::classified(&*__error);
                                p::Call::failed(
                                    __call,
                                    &mut __retry,
                                    __verdict,
                                    p::text((&&&&&p::Probe(__error)).__shown(), __error),
                                )
                            };
                            (p::is_retried(&__event), p::is_answer(&__event))
                        };
                        if !__goes_on {
                            p::end(&mut __retry);
                            if __is_answer {
                                break '__call __whole(p::Err(__error))
                            } else {
                                break __error
                            };
                        }
                        (__error, __whole)
                    }
                }
            };
            let __is_cancelled = p::sleep_blocking_in(__retry_site, &mut __retry);
            if let p::Some(__error) = if __is_cancelled {
                p::Some(__held)
            } else {
                p::None
            } {
                {
                    let __call = const {
                        &p::Call::new(__retry_site, &p::Policy::DEFAULT)
                    };
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
                break __error;
            }
        };
        p::fallback_blocking::<Result<u32, Error>>(__error, |_| Ok(0))
    }
}
