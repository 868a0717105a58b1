// What is written:
//
// #[retry(crate = crate::platform::persevere)]
// fn fetch(url: &str) -> Result<u32, Error> {
//     get(url)
// }
//
// What it becomes:

fn fetch(url: &str) -> Result<u32, Error> {
    let mut __retry: crate::platform::persevere::__private::Option<
        crate::platform::persevere::__private::Retry,
    > = crate::platform::persevere::__private::None;
    let __end = loop {
        {
            let __outcome = crate::platform::persevere::__private::attempt(|| -> Result<
                u32,
                Error,
            > { { get(url) } });
            let (__apart, __whole, __decision) = crate::platform::persevere::__private::parts_of(
                &__outcome,
                |__retry, __ended| {
                    let __policy = const {
                        &crate::platform::persevere::__private::Policy::DEFAULT
                    };
                    let __call = crate::platform::persevere::__private::Call::new(
                        {
                            static SITE: crate::platform::persevere::__private::Site = crate::platform::persevere::__private::Site::in_module(
                                crate::platform::persevere::__private::concat!(
                                    crate ::platform::persevere::__private::module_path!(),
                                    "::", "fetch"
                                ),
                                "fetch",
                            );
                            &SITE
                        },
                        __policy,
                    );
                    match __ended {
                        crate::platform::persevere::__private::Ended::Succeeded
                        | crate::platform::persevere::__private::Ended::Again(_) => {
                            __call.succeeded(__retry).next()
                        }
                        crate::platform::persevere::__private::Ended::Failed(
                            __error,
                        ) => {
                            #[allow(unused_imports)]
                            use crate::platform::persevere::__private::{
                                HintByClassify as _, NoHint as _, TextByDebug as _,
                                TextByDisplay as _, TextByName as _, TextByOwnDebug as _,
                                TextByOwnDisplay as _,
                            };
                            let __verdict = crate::platform::persevere::__private::classified(
                                &*__error,
                            );
                            __call
                                .failed(
                                    __retry,
                                    __verdict,
                                    (&&&&&crate::platform::persevere::__private::Probe(__error))
                                        .__text(),
                                )
                                .next()
                        }
                    }
                },
            );
            match __apart(__outcome) {
                crate::platform::persevere::__private::Ok(__value) => {
                    if crate::platform::persevere::__private::Option::is_some(&__retry) {
                        let _ = crate::platform::persevere::__private::out_of_line(|| {
                            __decision(
                                crate::platform::persevere::__private::Option::take(
                                    &mut __retry,
                                ),
                                crate::platform::persevere::__private::Ended::Succeeded,
                            )
                        });
                    }
                    break __whole(crate::platform::persevere::__private::Ok(__value));
                }
                crate::platform::persevere::__private::Err(__error) => {
                    __retry = crate::platform::persevere::__private::out_of_line(|| {
                        __decision(
                            crate::platform::persevere::__private::Option::take(
                                &mut __retry,
                            ),
                            crate::platform::persevere::__private::Ended::Failed(
                                &__error,
                            ),
                        )
                    });
                    if crate::platform::persevere::__private::Option::is_none(&__retry) {
                        break __whole(
                            crate::platform::persevere::__private::Err(__error),
                        );
                    }
                }
            }
        }
        crate::platform::persevere::__private::sleep_blocking(&mut __retry);
    };
    crate::platform::persevere::__private::end(__retry);
    __end
}
