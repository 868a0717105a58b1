// What is written:
//
// #[task()]
// async fn evaluate_code(client: &Client, attempt: &Attempt, eval_id: String, code: String) -> Result<Report, EvalError> {
//     client.evaluate(&eval_id, &code).await
// }
//
// What it becomes, with `p` for `__persevere`:

#[allow(clippy::needless_pass_by_value, clippy::ptr_arg)]
async fn evaluate_code(
    client: &Client,
    attempt: &Attempt,
    eval_id: String,
    code: String,
) -> Result<Report, EvalError> {
    client.evaluate(&eval_id, &code).await
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
    ///An argument of [`evaluate_code`](evaluate_code()).
    code: String,
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
        __State: p::Provide<Client> + p::Send + p::Sync + 'static,
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Report: p::Stored,
    {
        fn driver() -> p::Driver {
            p::Driver::of(__retry_site, p::Policy::DEFAULT)
        }
        async fn run(
            self,
            __state: &p::Arc<__State>,
            __attempt: &p::Arc<p::Attempt>,
        ) -> p::Result<Self::Output, p::Failure> {
            let __outcome = evaluate_code(
                    <__State as p::Provide<Client>>::provide(__state),
                    __attempt,
                    self.eval_id,
                    self.code,
                )
                .await;
            #[allow(unused_imports)]
            use p::ask::*;
            match p::Outcome::into_result(__outcome) {
                p::Ok(__value) => p::Ok(__value),
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
        }
    }
};
