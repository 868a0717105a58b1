// What is written:
//
// #[retry(on = [TimeoutError, io::Error])]
// fn fetch(url: &str) -> anyhow::Result<u32> {
//     get(url)
// }
//
// What it becomes, where `p` is `::persevere::__private`:

fn fetch(url: &str) -> anyhow::Result<u32> {
    let mut __retry: p::Option<p::Retry> = p::None;
    let __end = loop {
        {
            let __outcome = p::attempt(|| -> anyhow::Result<u32> { { get(url) } });
            let (__apart, __whole, __decision) = p::parts_of(
                &__outcome,
                |__retry, __ended| {
                    let __policy = const { &p::Policy::DEFAULT };
                    let __call = p::Call::new(
                        {
                            static SITE: p::Site = p::Site::in_module(
                                p::concat!(p::module_path!(), "::", "fetch"),
                                "fetch",
                            );
                            &SITE
                        },
                        __policy,
                    );
                    match __ended {
                        p::Ended::Succeeded | p::Ended::Again(_) => {
                            __call.succeeded(__retry).next()
                        }
                        p::Ended::Failed(__error) => {
                            #[allow(unused_imports)]
                            use p::{
                                HintByClassify as _, NoHint as _, TextByDebug as _,
                                TextByDisplay as _, TextByName as _, TextByOwnDebug as _,
                                TextByOwnDisplay as _,
                            };
                            let __verdict = p::decided(
                                match {
                                    #[allow(unused_imports)]
                                    use p::{
                                        ErrorBehind as _, ErrorByItself as _, NotAnError as _,
                                    };
                                    let __chain = (&&&p::Probe(__error)).__error();
                                    if let p::Some(__found) = p::find::<TimeoutError>(__chain) {
                                        p::Some(
                                            p::decided(
                                                p::Verdict::TRANSIENT,
                                                || (&&p::Probe(__found)).__hint(),
                                            ),
                                        )
                                    } else if let p::Some(__found) = p::find::<
                                        io::Error,
                                    >(__chain) {
                                        p::Some(
                                            p::decided(
                                                p::Verdict::TRANSIENT,
                                                || (&&p::Probe(__found)).__hint(),
                                            ),
                                        )
                                    } else {
                                        p::None
                                    }
                                } {
                                    p::Some(__matched) => __matched,
                                    p::None => p::Verdict::PERMANENT,
                                },
                                || (&&p::Probe(__error)).__hint(),
                            );
                            __call
                                .failed(
                                    __retry,
                                    __verdict,
                                    (&&&&&p::Probe(__error)).__text(),
                                )
                                .next()
                        }
                    }
                },
            );
            match __apart(__outcome) {
                p::Ok(__value) => {
                    if p::Option::is_some(&__retry) {
                        let _ = p::out_of_line(|| {
                            __decision(
                                p::Option::take(&mut __retry),
                                p::Ended::Succeeded,
                            )
                        });
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    __retry = p::out_of_line(|| {
                        __decision(
                            p::Option::take(&mut __retry),
                            p::Ended::Failed(&__error),
                        )
                    });
                    if p::Option::is_none(&__retry) {
                        break __whole(p::Err(__error));
                    }
                }
            }
        }
        p::sleep_blocking(&mut __retry);
    };
    p::end(__retry);
    __end
}
