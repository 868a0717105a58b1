// What is written:
//
// #[retry(clone(self, body))]
// fn send(self, body: Vec<u8>, (mut left, _): (u32, u32)) -> Result<u32, Error> {
//     left -= 1;
//     self.post(body, left)
// }
//
// What it becomes, with `p` for `__persevere`:

fn send(mut self, body: Vec<u8>, (left, _): (u32, u32)) -> Result<u32, Error> {
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
    let __own0 = self;
    #[allow(clippy::shadow_reuse, clippy::shadow_same, clippy::shadow_unrelated)]
    let body = body;
    let mut __retry = p::RetrySlot::empty();
    loop {
        let __remains = {
            self = p::clone_argument(&__own0);
            let __own1 = p::clone_argument(&body);
            let __own2 = p::fresh_argument(&left);
            let __outcome = p::attempt(|| -> Result<u32, Error> {
                #[allow(
                    clippy::shadow_reuse,
                    clippy::shadow_same,
                    clippy::shadow_unrelated
                )]
                let body = __own1;
                #[allow(
                    clippy::shadow_reuse,
                    clippy::shadow_same,
                    clippy::shadow_unrelated
                )]
                let mut left = __own2;
                {
                    left -= 1;
                    self.post(body, left)
                }
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
