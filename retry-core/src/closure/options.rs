//! The options of a [`Retrying`]: the keys of the attribute.

mod hooks;
mod judging;

use std::borrow::Cow;
use std::time::Duration;

use super::beside::Beside;
use super::layered::Options;
use super::parts::{ByFunction, Cut, Hedged, NamesHedge, Rules, Settings};
use super::{AsyncOperation, ErrorOf, Operation, Retrying};
use crate::call::hook::{FromRejection, rejected_before};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::shared::Shared;
use crate::policy::Policy;

/// The call, with what is made of its rules.
// A function would take a closure, and each call site would get both.
macro_rules! with_rules {
    ($call:ident, $rules:pat => $with:expr) => {{
        let Self { operation, rules: $rules, timer, settings, reject } = $call;
        Retrying { operation, rules: $with, timer, settings, reject }
    }};
}
use with_rules;

impl<O: Operation, J, A, L, F, T, S> Retrying<O, Rules<J, A, L, F>, T, S> {
    /// The policy whose schedule is used when a failure is throttled. The `max_delay` of the call's
    /// own policy bounds these waits, too.
    pub fn throttled(self, policy: Policy) -> Retrying<O, Rules<J, A, L, F>, T, S::Beside>
    where
        S: Settings,
    {
        self.with_beside(|beside| beside.throttled = Some(Box::new(policy)))
    }

    /// Ends the call within `deadline` of its start: no wait begins that would reach that moment, not
    /// even after a slow hook, and an attempt in flight is cut, unless it blocks the thread. A
    /// [`fallback`](Self::fallback) is not bounded by it.
    pub fn deadline(mut self, deadline: Duration) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        O: Cut<F>,
        S: Settings,
    {
        self.reject = self.reject.or(O::REJECT);
        self.with_options(|options| options.deadline = Some(deadline))
    }

    /// Cuts each attempt of an async operation that takes longer than `timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        O: AsyncOperation,
        ErrorOf<O>: FromRejection<F>,
        S: Settings,
    {
        self.reject = Some(rejected_before::<O::Output, F>);
        self.with_options(|options| options.timeout = Some(timeout))
    }

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

    /// Leaves out the timeout of the [`Upstream`](crate::Upstream): `timeout = false` in the attribute.
    pub fn without_timeout(self) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        S: Settings,
    {
        self.with_options(|options| options.timeout = None)
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

    /// Lets chaos act on attempts, with the feature of that name: says that the error can be made of a fault. A
    /// closure with a `timeout`, a circuit breaker, a bulkhead or an upstream needs no word for it; one without
    /// any limit or layer is left alone otherwise. Without the feature, it does nothing.
    ///
    /// ```
    /// # #[cfg(feature = "chaos")]
    /// # {
    /// use persevere::overrides::Overrides;
    /// use persevere::{Policy, Rejection};
    ///
    /// let table: Overrides = "*=chaos:return(permanent)".parse()?;
    /// let outcome = table.scope_blocking(|| {
    ///     Policy::DEFAULT.retry_blocking(|| Ok::<_, Rejection>(3)).faults().call()
    /// });
    /// assert!(matches!(outcome, Err(Rejection::Fault(_))));
    /// # }
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    pub fn faults(mut self) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        ErrorOf<O>: FromRejection<F>,
        S: Settings,
    {
        self.reject = self.reject.or(Some(rejected_before::<O::Output, F>));
        self.with_options(|options| options.has_faults = true)
    }

    /// Lets chaos act on attempts, and makes of a fault what `reject` does.
    #[cfg(all(feature = "chaos", feature = "stream"))]
    pub(crate) fn broken_by(
        mut self,
        reject: super::parts::Reject<O::Output>,
    ) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        S: Settings,
    {
        self.reject = Some(reject);
        self.with_options(|options| options.has_faults = true)
    }

    /// The name in events; without it, the path of the function that the closure stands in.
    pub fn name(mut self, name: &'static str) -> Self
    where
        S: Settings,
    {
        self.settings.common().name = Some(name);
        self
    }

    /// What this call is about, in events.
    pub fn id(
        self,
        id: impl Into<Cow<'static, str>>,
    ) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        S: Settings,
    {
        self.with_options(|options| options.id = Some(id.into()))
    }

    /// Waits by `sleep` instead of the runtime's timer, or instead of blocking the thread.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let mut waits = Vec::new();
    /// let outcome = Policy::CONSERVATIVE
    ///     .retry_blocking(|| None::<u8>).on(|_| true)
    ///     .sleep(|wait| waits.push(wait.as_secs()))
    ///     .call();
    /// assert_eq!((outcome, waits), (None, vec![5, 10, 20]));
    /// ```
    pub fn sleep<W, R>(self, sleep: W) -> Retrying<O, Rules<J, A, L, F>, ByFunction<W>, S>
    where
        W: FnMut(Duration) -> R,
    {
        let Self { operation, rules, settings, reject, .. } = self;
        Retrying { operation, rules, timer: ByFunction(sleep), settings, reject }
    }
}

impl<O: Operation, R, T, S> Retrying<O, R, T, S> {
    /// The call, with what `change` sets beside its policy.
    #[doc(hidden)]
    pub fn with_beside(self, change: impl FnOnce(&mut Beside)) -> Retrying<O, R, T, S::Beside>
    where
        S: Settings,
    {
        let Self { operation, rules, timer, settings, reject } = self;
        let settings = settings.with_beside(change);
        Retrying { operation, rules, timer, settings, reject }
    }

    /// The call, to which `change` adds a limit or a layer.
    pub(super) fn with_options(
        self,
        change: impl FnOnce(&mut Options),
    ) -> Retrying<O, R, T, S::Layered>
    where
        S: Settings,
    {
        let Self { operation, rules, timer, settings, reject } = self;
        let settings = settings.with_options(change);
        Retrying { operation, rules, timer, settings, reject }
    }
}
