// What is written:
//
// #[retry(policy = "aggressive", max_retries = 3, max_delay = "1m30s", jitter = "full")]
// fn fetch(url: &str) -> Result<u32, Error> {
//     get(url)
// }
//
// What it becomes, with `p` for `__persevere`:

fn fetch(url: &str) -> Result<u32, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "fetch"), "fetch"),
            "custom",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    let mut __retry = p::RetrySlot::empty();
    loop {
        let __remains = {
            let __outcome = p::attempt(|| -> Result<u32, Error> { { get(url) } });
            let (__apart, __whole) = p::parts_of(&__outcome);
            let __call = const {
                &p::Call::new(
                    __retry_site,
                    const {
                        &p::Policy::AGGRESSIVE
                            .with_max_retries(3u32)
                            .with_max_delay(p::Duration::new(90u64, 0u32))
                            .with_jitter(p::Jitter::Full)
                    },
                )
            };
            match __apart(__outcome) {
                p::Ok(__value) => {
                    p::succeeded(__call, &mut __retry);
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    #[allow(unused_imports)]
                    use p::ask::*;
                    let __shown = (&&&&&p::Probe(&__error)).__shown();
                    let __holder = p::Kept;
                    let __verdict = {
                        let __error = &__error;
                        p::classified(&*__error)
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
        let __is_cancelled = p::sleep_blocking_in(__retry_site, &mut __retry);
        if __is_cancelled {
            let __call = const {
                &p::Call::new(
                    __retry_site,
                    const {
                        &p::Policy::AGGRESSIVE
                            .with_max_retries(3u32)
                            .with_max_delay(p::Duration::new(90u64, 0u32))
                            .with_jitter(p::Jitter::Full)
                    },
                )
            };
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
