//! The layers of a call: its budget, circuit breaker, bulkhead and hedge.

use crate::call::hook::{FromRejection, rejected_before};
use crate::closure::parts::{Hedged, NamesHedge, Rules, Settings};
use crate::closure::{AsyncOperation, ErrorOf, Operation, Retrying};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::shared::Shared;

impl<O: Operation, J, A, L, F, T, S> Retrying<O, Rules<J, A, L, F>, T, S> {
    /// Asks `budget` for a permit before each retry; a refusal ends the call at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use persevere::{Budget, Policy};
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(10); // two retries
    ///
    /// let mut calls = 0;
    /// let outcome = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         None::<u8>
    ///     })
    ///     .on(|_| true)
    ///     .budget(&BUDGET)
    ///     .call();
    /// assert_eq!((outcome, calls), (None, 3));
    /// ```
    pub fn budget(
        self,
        budget: impl Into<Shared<'static, Budget>>,
    ) -> Retrying<O, Rules<J, A, L, F>, T, S::Beside>
    where
        S: Settings,
    {
        self.with_beside(|beside| beside.budget = Some(budget.into()))
    }

    /// Asks `breaker` for a permit before each attempt; a refusal ends the call at once, with what its
    /// last attempt failed with. If it made none, that is
    /// [`Rejection::CircuitOpen`](crate::Rejection::CircuitOpen), made into the operation's own error.
    ///
    /// Where [`on`](Self::on) or [`when`](Self::when) retries that error, the call waits until the
    /// circuit lets a probe through; unless that takes longer than `max_delay`.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Policy, Rejection};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// BREAKER.force_open();
    /// let mut calls = 0;
    /// let outcome = Policy::DEFAULT
    ///     .with_max_retries(0)
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         Ok::<_, Rejection>(calls)
    ///     })
    ///     .breaker(&BREAKER)
    ///     .call();
    /// assert!(matches!(outcome, Err(Rejection::CircuitOpen { .. })));
    /// assert_eq!(calls, 0);
    /// ```
    pub fn breaker(
        mut self,
        breaker: impl Into<Shared<'static, CircuitBreaker>>,
    ) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        ErrorOf<O>: FromRejection<F>,
        S: Settings,
    {
        self.reject = Some(rejected_before::<O::Output, F>);
        self.with_options(|options| options.breaker = Some(breaker.into()))
    }

    /// Waits for a permit of `bulkhead` before the first attempt, as long as that and the deadline
    /// allow, and holds it for the whole call. Without one, the call ends at once with
    /// [`Rejection::BulkheadFull`](crate::Rejection::BulkheadFull), made into the operation's own
    /// error.
    ///
    /// ```
    /// use persevere::{Bulkhead, Policy, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1);
    ///
    /// let ask = || {
    ///     let attempt = || Ok::<_, Rejection>(ONE.available());
    ///     Policy::DEFAULT.retry_blocking(attempt).bulkhead(&ONE).call()
    /// };
    /// assert_eq!(ask(), Ok(0));
    /// let permit = ONE.try_acquire();
    /// assert_eq!(ask(), Err(Rejection::BulkheadFull));
    /// # drop(permit);
    /// ```
    pub fn bulkhead(
        mut self,
        bulkhead: impl Into<Shared<'static, Bulkhead>>,
    ) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        ErrorOf<O>: FromRejection<F>,
        S: Settings,
    {
        self.reject = Some(rejected_before::<O::Output, F>);
        self.with_options(|options| options.bulkhead = Some(bulkhead.into()))
    }

    /// Starts another attempt beside one that is late, and takes the first good outcome: see
    /// [`Hedge`](crate::Hedge). The closure is then called while futures that it has made are running.
    ///
    /// To everything else, the race is one attempt: to the policy, the hooks, the circuit breaker and the
    /// bulkhead. What judges failures, judges each attempt in it once, and one that would be retried does not
    /// win. The [`budget`](Self::budget) is asked for each extra attempt, the [`timeout`](Self::timeout) cuts
    /// each of them, and [`Attempt::hedge`](crate::Attempt::hedge) says which of them a body is.
    ///
    /// It is a static, or an `Arc` of one that is made at run time, since a quantile is measured over calls.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use persevere::{Hedge, Policy};
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(10));
    ///
    /// let replicas = ["hangs", "far"];
    /// let found = Policy::DEFAULT
    ///     .retry_with_context(async |attempt| {
    ///         let replica = replicas[attempt.hedge() as usize];
    ///         if replica == "hangs" {
    ///             std::future::pending::<()>().await;
    ///         }
    ///         Ok::<_, std::io::Error>(replica)
    ///     })
    ///     .hedge(&HEDGE)
    ///     .await;
    /// assert_eq!((found.unwrap(), HEDGE.won()), ("far", 1));
    /// # });
    /// ```
    pub fn hedge(self, hedge: impl NamesHedge) -> Retrying<O, Rules<J, A, L, F>, T, Hedged>
    where
        O: AsyncOperation,
        S: Settings,
    {
        let Self { operation, rules, timer, settings, reject } = self;
        let settings = Hedged::of(settings.layered(), hedge.named());
        Retrying { operation, rules, timer, settings, reject }
    }

    /// Leaves out the budget of the [`Upstream`](crate::Upstream): `budget = false` in the attribute.
    pub fn without_budget(self) -> Retrying<O, Rules<J, A, L, F>, T, S::Beside>
    where
        S: Settings,
    {
        self.with_beside(|beside| beside.budget = None)
    }

    /// Leaves out the circuit breaker of the [`Upstream`](crate::Upstream): `breaker = false` in the
    /// attribute.
    ///
    /// ```
    /// use persevere::{Budget, CircuitBreaker, Rejection, Upstream};
    ///
    /// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    /// static INDEX: Upstream = Upstream::new("index", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
    ///
    /// CIRCUIT.force_open();
    /// let is_well = || Ok::<_, Rejection>(true);
    /// assert!(INDEX.retry_blocking(is_well).call().is_err());
    /// assert_eq!(INDEX.retry_blocking(is_well).without_breaker().call(), Ok(true)); // a health check
    /// ```
    pub fn without_breaker(self) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        S: Settings,
    {
        self.with_options(|options| options.breaker = None)
    }

    /// Leaves out the bulkhead of the [`Upstream`](crate::Upstream): `bulkhead = false` in the attribute.
    pub fn without_bulkhead(self) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        S: Settings,
    {
        self.with_options(|options| options.bulkhead = None)
    }
}
