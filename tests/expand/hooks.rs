// What is written:
//
// #[retry(on_retry = note, on_give_up = |event| eprintln!("{event}"), on_success = note, name = "billing", id = order.id)]
// async fn pay(order: &Order) -> Result<u32, Error> {
//     send(order).await
// }
//
// What it becomes, where `p` is `::persevere::__private`:

async fn pay(order: &Order) -> Result<u32, Error> {
    let mut __retry: p::Option<p::Retry> = p::None;
    let __end = loop {
        {
            let __outcome = async {
                #[allow(
                    unreachable_code,
                    unused_variables,
                    clippy::diverging_sub_expression,
                    clippy::empty_loop,
                    clippy::needless_return
                )]
                if false {
                    let __never: Result<u32, Error> = loop {};
                    return __never;
                }
                { send(order).await }
            }
                .await;
            let (__apart, __whole, __decision) = p::parts_of(
                &__outcome,
                |__retry, __ended| {
                    let __policy = const { &p::Policy::DEFAULT };
                    let __call = p::Call::new(
                            {
                                static SITE: p::Site = p::Site::named("billing");
                                &SITE
                            },
                            __policy,
                        )
                        .id({
                            #[allow(unused_imports)]
                            use p::{
                                TextByDebug as _, TextByDisplay as _, TextByName as _,
                                TextByOwnDebug as _, TextByOwnDisplay as _,
                            };
                            (&&&&&p::Probe(p::id(&order.id))).__text()
                        });
                    match __ended {
                        p::Ended::Succeeded | p::Ended::Again(_) => {
                            __call.succeeded(__retry)
                        }
                        p::Ended::Failed(__error) => {
                            #[allow(unused_imports)]
                            use p::{
                                HintByClassify as _, NoHint as _, TextByDebug as _,
                                TextByDisplay as _, TextByName as _, TextByOwnDebug as _,
                                TextByOwnDisplay as _,
                            };
                            let __verdict = p::classified(&*__error);
                            __call
                                .failed(
                                    __retry,
                                    __verdict,
                                    (&&&&&p::Probe(__error)).__text(),
                                )
                        }
                    }
                },
            );
            match __apart(__outcome) {
                p::Ok(__value) => {
                    if p::Option::is_some(&__retry) {
                        let _ = {
                            let __told = p::out_of_line(|| {
                                __decision(
                                    p::Option::take(&mut __retry),
                                    p::Ended::Succeeded,
                                )
                            });
                            if p::Told::succeeds(&__told) {
                                p::nothing({
                                    #[allow(unused_imports)]
                                    use p::{AnswerLater as _, AnswerNow as _};
                                    (&mut p::Answer(p::Some(p::hook(&__told.event, note))))
                                        .__answer()
                                        .await
                                });
                            }
                            __told.next()
                        };
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    __retry = {
                        let __told = p::out_of_line(|| {
                            __decision(
                                p::Option::take(&mut __retry),
                                p::Ended::Failed(&__error),
                            )
                        });
                        if p::Told::retries(&__told) {
                            p::nothing({
                                #[allow(unused_imports)]
                                use p::{AnswerLater as _, AnswerNow as _};
                                (&mut p::Answer(p::Some(p::hook(&__told.event, note))))
                                    .__answer()
                                    .await
                            });
                        }
                        if p::Told::gives_up(&__told) {
                            p::nothing(
                                p::hook(&__told.event, |event| eprintln!("{event}")),
                            );
                        }
                        __told.next()
                    };
                    if p::Option::is_none(&__retry) {
                        break __whole(p::Err(__error));
                    }
                }
            }
        }
        p::sleep(&mut __retry).await;
    };
    p::end(__retry);
    __end
}
