//! [`Withdrawal`]: the leave to make one retry.

use super::{Budget, Cause, Kind};
use crate::classify::Verdict;
use crate::classify::stopped;
use crate::layers::window::Slot;
use crate::time::clock::Instant;
use crate::time::tick::Tick;

/// The leave to make one retry, from [`Budget::try_withdraw`].
///
/// Tell it when the retry [begins](Self::begin), and how it ended. If it is dropped before the retry
/// has begun, because the wait was dropped or a circuit breaker refused the attempt, what the retry
/// cost is given back, as if nobody had asked. Once the retry has begun, the cost is spent, however
/// the retry ends; only a token bucket gets it back, when the retry [succeeds](Self::succeeded).
///
/// ```
/// use persevere::Budget;
/// use persevere::budget::Cause;
///
/// static BUDGET: Budget = Budget::new();
/// let left = || BUDGET.available().to_string();
///
/// let never_ran = BUDGET.try_withdraw(Cause::Failure).expect("the bucket is full");
/// assert_eq!(left(), "495 of 500 tokens");
/// drop(never_ran);
/// assert_eq!(left(), "500 of 500 tokens");
///
/// let mut cut = BUDGET.try_withdraw(Cause::Failure).expect("the bucket is full");
/// cut.begin();
/// drop(cut);
/// assert_eq!(left(), "495 of 500 tokens");
///
/// let mut helped = BUDGET.try_withdraw(Cause::Failure).expect("there is enough");
/// helped.begin();
/// helped.succeeded();
/// assert_eq!(left(), "495 of 500 tokens");
/// ```
#[derive(Debug)]
#[must_use = "dropped, it says that the retry was not made"]
pub struct Withdrawal<'b> {
    budget: &'b Budget,
    /// The slot of a budget by ratio that it is counted in.
    slot: Slot,
    /// What it was asked for after: by it a token bucket knows what it gave.
    cause: Cause,
    has_begun: bool,
}

impl<'b> Withdrawal<'b> {
    pub(super) const fn new(budget: &'b Budget, cause: Cause, slot: Slot) -> Self {
        Self { budget, slot, cause, has_begun: false }
    }

    /// The retry begins: from now on what it cost is spent.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::ratio(0.0).with_min_per_second(1);
    ///
    /// let mut retry = BUDGET.try_withdraw(Cause::Failure).expect("ten are left");
    /// retry.begin();
    /// drop(retry); // it was sent, whatever has become of it
    /// assert_eq!(BUDGET.available().to_string(), "9 retries");
    /// ```
    pub fn begin(&mut self) {
        self.has_begun = true;
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
        let cause = self.cause;
        match &self.settled().kind {
            Kind::Tokens(bucket) => bucket.give(bucket.cost(cause)),
            Kind::Ratio(_) => {}
            Kind::Adaptive(adaptive) => adaptive.accept(now()),
        }
    }

    /// What was to begin was refused: the retry is not made.
    pub(crate) fn give_back(mut self) {
        self.has_begun = false;
    }

    /// It is known how the retry ended: nothing is given back.
    fn settled(self) -> &'b Budget {
        let budget = self.budget;
        std::mem::forget(self);
        budget
    }
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        if self.has_begun {
            if stopped::is_cut() {
                self.budget.fail(Verdict::TRANSIENT, Tick::now);
            }
            return;
        }
        match &self.budget.kind {
            Kind::Tokens(bucket) => bucket.give(bucket.cost(self.cause)),
            Kind::Ratio(ratio) => ratio.give_back(self.slot),
            Kind::Adaptive(_) => {} // nothing was counted yet
        }
    }
}
