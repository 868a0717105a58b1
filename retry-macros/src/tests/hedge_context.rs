// What is written:
//
// #[retry(hedge = "200ms", context = attempt)]
// async fn fetch(urls: [&str; 2]) -> Result<u32, Error> {
//     get(urls[attempt.hedge() as usize]).await
// }
//
// What it becomes, with `p` for `__persevere`:

async fn fetch(urls: [&str; 2]) -> Result<u32, Error> {
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
    let __timeline = p::Timeline::start(p::None);
    let mut __retry = p::RetrySlot::empty();
    loop {
        let (__held, __shape, __can_end) = {
            let __attempt = p::Attempt::next(
                __timeline,
                __retry_site,
                &p::Policy::DEFAULT,
                p::Option::as_ref(&__retry),
            );
            let __bodies = p::Bodies::of(&__attempt);
            let p::AttemptEnd { outcome: __outcome, verdict: __judged, .. } = p::hedged(
                    p::of_function(
                        p::After::new(p::Duration::new(0u64, 200000000u32), 1u32),
                        __retry_site,
                    ),
                    p::Unlimited,
                    || async {
                        let __body = p::Bodies::start(&__bodies);
                        let __ended = p::AttemptEnd::new(
                            async {
                                if false {
                                    return p::never::<Result<u32, Error>>();
                                }
                                let attempt = p::Body::attempt(&__body);
                                { get(urls[attempt.hedge() as usize]).await }
                            }
                                .await,
                        );
                        p::Body::end(__body);
                        __ended
                    },
                    |__outcome| {
                        #[allow(unused_imports)]
                        use p::ask::*;
                        match p::result_of(__outcome) {
                            p::Ok(_) => p::None,
                            p::Err(__error) => p::Some(p::classified(&*__error)),
                        }
                    },
                )
                .await;
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .context(&__attempt)
                            .timeline(&__timeline);
                        p::succeeded_late(__call, &mut __retry);
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    let __goes_on = {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .context(&__attempt)
                            .timeline(&__timeline);
                        let __error = &__error;
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __verdict = p::judged(__judged, || p::classified(&*__error));
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
                let __policy = &p::Policy::DEFAULT;
                let __call = &p::Call::new(__retry_site, __policy).timeline(&__timeline);
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
