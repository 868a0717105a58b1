// What is written:
//
// #[task(upstream = PAYMENTS, breaker = false, max_retries = 9)]
// async fn charge(bank: &Bank, order: u64) -> Result<Receipt, BankError> {
//     bank.charge(order).await
// }
//
// What it becomes, with `p` for `__persevere`:

#[allow(clippy::needless_pass_by_value, clippy::ptr_arg)]
async fn charge(bank: &Bank, order: u64) -> Result<Receipt, BankError> {
    bank.charge(order).await
}
/**A call of [`charge`](charge()) by a worker: the arguments in its row.

Goes through the upstream `PAYMENTS`.*/
#[derive(
    ::persevere::__tasks_0_1_0::serde::Serialize,
    ::persevere::__tasks_0_1_0::serde::Deserialize
)]
#[serde(crate = "::persevere::__tasks_0_1_0::serde")]
struct Charge {
    ///An argument of [`charge`](charge()).
    order: u64,
}
const _: () = {
    use ::persevere::__tasks_0_1_0 as p;
    const _: fn() = || {
        p::stored::<Receipt>();
    };
    fn __retry_site() -> &'static p::Site {
        static SITE: p::Site = p::Site::new(
            p::Name::in_module(p::concat!(p::module_path!(), "::", "charge"), "charge"),
            "custom",
            p::file!(),
            p::line!(),
        );
        &SITE
    }
    fn __upstream() -> &'static p::Upstream {
        p::upstream(&PAYMENTS)
    }
    #[automatically_derived]
    impl p::fmt::Debug for Charge {
        fn fmt(&self, f: &mut p::fmt::Formatter<'_>) -> p::fmt::Result {
            p::hidden(f, "Charge")
        }
    }
    impl p::Task for Charge
    where
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Receipt: p::Stored,
    {
        type Output = Receipt;
        const NAME: &'static p::str = "charge";
    }
    impl<__State> p::Run<__State> for Charge
    where
        __State: p::Provide<Bank> + p::Send + p::Sync + 'static,
        for<'__row> Self: p::serde::Serialize + p::serde::de::DeserializeOwned,
        for<'__row> Receipt: p::Stored,
    {
        fn driver() -> p::Driver {
            p::Driver::of(
                    __retry_site,
                    p::policy(p::policy_of(__upstream())).with_max_retries(9u32),
                )
                .budget(p::budget_of(__upstream()))
                .upstream(__upstream())
        }
        fn timeout() -> p::Option<p::Duration> {
            p::timeout_of(__upstream())
        }
        fn bulkhead() -> p::Option<&'static p::Bulkhead> {
            p::bulkhead_of(__upstream())
        }
        fn upstream() -> p::Option<&'static p::Upstream> {
            p::Some(__upstream())
        }
        async fn run(
            self,
            __state: &p::Arc<__State>,
            __attempt: &p::Arc<p::Attempt>,
        ) -> p::Result<Self::Output, p::Failure> {
            let __outcome = charge(
                    <__State as p::Provide<Bank>>::provide(__state),
                    self.order,
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
