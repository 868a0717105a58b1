// What is written:
//
// #[task(on = _, args = EvaluateCode, unique = task.eval_id, crate = crate::platform::persevere)]
// async fn evaluate_code(client: &Client, task: EvaluateCode) -> Option<Report> {
//     client.evaluate(task).await
// }
//
// What it becomes, with `p` for `__persevere`:

#[allow(clippy::needless_pass_by_value, clippy::ptr_arg)]
async fn evaluate_code(client: &Client, task: EvaluateCode) -> Option<Report> {
    client.evaluate(task).await
}
const _: () = {
    use crate::platform::persevere::__tasks_0_1_0 as p;
    const _: fn() = || {
        p::stored::<EvaluateCode>();
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
    impl p::Task for EvaluateCode
    where
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Report: p::Stored,
    {
        type Output = Report;
        const NAME: &'static p::str = "evaluate_code";
        fn unique(&self) -> p::Option<p::Key> {
            let task = self;
            p::Some(p::key(&task.eval_id))
        }
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
                    self,
                )
                .await;
            #[allow(unused_imports)]
            use p::ask::*;
            match p::Outcome::into_result(__outcome) {
                p::Ok(__value) => p::Ok(__value),
                p::Err(__error) => {
                    let __error = &__error;
                    let __verdict = p::retried((&&p::Probe(__error)).__hint());
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
