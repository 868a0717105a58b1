// What is written:
//
// #[retry(on = _)]
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
    let mut __retry = p::RetrySlot::empty();
    loop {
        let (__held, __shape, __can_end) = {
            let __outcome = async {
                if false {
                    return p::never::<Result<u32, Error>>();
                }
                { get(url).await }
            }
                .await;
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
                        let __verdict = p::retried((&&p::Probe(__error)).__hint());
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
                    let __holder = {
                        #[allow(unused_imports)]
                        use p::ask::*;
                        (&&p::Probe(&__error)).__holder()
                    };
                    let __can_end = p::can_end(&__holder);
                    (p::keep_failure(__holder, __error), p::shape_of(__whole), __can_end)
                }
            }
        };
        let __is_cancelled = p::sleep(&mut __retry, __can_end).await;
        if let p::Some(__error) = p::failure_if(__is_cancelled, __held) {
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
            break p::whole_of(&__shape)(p::Err(__error));
        }
    }
}
