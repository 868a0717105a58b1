//! [`Permit`]: what a budget grants for one retry.

use std::sync::Arc;

use super::{Budget, Cause, Kind};
use crate::classify::Verdict;
use crate::classify::stopped;
use crate::layers::shared::{Lent, Shared};
use crate::layers::window::Slot;
use crate::time::tick::Tick;

/// A permit for one retry, from [`Budget::try_acquire`].
///
/// Report to it when the retry [begins](Self::begin), and how the retry ended. If the permit is
/// dropped before the retry begins, because the wait was dropped or a circuit breaker refused the
/// attempt, the budget gets back what the permit cost. Once the retry has begun, the cost is spent
/// however the retry ends; only a token bucket gets it back, when the retry
/// [succeeds](Self::succeeded).
///
/// ```
/// use persevere::Budget;
/// use persevere::budget::Cause;
///
/// static BUDGET: Budget = Budget::new();
/// let left = || BUDGET.available().to_string();
///
/// let never_ran = BUDGET.try_acquire(Cause::Failure).expect("the bucket is full");
/// assert_eq!(left(), "495 of 500 tokens");
/// drop(never_ran);
/// assert_eq!(left(), "500 of 500 tokens");
///
/// let mut cut = BUDGET.try_acquire(Cause::Failure).expect("the bucket is full");
/// cut.begin();
/// drop(cut);
/// assert_eq!(left(), "495 of 500 tokens");
///
/// let mut helped = BUDGET.try_acquire(Cause::Failure).expect("there is enough");
/// helped.begin();
/// helped.succeeded();
/// assert_eq!(left(), "495 of 500 tokens");
/// ```
#[derive(Debug)]
#[must_use = "dropped before its retry begins, a permit is given back"]
pub struct Permit<'b> {
    budget: Shared<'b, Budget>,
    /// The slot of the window in which a budget by ratio counted it.
    slot: Slot,
    /// What the retry follows: from this a token bucket knows what the permit cost.
    cause: Cause,
    has_begun: bool,
    /// Whether its end has been reported.
    is_settled: bool,
}

impl<'b> Permit<'b> {
    pub(super) const fn new(budget: &'b Budget, cause: Cause, slot: Slot) -> Self {
        Self { budget: Shared::Borrowed(budget), slot, cause, has_begun: false, is_settled: false }
    }

    /// Reports that the retry begins: from now on its cost is spent.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::ratio(0.0).with_min_per_second(1);
    ///
    /// let mut retry = BUDGET.try_acquire(Cause::Failure).expect("ten are left");
    /// retry.begin();
    /// drop(retry); // it was sent, and nobody waited for its answer
    /// assert_eq!(BUDGET.available().to_string(), "9 retries");
    /// ```
    pub fn begin(&mut self) {
        self.has_begun = true;
    }

    /// What the retry follows.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        self.cause
    }

    /// The retry is another process's to make: what it cost stays spent here, and whoever makes the
    /// retry [takes it over](Budget::take_over).
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new();
    ///
    /// let retry = BUDGET.try_acquire(Cause::Failure).expect("the bucket is full");
    /// retry.hand_over(); // once the row is written that says when it is due
    /// assert_eq!(BUDGET.available().to_string(), "495 of 500 tokens");
    /// ```
    pub fn hand_over(mut self) {
        self.is_settled = true;
    }

    /// Reports that the retry has succeeded: a token bucket gets back what the permit cost.
    pub fn succeeded(self) {
        self.succeed(Tick::now);
    }

    /// Reports that the retry has failed: its cost is spent.
    pub fn failed(self, verdict: Verdict) {
        self.fail(verdict, Tick::now);
    }

    pub(super) fn succeed(mut self, now: impl FnOnce() -> Tick) {
        self.is_settled = true;
        match &self.budget.kind {
            Kind::Tokens(bucket) => bucket.give(bucket.cost(self.cause)),
            Kind::Ratio(_) | Kind::Unlimited => {}
            Kind::Adaptive(adaptive) => adaptive.accept(now()),
        }
    }

    pub(super) fn fail(mut self, verdict: Verdict, now: impl FnOnce() -> Tick) {
        self.is_settled = true;
        self.budget.fail(verdict, now);
    }

    /// The attempt was refused as it was to begin: no retry was made.
    pub(crate) fn give_back(mut self) {
        self.has_begun = false;
    }

    /// This permit, which `budget` has granted, for as long as a `Shared` budget is kept.
    pub(crate) fn kept_by<'c>(mut self, budget: Lent<'_, 'c, Budget>) -> Permit<'c> {
        self.is_settled = true; // the other one is reported
        let budget = match budget {
            Lent::Borrowed(budget) => Shared::Borrowed(budget),
            Lent::Counted(budget) => Shared::Counted(Arc::clone(budget)),
        };
        let Self { slot, cause, has_begun, .. } = self;
        Permit { budget, slot, cause, has_begun, is_settled: false }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        if self.has_begun {
            if stopped::is_cut() {
                self.budget.fail(Verdict::TRANSIENT, Tick::now);
            }
            return;
        }
        match &self.budget.kind {
            Kind::Tokens(bucket) => bucket.give(bucket.cost(self.cause)),
            Kind::Ratio(ratio) if self.slot != Slot::NONE => ratio.give_back(self.slot),
            // Nothing was counted yet; or, of a retry that was taken over, nothing here.
            Kind::Ratio(_) | Kind::Adaptive(_) | Kind::Unlimited => {}
        }
    }
}
