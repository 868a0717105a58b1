// What is written:
//
// #[retry]
// fn rows(table: &str) -> Result<impl Iterator<Item = u32> + use<>, Error> {
//     Ok(0..count(table)?)
// }
//
// What it becomes, with `p` for `__persevere`:

fn rows(table: &str) -> Result<impl Iterator<Item = u32> + use<>, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "rows"), "rows"),
            "default",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    let mut __retry = p::RetrySlot::empty();
    loop {
        let __remains = {
            let __outcome = p::attempt(|| -> Result<_, Error> {
                { Ok(0..count(table)?) }
            });
            let (__apart, __whole) = p::parts_of(&__outcome);
            let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
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
            let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
