//! The options of a [`Retrying`]: the keys of the attribute.

mod hooks;
mod judging;

use std::borrow::Cow;
use std::time::Duration;

use super::parts::{ByFunction, Cut, Rules};
use super::{AsyncOperation, ErrorOf, Operation, Retrying};
use crate::call::hook::{FromRejection, rejected_before};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::shared::Shared;
use crate::policy::Policy;

impl<O: Operation, J, A, L, F, T> Retrying<O, Rules<J, A, L, F>, T> {
    /// The policy whose schedule is used when a failure is throttled. The `max_delay` of the call's
    /// own policy bounds these waits, too.
    pub fn throttled(mut self, policy: Policy) -> Self {
        self.options.throttled = Some(policy);
        self
    }

    /// Ends the call within `deadline` of its start: no wait begins that would reach that moment, not
    /// even after a slow hook, and an attempt in flight is cut, unless it blocks the thread. A
    /// [`fallback`](Self::fallback) is not bounded by it.
    pub fn deadline(mut self, deadline: Duration) -> Self
    where
        O: Cut<F>,
    {
        self.options.deadline = Some(deadline);
        self.reject = self.reject.or(O::REJECT);
        self
    }

    /// Cuts each attempt of an async operation that takes longer than `timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self
    where
        O: AsyncOperation,
        ErrorOf<O>: FromRejection<F>,
    {
        self.options.timeout = Some(timeout);
        self.reject = Some(rejected_before::<O::Output, F>);
        self
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
    pub fn budget(mut self, budget: impl Into<Shared<'static, Budget>>) -> Self {
        self.set_budget(budget.into());
        self
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
    pub fn breaker(mut self, breaker: impl Into<Shared<'static, CircuitBreaker>>) -> Self
    where
        ErrorOf<O>: FromRejection<F>,
    {
        self.options.breaker = Some(breaker.into());
        self.reject = Some(rejected_before::<O::Output, F>);
        self
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
    pub fn bulkhead(mut self, bulkhead: impl Into<Shared<'static, Bulkhead>>) -> Self
    where
        ErrorOf<O>: FromRejection<F>,
    {
        self.options.bulkhead = Some(bulkhead.into());
        self.reject = Some(rejected_before::<O::Output, F>);
        self
    }

    /// Leaves out the timeout of the [`Upstream`](crate::Upstream): `timeout = false` in the attribute.
    pub fn without_timeout(mut self) -> Self {
        self.options.timeout = None;
        self
    }

    /// Leaves out the budget of the [`Upstream`](crate::Upstream): `budget = false` in the attribute.
    pub fn without_budget(mut self) -> Self {
        (self.settings.budget, self.options.budget) = (None, None);
        self
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
    pub fn without_breaker(mut self) -> Self {
        self.options.breaker = None;
        self
    }

    /// Leaves out the bulkhead of the [`Upstream`](crate::Upstream): `bulkhead = false` in the attribute.
    pub fn without_bulkhead(mut self) -> Self {
        self.options.bulkhead = None;
        self
    }

    /// The name in events; without it, the path of the function that the closure stands in.
    pub fn name(mut self, name: &'static str) -> Self {
        self.settings.name = Some(name);
        self
    }

    /// What this call is about, in events.
    pub fn id(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.options.id = Some(id.into());
        self
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
    pub fn sleep<S, R>(self, sleep: S) -> Retrying<O, Rules<J, A, L, F>, ByFunction<S>>
    where
        S: FnMut(Duration) -> R,
    {
        let Self { operation, rules, settings, options, reject, .. } = self;
        Retrying { operation, rules, timer: ByFunction(sleep), settings, options, reject }
    }
}

impl<O: Operation, R, T> Retrying<O, R, T> {
    /// A static one is in the settings, which every call has.
    pub(super) fn set_budget(&mut self, budget: Shared<'static, Budget>) {
        (self.settings.budget, self.options.budget) = match budget {
            Shared::Borrowed(budget) => (Some(budget), None),
            Shared::Counted(budget) => (None, Some(budget)),
        };
    }

    fn with_rules<S>(self, change: impl FnOnce(R) -> S) -> Retrying<O, S, T> {
        let Self { operation, rules, timer, settings, options, reject } = self;
        Retrying { operation, rules: change(rules), timer, settings, options, reject }
    }
}
