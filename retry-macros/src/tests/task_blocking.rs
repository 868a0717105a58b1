// What is written:
//
// #[task(on_ok = Report::Pending, on_retry = note, on_success = |event| println!("{event}"))]
// fn evaluate_code(db: &Db, eval_id: String) -> io::Result<Report> {
//     db.evaluate(&eval_id)
// }
//
// What it becomes, with `p` for `__persevere`:

#[allow(clippy::needless_pass_by_value, clippy::ptr_arg)]
fn evaluate_code(db: &Db, eval_id: String) -> io::Result<Report> {
    db.evaluate(&eval_id)
}
/**A call of [`evaluate_code`](evaluate_code()) by a worker: the arguments in its row.

Retried up to 5 times: waits 2 s, 4 s, 8 s … at most 1 min 2 s of waiting in all, to which jitter adds up to 25 %.*/
#[derive(
    ::persevere::__tasks_0_1_0::serde::Serialize,
    ::persevere::__tasks_0_1_0::serde::Deserialize
)]
#[serde(crate = "::persevere::__tasks_0_1_0::serde")]
struct EvaluateCode {
    ///An argument of [`evaluate_code`](evaluate_code()).
    eval_id: String,
}
const _: () = {
    use ::persevere::__tasks_0_1_0 as p;
    const _: fn() = || {
        p::stored::<Report>();
    };
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(
                p::concat!(p::module_path!(), "::", "evaluate_code"),
                "evaluate_code",
            ),
            "default",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    #[automatically_derived]
    impl p::fmt::Debug for EvaluateCode {
        fn fmt(&self, f: &mut p::fmt::Formatter<'_>) -> p::fmt::Result {
            p::hidden(f, "EvaluateCode")
        }
    }
    impl p::Task for EvaluateCode
    where
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Report: p::Stored,
    {
        type Output = Report;
        const NAME: &'static p::str = "evaluate_code";
    }
    impl<__State> p::Run<__State> for EvaluateCode
    where
        __State: p::Provide<Db> + p::Send + p::Sync + 'static,
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Report: p::Stored,
    {
        const IS_BLOCKING: p::bool = true;
        fn driver() -> p::Driver {
            p::Driver::of(__retry_site, p::Policy::DEFAULT)
        }
        async fn run(
            self,
            __state: &p::Arc<__State>,
            __attempt: &p::Arc<p::Attempt>,
        ) -> p::Result<Self::Output, p::Failure> {
            let __state = p::Clone::clone(__state);
            p::blocking(
                    __attempt,
                    move |__attempt| {
                        let __state = &*__state;
                        let __outcome = evaluate_code(
                            <__State as p::Provide<Db>>::provide(__state),
                            self.eval_id,
                        );
                        #[allow(unused_imports)]
                        use p::ask::*;
                        match p::Outcome::into_result(__outcome) {
                            p::Ok(__value) => {
                                if match (&__value) {
                                    Report::Pending => true,
                                    #[allow(unreachable_patterns)]
                                    _ => false,
                                } {
                                    let __value = &__value;
                                    p::Err(
                                        p::Failure::polled(
                                            p::polled((&&p::Probe(__value)).__hint()),
                                        ),
                                    )
                                } else {
                                    p::Ok(__value)
                                }
                            }
                            p::Err(__error) => {
                                let __error = &__error;
                                let __verdict = p::classified(&*__error);
                                p::Err(
                                    p::Failure::new(
                                        __verdict,
                                        p::text((&&&&&p::Probe(__error)).__shown(), __error),
                                    ),
                                )
                            }
                        }
                    },
                )
                .await
        }
        async fn hear(__event: &p::Event<'_>) {
            if p::is_retried(__event) {
                p::nothing({
                    #[allow(unused_imports)]
                    use p::{AnswerLater as _, AnswerNow as _};
                    (&mut p::Answer(p::Some(p::hook(&__event, note)))).__answer().await
                });
            }
            if p::is_late_success(__event) {
                p::nothing(p::hook(&__event, |event| println!("{event}")));
            }
        }
    }
};
