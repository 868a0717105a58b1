// What is written:
//
// #[retry(timeout = "2s", deadline = "30s")]
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
    let mut __retry = p::RetrySlot::empty();
    let mut __earlier = p::None;
    loop {
        let __shape = {
            let __outcome = {
                let __limit = p::RetrySlot::limit(
                    &__retry,
                    &__timeline,
                    p::timeout_in_force(
                        __retry_site,
                        p::Some(p::Duration::new(2u64, 0u32)),
                    ),
                );
                match p::within(
                        __limit,
                        p::enclosed(
                            __timeline,
                            async {
                                if false {
                                    return p::never::<Result<u32, Error>>();
                                }
                                { get(url).await }
                            },
                        ),
                    )
                    .await
                {
                    p::Ok(__outcome) => __outcome,
                    p::Err(__rejection) => {
                        p::rejected::<
                            Result<u32, Error>,
                        >(
                            p::Timeline::cut(&mut __timeline, __rejection),
                            p::take_error(&mut __earlier),
                        )
                    }
                }
            };
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .timeline(&__timeline);
                        p::succeeded_late(__call, &mut __retry);
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .timeline(&__timeline);
                        let __error = &__error;
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __verdict = p::classified(&*__error);
                        p::failed(
                            __call,
                            &mut __retry,
                            __verdict,
                            p::text((&&&&&p::Probe(__error)).__shown(), __error),
                        )
                    };
                    if !__goes_on {
                        break __whole(p::Err(__error));
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
                let __call = &p::Call::new(__retry_site, __policy).timeline(&__timeline);
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
