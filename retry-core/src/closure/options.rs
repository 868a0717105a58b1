//! The options of a [`Retrying`]: the keys of the attribute.

mod hooks;
mod judging;
mod layers;

use std::borrow::Cow;
use std::time::Duration;

use super::beside::Beside;
use super::layered::Options;
use super::parts::{ByFunction, Cut, Rules, Settings};
use super::{AsyncOperation, ErrorOf, Operation, Retrying};
use crate::call::hook::{FromRejection, rejected_before};
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

    /// Leaves out the timeout of the [`Upstream`](crate::Upstream): `timeout = false` in the attribute.
    pub fn without_timeout(self) -> Retrying<O, Rules<J, A, L, F>, T, S::Layered>
    where
        S: Settings,
    {
        self.with_options(|options| options.timeout = None)
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
