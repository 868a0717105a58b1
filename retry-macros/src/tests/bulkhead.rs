// What is written:
//
// #[retry(bulkhead = BULKHEAD, deadline = "30s", on_give_up = note, fallback = cached)]
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
    let mut __timeline = p::Timeline::start(
        p::deadline_in_force(__retry_site, p::Some(p::Duration::new(30u64, 0u32))),
    );
    let (mut __admission, __wait) = p::admit(
        p::bulkhead(&BULKHEAD),
        p::Some(__timeline),
    );
    if let p::Some(__wait) = __wait {
        __admission = __wait.await;
    }
    let mut __retry = p::RetrySlot::empty();
    let mut __earlier = p::None;
    '__call: {
        let __error = loop {
            let __shape = {
                let __rejected = p::refused(&__admission);
                let p::AttemptEnd { outcome: __outcome, rejected: __rejected, .. } = match __rejected {
                    p::None => {
                        let __limit = p::Limit::of(p::Some(&__timeline), p::None);
                        match p::within(
                                __limit,
                                p::enclosed(
                                    __timeline,
                                    p::held(
                                        &__admission,
                                        async {
                                            if false {
                                                return p::never::<Result<u32, Error>>();
                                            }
                                            { get(url).await }
                                        },
                                    ),
                                ),
                            )
                            .await
                        {
                            p::Ok(__outcome) => p::AttemptEnd::new(__outcome),
                            p::Err(__rejection) => {
                                p::AttemptEnd::cut(
                                    p::rejected_before::<
                                        Result<u32, Error>,
                                        p::Fallback,
                                    >(
                                        p::Timeline::cut(&mut __timeline, __rejection),
                                        p::take_error(&mut __earlier),
                                    ),
                                    __rejection,
                                )
                            }
                        }
                    }
                    p::Some(__rejection) => {
                        p::AttemptEnd::cut(
                            p::rejected_before::<
                                Result<u32, Error>,
                                p::Fallback,
                            >(__rejection, p::None),
                            __rejection,
                        )
                    }
                };
                let (__apart, __whole) = p::parts_of(&__outcome);
                match __apart(__outcome) {
                    p::Ok(__value) => {
                        if p::RetrySlot::is_filled(&__retry) {
                            let __policy = &p::Policy::DEFAULT;
                            let __call = &p::Call::new(__retry_site, __policy)
                                .timeline(&__timeline)
                                .rejected(__rejected);
                            p::succeeded_late(__call, &mut __retry);
                        }
                        p::completed(&__admission);
                        break '__call __whole(p::Ok(__value));
                    }
                    p::Err(__error) => {
                        let (__goes_on, __is_answer) = {
                            let __policy = &p::Policy::DEFAULT;
                            let __call = &p::Call::new(__retry_site, __policy)
                                .timeline(&__timeline)
                                .rejected(__rejected);
                            let __event = {
                                let __error = &__error;
                                #[allow(unused_imports)]
                                use p::ask::*;
                                let __verdict = p::classified(&*__error);
                                p::admitted_failed(&__admission, __verdict, __rejected);
                                p::Call::failed(
                                    __call,
                                    &mut __retry,
                                    __verdict,
                                    p::text((&&&&&p::Probe(__error)).__shown(), __error),
                                )
                            };
                            if p::is_given_up(&__event) {
                                p::nothing({
                                    #[allow(unused_imports)]
                                    use p::{AnswerLater as _, AnswerNow as _};
                                    p::held(
                                            &__admission,
                                            (&mut p::Answer(
                                                p::Some(p::hook_holding(&__admission, &__event, note)),
                                            ))
                                                .__answer(),
                                        )
                                        .await
                                });
                            }
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
                        __earlier = p::Some(__error);
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
                    let __call = &p::Call::new(__retry_site, __policy)
                        .timeline(&__timeline);
                    let __event = p::Call::cancelled(
                        __call,
                        &mut __retry,
                        {
                            #[allow(unused_imports)]
                            use p::ask::*;
                            let __error = &__error;
                            p::Some(p::text((&&&&&p::Probe(__error)).__shown(), __error))
                        },
                    );
                    p::nothing({
                        #[allow(unused_imports)]
                        use p::{AnswerLater as _, AnswerNow as _};
                        p::held(
                                &__admission,
                                (&mut p::Answer(
                                    p::Some(p::hook_holding(&__admission, &__event, note)),
                                ))
                                    .__answer(),
                            )
                            .await
                    });
                    p::end(&mut __retry);
                }
                break __error;
            }
        };
        p::instead::<
            Result<u32, Error>,
            _,
        >({
            #[allow(unused_imports)]
            use p::{AnswerLater as _, AnswerNow as _};
            p::held(
                    &__admission,
                    (&mut p::Answer(
                        p::Some(p::fallback_holding(&__admission, __error, cached)),
                    ))
                        .__answer(),
                )
                .await
        })
    }
}
