// What is written:
//
// #[retry(on = _)]
// async fn find(key: u32) -> Option<u32> {
//     lookup(key).await
// }
//
// What it becomes, with `p` for `__persevere`:

async fn find(key: u32) -> Option<u32> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "find"), "find"),
            "default",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    let mut __retry = p::RetrySlot::empty();
    loop {
        let __remains = {
            let __outcome = async {
                #[allow(unreachable_code)]
                if false {
                    return p::never::<Option<u32>>();
                    let _ = &mut key;
                }
                { lookup(key).await }
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
                    #[allow(unused_imports)]
                    use p::ask::*;
                    let __shown = (&&&&&p::Probe(&__error)).__shown();
                    let __holder = (&&p::Probe(&__error)).__holder();
                    let __verdict = {
                        let __error = &__error;
                        p::retried((&&p::Probe(__error)).__hint())
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
            let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
