// What is written:
//
// #[retry(on = [TimeoutError, io::Error])]
// fn fetch(url: &str) -> anyhow::Result<u32> {
//     get(url)
// }
//
// What it becomes, with `p` for `__persevere`:

fn fetch(url: &str) -> anyhow::Result<u32> {
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
    loop {
        let (__held, __whole) = {
            let __outcome = p::attempt(|| -> anyhow::Result<u32> { { get(url) } });
            let (__apart, __whole) = p::parts_of(&__outcome);
            let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
            match __apart(__outcome) {
                p::Ok(__value) => {
                    p::succeeded(__call, &mut __retry);
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __error = &__error;
                        #[allow(unused_imports)]
                        use p::ask::*;
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
                                p::None => p::Verdict::UNSAID,
                            },
                            || (&&p::Probe(__error)).__hint(),
                        );
                        p::failed(
                            __call,
                            &mut __retry,
                            __verdict,
                            (&&&&&p::Probe(__error)).__text(),
                        )
                    };
                    if !__goes_on {
                        break __whole(p::Err(__error));
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
                let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
                p::cancelled(
                    __call,
                    &mut __retry,
                    {
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __error = &__error;
                        p::Some((&&&&&p::Probe(__error)).__text())
                    },
                );
            }
            break __whole(p::Err(__error));
        }
    }
}
