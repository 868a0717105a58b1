// What is written:
//
// #[retry(hedge(after = "p95", max = 2), budget = BUDGET, timeout = "2s", clone(key))]
// async fn fetch(url: &str, key: String) -> Result<u32, Error> {
//     get(url, key).await
// }
//
// What it becomes, with `p` for `__persevere`:

async fn fetch(url: &str, key: String) -> Result<u32, Error> {
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
    static __PERSEVERE_HEDGE: p::Hedge = p::Hedge::after_quantile(0.95f64)
        .with_max(2u32);
    let __budget = p::budget(&BUDGET);
    p::begin_call(p::None, __budget);
    let mut __retry = p::RetrySlot::empty();
    loop {
        let __remains = {
            let p::AttemptEnd {
                outcome: __outcome,
                rejected: __rejected,
                verdict: __judged,
            } = p::hedged(
                    p::of_function(&__PERSEVERE_HEDGE, __retry_site),
                    __budget,
                    || async {
                        {
                            let __limit = p::Limit::of(
                                p::None,
                                p::timeout_in_force(
                                    __retry_site,
                                    p::Some(p::Duration::new(2u64, 0u32)),
                                ),
                            );
                            match p::within(
                                    __limit,
                                    async {
                                        if false {
                                            return p::never::<Result<u32, Error>>();
                                        }
                                        #[allow(
                                            clippy::shadow_reuse,
                                            clippy::shadow_same,
                                            clippy::shadow_unrelated
                                        )]
                                        let key = p::clone_argument(&key);
                                        { get(url, key).await }
                                    },
                                )
                                .await
                            {
                                p::Ok(__outcome) => p::AttemptEnd::new(__outcome),
                                p::Err(__rejection) => {
                                    p::AttemptEnd::cut(
                                        p::rejected::<Result<u32, Error>>(__rejection, p::None),
                                        __rejection,
                                    )
                                }
                            }
                        }
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
                            .budget(__budget)
                            .rejected(__rejected);
                        p::succeeded_late(__call, &mut __retry);
                    } else {
                        p::Budget::succeeded(__budget);
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
                        .budget(__budget)
                        .rejected(__rejected);
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
            let __call = &p::Call::new(__retry_site, __policy);
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
