// What is written:
//
// #[retry(on_ok = Status::Pending { eta } => Err(Error::Late(*eta)), fallback = |_| Ok(Status::Done))]
// fn poll(job: u32) -> Result<Status, Error> {
//     status(job)
// }
//
// What it becomes, with `p` for `__persevere`:

fn poll(job: u32) -> Result<Status, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "poll"), "poll"),
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
                let __outcome = p::attempt(|| -> Result<Status, Error> {
                    { status(job) }
                });
                let (__apart, __whole) = p::parts_of(&__outcome);
                let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
                match __apart(__outcome) {
                    p::Ok(
                        __value,
                    ) if !(match (&__value) {
                        #[allow(unused_variables)]
                        Status::Pending { eta } => true,
                        #[allow(unreachable_patterns)]
                        _ => false,
                    }) => {
                        p::succeeded(__call, &mut __retry);
                        break '__call __whole(p::Ok(__value));
                    }
                    __rest => {
                        let (__goes_on, __is_answer) = {
                            let __event = {
                                match &__rest {
                                    p::Ok(__value) => {
                                        #[allow(unused_imports)]
                                        use p::ask::*;
                                        let __polled = p::polled((&&p::Probe(__value)).__hint());
                                        p::Call::again(__call, &mut __retry, __polled)
                                    }
                                    p::Err(__error) => {
                                        #[allow(unused_imports)]
                                        use p::ask::*;
                                        let __verdict = p::classified(&*__error);
                                        p::Call::failed(
                                            __call,
                                            &mut __retry,
                                            __verdict,
                                            p::text((&&&&&p::Probe(__error)).__shown(), __error),
                                        )
                                    }
                                }
                            };
                            (p::is_retried(&__event), p::is_answer(&__event))
                        };
                        if !__goes_on {
                            p::end(&mut __retry);
                            match __rest {
                                p::Ok(__value) => {
                                    break '__call match &__value {
                                        #[allow(unreachable_code, clippy::diverging_sub_expression)]
                                        Status::Pending { eta } => {
                                            p::used_up::<Result<Status, Error>>(Err(Error::Late(*eta)))
                                        }
                                        #[allow(unreachable_patterns)]
                                        _ => __whole(p::Ok(__value)),
                                    };
                                }
                                p::Err(__error) => {
                                    if __is_answer {
                                        break '__call __whole(p::Err(__error))
                                    } else {
                                        break __error
                                    }
                                }
                            };
                        }
                        (__rest, __whole)
                    }
                }
            };
            let __is_cancelled = p::sleep_blocking_in(__retry_site, &mut __retry);
            if let p::Some(__rest) = if __is_cancelled {
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
                            match &__rest {
                                p::Ok(_) => p::None,
                                p::Err(__error) => {
                                    p::Some(
                                        p::text((&&&&&p::Probe(__error)).__shown(), __error),
                                    )
                                }
                            }
                        },
                    );
                }
                break match __rest {
                    p::Ok(__value) => {
                        break '__call __whole(p::Ok(__value));
                    }
                    p::Err(__error) => __error,
                };
            }
        };
        p::fallback_blocking::<Result<Status, Error>>(__error, |_| Ok(Status::Done))
    }
}
