// What is written:
//
// #[retry]
// async fn send(url: Url, order: Order) -> Result<u32, Error> {
//     post(url, order.id, order.items).await
// }
//
// What it becomes, with `p` for `__persevere`:

async fn send(url: Url, order: Order) -> Result<u32, Error> {
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
                    let _ = &mut url;
                    let _ = &mut order;
                    let _ = {
                        #[diagnostic::on_unimplemented(
                            message = "the first attempt uses `url` up, and nothing is left for the second: write `clone(url)`",
                            label = "each attempt needs its own",
                            note = "`#[retry(clone(url))]` clones it for each attempt; if it is not `Clone`, take it by reference, or make it in the body"
                        )]
                        trait __Again {}
                        #[diagnostic::do_not_recommend]
                        impl<__T: p::Left> __Again for __T {}
                        fn __first_attempt<__T: __Again>(__it: __T) -> __T {
                            __it
                        }
                        use p::Asked as _;
                        __first_attempt((&&&&p::ByValue(&url)).__or(()))
                    };
                    let _ = {
                        #[diagnostic::on_unimplemented(
                            message = "the first attempt uses `order` up, and nothing is left for the second: write `clone(order)`",
                            label = "each attempt needs its own",
                            note = "`#[retry(clone(order))]` clones it for each attempt; if it is not `Clone`, take it by reference, or make it in the body"
                        )]
                        trait __Again {}
                        #[diagnostic::do_not_recommend]
                        impl<__T: p::Left> __Again for __T {}
                        fn __first_attempt<__T: __Again>(__it: __T) -> __T {
                            __it
                        }
                        use p::Asked as _;
                        __first_attempt(
                            (&&&&p::ByValue(&order.id))
                                .__or((&&&&p::ByValue(&order.items)).__or(())),
                        )
                    };
                }
                { post(url, order.id, order.items).await }
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
