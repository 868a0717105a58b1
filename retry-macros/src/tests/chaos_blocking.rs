// What is written:
//
// #[retry(sleep = rest)]
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
            "default",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    let mut __retry = p::RetrySlot::empty();
    let __acted = p::Acted::not();
    loop {
        let __remains = {
            let __outcome = p::attempt(|| p::perturbed_blocking(
                &p::Perturb::new(
                    &__acted,
                    __retry_site,
                    p::None,
                    {
                        #[allow(unused_imports)]
                        use p::faults::*;
                        (&&&p::Faults::<Result<u32, Error>>::of()).__fault()
                    },
                ),
                |__delay| {
                    #[allow(clippy::diverging_sub_expression)]
                    let _ = p::sleep_for(__delay, rest);
                },
                || -> Result<u32, Error> { { get(url) } },
            ));
            let (__apart, __whole) = p::parts_of(&__outcome);
            match __apart(__outcome) {
                p::Ok(__value) => {
                    if p::RetrySlot::is_filled(&__retry) {
                        let __policy = &p::Policy::DEFAULT;
                        let __call = &p::Call::new(__retry_site, __policy)
                            .chaos(&__acted);
                        p::succeeded_late(__call, &mut __retry);
                    }
                    break __whole(p::Ok(__value));
                }
                p::Err(__error) => {
                    #[allow(unused_imports)]
                    use p::ask::*;
                    let __shown = (&&&&&p::Probe(&__error)).__shown();
                    let __holder = p::Kept;
                    let __policy = &p::Policy::DEFAULT;
                    let __call = &p::Call::new(__retry_site, __policy).chaos(&__acted);
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
        let __is_cancelled = {
            let __slept: () = p::sleep_for(p::begin(&mut __retry), rest);
            p::slept(&mut __retry)
        };
        if __is_cancelled {
            let __policy = &p::Policy::DEFAULT;
            let __call = &p::Call::new(__retry_site, __policy).chaos(&__acted);
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
