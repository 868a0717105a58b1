//! [`Withdrawal`]: the leave to make one retry.

use super::{Budget, Cause, Kind};
use crate::classify::Verdict;
use crate::clock::Instant;
use crate::tick::Tick;

/// The leave to make one retry, from [`Budget::try_withdraw`].
///
/// It is told how the retry has ended. Dropped untold, because the retry never ran or its future
/// was dropped, it counts as neither success nor failure, as the [module's page](super) says for
/// each kind.
///
/// ```
/// use retry_core::Budget;
/// use retry_core::budget::{Available, Cause};
///
/// static BUDGET: Budget = Budget::new();
///
/// let withdrawal = BUDGET.try_withdraw(Cause::Failure).expect("the bucket is full");
/// assert_eq!(BUDGET.available(), Available::Tokens { tokens: 495, capacity: 500 });
/// withdrawal.succeeded();
/// assert_eq!(BUDGET.available(), Available::Tokens { tokens: 500, capacity: 500 });
/// ```
#[derive(Debug)]
#[must_use = "dropped, it says that the retry was not made"]
pub struct Withdrawal<'b> {
    budget: &'b Budget,
    /// What it was asked for after: by it a token bucket knows what it gave.
    cause: Cause,
}

impl<'b> Withdrawal<'b> {
    pub(crate) const fn new(budget: &'b Budget, cause: Cause) -> Self {
        Self { budget, cause }
    }

    /// What [`new`](Self::new) puts together again: who keeps it apart is to give it back.
    pub(crate) fn into_parts(self) -> (&'b Budget, Cause) {
        let cause = self.cause;
        (self.settled(), cause)
    }

    /// The retry has succeeded: a token bucket gets back what it gave for it.
    pub fn succeeded(self) {
        self.succeed(Tick::now);
    }

    /// As [`succeeded`](Self::succeeded), by the caller's clock.
    pub fn succeeded_at(self, now: Instant) {
        self.succeed(|| Tick::of(now));
    }

    /// The retry has failed: what it cost is spent.
    pub fn failed(self, verdict: Verdict) {
        self.settled().fail(verdict, Tick::now);
    }

    /// As [`failed`](Self::failed), by the caller's clock.
    pub fn failed_at(self, verdict: Verdict, now: Instant) {
        self.settled().fail(verdict, || Tick::of(now));
    }

    fn succeed(self, now: impl FnOnce() -> Tick) {
        let (budget, cause) = self.into_parts();
        match &budget.kind {
            Kind::Tokens(bucket) => bucket.give(bucket.cost(cause)),
            Kind::Ratio(_) => {}
            Kind::Adaptive(adaptive) => adaptive.accept(now()),
        }
    }

    /// Told how the retry ended; not to be given back.
    fn settled(self) -> &'b Budget {
        let budget = self.budget;
        std::mem::forget(self);
        budget
    }
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        match &self.budget.kind {
            Kind::Tokens(bucket) => bucket.give(bucket.cost(self.cause)),
            Kind::Ratio(ratio) => ratio.give_back(),
            Kind::Adaptive(_) => {} // nothing was counted yet
        }
    }
}
