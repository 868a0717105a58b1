//! Closures on an [`Upstream`].

use std::future::Future;
use std::sync::Arc;

use super::layered::Known;
use super::operation::{Blocking, BlockingWithAttempt, Plain, WithAttempt};
use super::parts::{Layered, Settings};
use super::{ErrorOf, Layering, Operation, Retrying};
use crate::call::attempt::Attempt;
use crate::call::hook::{FromRejection, rejected};
#[cfg(feature = "chaos")]
use crate::call::perturb::Acted;
use crate::call::upstream::within_upstream;
use crate::classify::outcome::Outcome;
use crate::layers::upstream::Upstream;

impl<O: Operation, R, T, S> Retrying<O, R, T, S> {
    /// The call is one on `upstream`, which names and counts it; its layers are asked where
    /// its attempts are made.
    #[doc(hidden)]
    pub fn on_upstream(self, upstream: &Upstream) -> Retrying<O, R, T, S::Layered>
    where
        S: Settings,
    {
        let known = Known::of(upstream);
        let within = known.within.without_pace();
        let known = Known { takes_turns: false, within, ..known };
        self.with_options(|options| options.upstream = Some(known))
    }

    /// Chaos acts in a service, which notes it there.
    #[cfg(feature = "chaos")]
    #[doc(hidden)]
    pub fn acted_elsewhere(self, acted: Arc<Acted>) -> Retrying<O, R, T, S::Layered>
    where
        S: Settings,
    {
        self.with_options(|options| {
            options.acted = Some(acted);
            options.has_faults = true; // there is something to keep, also of a call without a limit or a layer
        })
    }
}

impl Known {
    fn of(upstream: &Upstream) -> Self {
        Self {
            name: upstream.name(),
            counts: upstream.shared_counts().cloned(),
            pace: upstream.owned_pace(),
            takes_turns: true,
            has_pushback: upstream.has_pushback(),
            within: within_upstream(upstream, None),
        }
    }
}

impl Upstream {
    /// Retries the futures that `operation` makes, as this upstream says: as
    /// [`Policy::retry`](crate::Policy::retry), under its policy, its timeout and its layers. The methods
    /// of [`Retrying`] replace what it says.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use persevere::{Budget, CircuitBreaker, Rejection, Upstream};
    ///
    /// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    /// static PAYMENTS: Upstream =
    ///     Upstream::new("payments", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
    ///
    /// let answer = PAYMENTS.retry(async || Ok::<_, Rejection>(42)).await;
    /// assert_eq!((answer, CIRCUIT.tally().calls), (Ok(42), 1));
    /// # });
    /// ```
    pub fn retry<F, Fut>(&self, operation: F) -> Layering<Plain<F>>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output: Outcome>,
        <Fut::Output as Outcome>::Error: FromRejection,
    {
        self.calling(Plain(operation))
    }

    /// As [`retry`](Self::retry), for an operation that asks for its [`Attempt`].
    pub fn retry_with_context<F, Fut>(&self, operation: F) -> Layering<WithAttempt<F>>
    where
        F: FnMut(Arc<Attempt>) -> Fut,
        Fut: Future<Output: Outcome>,
        <Fut::Output as Outcome>::Error: FromRejection,
    {
        self.calling(WithAttempt(operation))
    }

    /// As [`retry`](Self::retry), for an operation that blocks its thread, as
    /// [`Policy::retry_blocking`](crate::Policy::retry_blocking). Its attempts are not cut:
    /// [`Attempt::time_limit`] says how long one may take.
    ///
    /// ```
    /// use persevere::{Budget, Bulkhead, Rejection, Upstream};
    ///
    /// static PLACES: Bulkhead = Bulkhead::new(4);
    /// static INDEX: Upstream = Upstream::new("index", &Budget::UNLIMITED).with_bulkhead(&PLACES);
    ///
    /// let free = INDEX.retry_blocking(|| Ok::<_, Rejection>(PLACES.available())).call();
    /// assert_eq!((free, PLACES.available()), (Ok(3), 4));
    /// ```
    pub fn retry_blocking<F, O>(&self, operation: F) -> Layering<Blocking<F>>
    where
        F: FnMut() -> O,
        O: Outcome,
        O::Error: FromRejection,
    {
        self.calling(Blocking(operation))
    }

    /// As [`retry_blocking`](Self::retry_blocking), for an operation that asks for its [`Attempt`].
    pub fn retry_blocking_with_context<F, O>(
        &self,
        operation: F,
    ) -> Layering<BlockingWithAttempt<F>>
    where
        F: FnMut(Arc<Attempt>) -> O,
        O: Outcome,
        O::Error: FromRejection,
    {
        self.calling(BlockingWithAttempt(operation))
    }

    /// A call of `operation` on this upstream: see [`Retrying::new`].
    pub fn calling<O: Operation>(&self, operation: O) -> Layering<O>
    where
        ErrorOf<O>: FromRejection,
    {
        let mut call = Retrying::new(self.policy(), operation);
        let Layered { settings, options } = &mut call.settings;
        settings.beside.budget = Some(self.shared_budget().clone());
        options.timeout = self.timeout();
        options.breaker = self.shared_breaker().cloned();
        options.bulkhead = self.shared_bulkhead().cloned();
        options.upstream = Some(Known::of(self));
        call.reject = Some(rejected);
        self.list_once();
        call
    }
}
