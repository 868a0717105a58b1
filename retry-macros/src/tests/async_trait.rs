// What is written:
//
// #[retry(clone(key))]
// fn put<'life0, 'async_trait>(
//     &'life0 mut self,
//     key: String,
//     mut left: u32,
// ) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'async_trait>>
// where
//     'life0: 'async_trait,
//     Self: 'async_trait,
// {
//     Box::pin(async move {
//         if let Some(__ret) = None::<Result<u32, Error>> {
//             return __ret;
//         }
//         let mut __self = self;
//         let key = key;
//         let mut left = left;
//         let __ret: Result<u32, Error> = {
//             left -= 1;
//             __self.post(key, left).await
//         };
//         __ret
//     })
// }
//
// What it becomes, with `p` for `__persevere`:

fn put<'life0, 'async_trait>(
    &'life0 mut self,
    key: String,
    left: u32,
) -> Pin<Box<dyn Future<Output = Result<u32, Error>> + Send + 'async_trait>>
where
    'life0: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        if let Some(__ret) = None::<Result<u32, Error>> {
            return __ret;
        }
        let mut __self = self;
        let key = key;
        let left = left;
        use ::persevere::__private_0_1_0 as p;
        fn __retry_site() -> &'static p::Site {
            static SITE: p::Site = p::Site::new(
                p::Name::in_module(p::concat!(p::module_path!(), "::", "put"), "put"),
                "default",
                p::file!(),
                p::line!(),
            );
            &SITE
        }
        let mut __retry = p::RetrySlot::empty();
        loop {
            let __remains = {
                let __own2 = p::clone_argument(&key);
                let __own3 = p::fresh_argument(&left);
                let __outcome = async {
                    if false {
                        return p::never::<Result<u32, Error>>();
                    }
                    #[allow(
                        clippy::shadow_reuse,
                        clippy::shadow_same,
                        clippy::shadow_unrelated
                    )]
                    let mut __self = &mut *__self;
                    #[allow(
                        clippy::shadow_reuse,
                        clippy::shadow_same,
                        clippy::shadow_unrelated
                    )]
                    let key = __own2;
                    #[allow(
                        clippy::shadow_reuse,
                        clippy::shadow_same,
                        clippy::shadow_unrelated
                    )]
                    let mut left = __own3;
                    let __ret: Result<u32, Error> = {
                        left -= 1;
                        __self.post(key, left).await
                    };
                    __ret
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
            let __is_cancelled = p::sleep(&mut __retry, p::can_be_ended(&__remains))
                .await;
            if __is_cancelled {
                let __call = const { &p::Call::new(__retry_site, &p::Policy::DEFAULT) };
                if let p::Some(__outcome) = p::ended(__call, &mut __retry, __remains) {
                    break __outcome;
                }
            }
        }
    })
}
