// What is written:
//
// #[retry(budget = BUDGET, breaker = BREAKER, timeout = "2s")]
// async fn fetch(url: &str) -> Result<u32, Error> {
//     get(url).await
// }
//
// What it becomes, with `p` for `__persevere`:

async fn fetch(url: &str) -> Result<u32, Error> {
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
    let __budget = p::budget(&BUDGET);
    p::begin_call(p::None, __budget);
    let __breaker = p::breaker(&BREAKER);
    let mut __retry = p::RetrySlot::empty();
    let mut __earlier = p::None;
    loop {
        let __shape = {
            let (__permit, __rejected) = p::begin_attempt(p::None, __breaker);
            let p::AttemptEnd { outcome: __outcome, rejected: __rejected, .. } = match __rejected {
                p::None => {
                    let __limit = p::Limit::of(
                        p::None,
                        p::timeout_in_force(
                            __retry_site,
                            p::Some(p::Duration::new(2u64, 0u32)),
                        ),
                    );
                    match p::within(
                            __limit,
                            async {
                                if false {
                                    return p::never::<Result<u32, Error>>();
                                }
                                { get(url).await }
                            },
                        )
                        .await
                    {
                        p::Ok(__outcome) => p::AttemptEnd::new(__outcome),
                        p::Err(__rejection) => {
                            p::AttemptEnd::cut(
                                p::rejected::<Result<u32, Error>>(__rejection, p::None),
                                __rejection,
                            )
                        }
                    }
                }
                p::Some(__rejection) => {
                    p::AttemptEnd::cut(
                        p::rejected::<Result<u32, Error>>(__rejection, p::None),
                        __rejection,
                    )
                }
            };
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    p::attempt_succeeded(__permit);
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .budget(__budget)
                            .rejected(__rejected);
                        p::succeeded_late(__call, &mut __retry);
                    } else {
                        p::Budget::succeeded(__budget);
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .budget(__budget)
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
                        let __verdict = p::unless_refused(
                            __rejected,
                            p::classified(&*__error),
                        );
                        p::attempt_failed(__permit, __verdict, __rejected);
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
                    p::shape_of(__whole)
                }
            }
        };
        let __is_cancelled = p::sleep(&mut __retry, true).await;
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
            break p::whole_of(&__shape)(p::Err(__error));
        }
    }
}
