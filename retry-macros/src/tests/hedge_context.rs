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
        let __remains = {
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
                    #[allow(unused_imports)]
                    use p::ask::*;
                    let __shown = (&&&&&p::Probe(&__error)).__shown();
                    let __holder = (&&p::Probe(&__error)).__holder();
                    let __policy = &p::Policy::DEFAULT;
                    let __call = &p::Call::new(__retry_site, __policy)
                        .context(&__attempt)
                        .timeline(&__timeline);
                    let __verdict = {
                        let __error = &__error;
                        p::judged(__judged, || p::classified(&*__error))
                    };
                    match p::remains(
                        __call,
                        &mut __retry,
                        __verdict,
                        __error,
                        (__shown, __holder),
                        __whole,
                    ) {
                        p::Ok(__remains) => __remains,
                        p::Err(__outcome) => break __outcome,
                    }
                }
            }
        };
        let __is_cancelled = p::sleep(&mut __retry, p::can_be_ended(&__remains)).await;
        if __is_cancelled {
            let __policy = &p::Policy::DEFAULT;
            let __call = &p::Call::new(__retry_site, __policy).timeline(&__timeline);
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
