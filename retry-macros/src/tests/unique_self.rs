// What is written:
//
// #[retry]
// pub async fn send(&mut self, log: &mut Vec<u32>) -> Result<u32, Error> {
//     self.calls += 1;
//     log.push(self.calls);
//     self.get().await
// }
//
// What it becomes, with `p` for `__persevere`:

pub async fn send(&mut self, log: &mut Vec<u32>) -> Result<u32, Error> {
    use ::persevere::__private_0_1_0 as p;
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "send"), "send"),
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
                    return p::never::<Result<u32, Error>>();
                    let _ = &mut *self;
                }
                #[allow(
                    clippy::shadow_reuse,
                    clippy::shadow_same,
                    clippy::shadow_unrelated
                )]
                let log = &mut *log;
                {
                    self.calls += 1;
                    log.push(self.calls);
                    self.get().await
                }
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
        let __is_cancelled = p::sleep(&mut __retry, p::can_be_ended(&__remains)).await;
        if __is_cancelled {
            let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
            if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                break __outcome;
            }
        }
    }
}
