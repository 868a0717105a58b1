// What is written:
//
// #[retry(on_retry = note, on_give_up = |event| eprintln!("{event}"), on_success = note, name = "billing", id = order.id)]
// async fn pay(order: &Order) -> Result<u32, Error> {
//     send(order).await
// }
//
// What it becomes, with `p` for `__persevere`:

async fn pay(order: &Order) -> Result<u32, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::given("billing"),
            "default",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    let mut __retry = p::RetrySlot::empty();
    loop {
        let (__held, __shape, __can_end) = {
            let __outcome = async {
                if false {
                    return p::never::<Result<u32, Error>>();
                }
                { send(order).await }
            }
                .await;
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .id({
                                #[allow(unused_imports)]
                                use p::ask::*;
                                let __id = p::id(&order.id);
                                p::text((&&&&&p::Probe(__id)).__shown(), __id)
                            });
                        let __event = p::Call::succeeded(__call, &mut __retry);
                        p::nothing({
                            #[allow(unused_imports)]
                            use p::{AnswerLater as _, AnswerNow as _};
                            (&mut p::Answer(p::Some(p::hook(&__event, note))))
                                .__answer()
                                .await
                        });
                        p::end(&mut __retry);
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .id({
                                #[allow(unused_imports)]
                                use p::ask::*;
                                let __id = p::id(&order.id);
                                p::text((&&&&&p::Probe(__id)).__shown(), __id)
                            });
                        let mut __event = {
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
                        if p::is_retried(&__event) {
                            p::nothing({
                                #[allow(unused_imports)]
                                use p::{AnswerLater as _, AnswerNow as _};
                                (&mut p::Answer(p::Some(p::hook(&__event, note))))
                                    .__answer()
                                    .await
                            });
                            p::Call::call_off_if_late(
                                __call,
                                &mut __retry,
                                &mut __event,
                            );
                        }
                        if p::is_given_up(&__event) {
                            p::nothing(p::hook(&__event, |event| eprintln!("{event}")));
                        }
                        p::is_retried(&__event)
                    };
                    if !__goes_on {
                        p::end(&mut __retry);
                        break __whole(p::Err(__error));
                    }
                    let __holder = {
                        #[allow(unused_imports)]
                        use p::ask::*;
                        (&&p::Probe(&__error)).__holder()
                    };
                    let __can_end = p::can_end(&__holder, &__error);
                    (p::keep_failure(__holder, __error), p::shape_of(__whole), __can_end)
                }
            }
        };
        let __is_cancelled = p::sleep(&mut __retry, __can_end).await;
        if let p::Some(__error) = p::failure_if(__is_cancelled, __held) {
            {
                let __policy = &p::Policy::DEFAULT;
                let __call = &p::Call::new(__retry_site, __policy)
                    .id({
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __id = p::id(&order.id);
                        p::text((&&&&&p::Probe(__id)).__shown(), __id)
                    });
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
                p::nothing(p::hook(&__event, |event| eprintln!("{event}")));
                p::end(&mut __retry);
            }
            break p::whole_of(&__shape)(p::Err(__error));
        }
    }
}
