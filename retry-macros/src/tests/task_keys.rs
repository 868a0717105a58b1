// What is written:
//
// #[task(queue = "evaluations", name = "evaluate", formerly = ["eval"], version = 3, from = [EvaluateV2, EvaluateV1], keep = "7d", unique = eval_id, priority = high, max_crashes = 1, policy = "aggressive", on = EvalError::Busy(_), timeout = "30s", deadline = "1h", budget = BUDGET, breaker = BREAKER, bulkhead = BULKHEAD, id = eval_id)]
// /// Evaluates.
// pub async fn evaluate_code(
//     client: &Client,
//     /// The evaluation.
//     eval_id: String,
//     #[serde(default)] code: String,
// ) -> Result<Report, EvalError> {
//     client.evaluate(&eval_id, &code).await
// }
//
// What it becomes, with `p` for `__persevere`:

#[allow(clippy::needless_pass_by_value, clippy::ptr_arg)]
/// Evaluates.
pub async fn evaluate_code(
    client: &Client,
    eval_id: String,
    code: String,
) -> Result<Report, EvalError> {
    client.evaluate(&eval_id, &code).await
}
/**A call of [`evaluate_code`](evaluate_code()) by a worker: the arguments in its row.

Retried up to 10 times: waits 1 s, 1.5 s, 2.25 s … at most 1 min 53 s of waiting in all, to which jitter adds up to 25 %. Goes through the bulkhead `BULKHEAD`, the budget `BUDGET` and the circuit breaker `BREAKER`.*/
#[derive(
    ::persevere::__tasks_0_1_0::serde::Serialize,
    ::persevere::__tasks_0_1_0::serde::Deserialize
)]
#[serde(crate = "::persevere::__tasks_0_1_0::serde")]
pub struct EvaluateCode {
    /// The evaluation.
    pub eval_id: String,
    ///An argument of [`evaluate_code`](evaluate_code()).
    #[serde(default)]
    pub code: String,
}
const _: () = {
    use ::persevere::__tasks_0_1_0 as p;
    const _: fn() = || {
        p::stored::<Report>();
    };
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::given("evaluate"),
            "aggressive",
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
        const NAME: &'static p::str = "evaluate";
        const FORMERLY: &'static [&'static p::str] = &["eval"];
        const QUEUE: &'static p::str = "evaluations";
        const VERSION: p::u32 = 3u32;
        const PRIORITY: p::Priority = p::Priority::High;
        const KEEP: p::Duration = p::Duration::new(604800u64, 0u32);
        fn unique(&self) -> p::Option<p::Key> {
            let Self { eval_id, .. } = self;
            p::Some(p::key(&eval_id))
        }
        fn read(__version: p::u32, __args: &p::Payload) -> p::Read<Self> {
            #[allow(unused_imports)]
            use p::{ReadAsIs as _, ReadAsTask as _};
            if __version >= 3u32 {
                p::Payload::read(__args)
            } else if __version >= 2u32 {
                p::Result::map(
                    (&p::Earlier::<EvaluateV2>::NEW).__read(__version, __args),
                    |__earlier| <Self as p::From<EvaluateV2>>::from(__earlier),
                )
            } else {
                p::Result::map(
                    (&p::Earlier::<EvaluateV1>::NEW).__read(__version, __args),
                    |__earlier| <Self as p::From<
                        EvaluateV2,
                    >>::from(<EvaluateV2 as p::From<EvaluateV1>>::from(__earlier)),
                )
            }
        }
    }
    impl<__State> p::Run<__State> for EvaluateCode
    where
        __State: p::Provide<Client> + p::Send + p::Sync + 'static,
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Report: p::Stored,
    {
        const MAX_CRASHES: p::u32 = 1u32;
        fn driver() -> p::Driver {
            p::Driver::of(__retry_site, p::Policy::AGGRESSIVE)
                .budget(p::shared_budget(&BUDGET))
                .deadline(p::Duration::new(3600u64, 0u32))
        }
        fn timeout() -> p::Option<p::Duration> {
            p::Some(p::Duration::new(30u64, 0u32))
        }
        fn breaker() -> p::Option<&'static p::CircuitBreaker> {
            p::Some(p::breaker(&BREAKER))
        }
        fn bulkhead() -> p::Option<&'static p::Bulkhead> {
            p::Some(p::bulkhead(&BULKHEAD))
        }
        fn id(&self) -> p::Option<p::String> {
            let Self { eval_id, .. } = self;
            p::Some(
                p::written(
                    &{
                        #[allow(unused_imports)]
                        use p::ask::*;
                        let __id = p::id(&eval_id);
                        p::text((&&&&&p::Probe(__id)).__shown(), __id)
                    },
                ),
            )
        }
        async fn run(
            self,
            __state: &p::Arc<__State>,
            __attempt: &p::Arc<p::Attempt>,
        ) -> p::Result<Self::Output, p::Failure> {
            let __outcome = evaluate_code(
                    <__State as p::Provide<Client>>::provide(__state),
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
                    let __verdict = if match __error {
                        EvalError::Busy(_) => true,
                        #[allow(unreachable_patterns)]
                        _ => false,
                    } {
                        p::retried((&&p::Probe(__error)).__hint())
                    } else {
                        p::Verdict::PERMANENT
                    };
                    p::Err(
                        p::Failure::new(
                                __verdict,
                                p::text((&&&&&p::Probe(__error)).__shown(), __error),
                            )
                            .with_health(
                                p::health((&&&p::Probe(__error)).__health(), __verdict),
                            ),
                    )
                }
            }
        }
    }
};
