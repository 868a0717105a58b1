// What is written:
//
// #[retry(crate = crate::platform::persevere)]
// fn fetch(url: &str) -> Result<u32, Error> {
//     get(url)
// }
//
// What it becomes:

fn fetch(url: &str) -> Result<u32, Error> {
    static __PERSEVERE_SITE: crate::platform::persevere::__private::Site = crate::platform::persevere::__private::Site::new(
        crate::platform::persevere::__private::Name::in_module(
            crate::platform::persevere::__private::concat!(
                crate ::platform::persevere::__private::module_path!(), "::", "fetch"
            ),
            "fetch",
        ),
        "default",
        crate::platform::persevere::__private::file!(),
        crate::platform::persevere::__private::line!(),
    );
    let mut __retry = crate::platform::persevere::__private::Due::nothing();
    loop {
        {
            let __outcome = crate::platform::persevere::__private::attempt(|| -> Result<
                u32,
                Error,
            > { { get(url) } });
            let (__apart, __whole) = crate::platform::persevere::__private::parts_of(
                &__outcome,
            );
            let __call = const {
                &crate::platform::persevere::__private::Call::new(
                    &__PERSEVERE_SITE,
                    &crate::platform::persevere::__private::Policy::DEFAULT,
                )
            };
            match __apart(__outcome) {
                crate::platform::persevere::__private::Ok(__value) => {
                    crate::platform::persevere::__private::succeeded(
                        __call,
                        &mut __retry,
                    );
                    break __whole(crate::platform::persevere::__private::Ok(__value));
                }
                crate::platform::persevere::__private::Err(__error) => {
                    if !{
                        let __error = &__error;
                        #[allow(unused_imports)]
                        use crate::platform::persevere::__private::ask::*;
                        let __verdict = crate::platform::persevere::__private::classified(
                            &*__error,
                        );
                        crate::platform::persevere::__private::failed(
                            __call,
                            &mut __retry,
                            __verdict,
                            (&&&&&crate::platform::persevere::__private::Probe(__error))
                                .__text(),
                        )
                    } {
                        break __whole(
                            crate::platform::persevere::__private::Err(__error),
                        );
                    }
                }
            }
        }
        crate::platform::persevere::__private::sleep_blocking(&mut __retry);
    }
}
