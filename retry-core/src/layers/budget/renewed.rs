//! A [`Budget`] as new: for tests, and for one of many that is forgotten.

use super::{Budget, Kind};
use crate::time::tick::Tick;

impl Budget {
    /// Makes it as new: a token bucket is full, and the other kinds have counted nothing.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new();
    ///
    /// drop(BUDGET.try_acquire(Cause::Failure).map(|permit| permit.failed(persevere::Verdict::TRANSIENT)));
    /// assert_eq!(BUDGET.available().to_string(), "495 of 500 tokens");
    /// BUDGET.reset();
    /// assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    /// ```
    pub fn reset(&self) {
        match &self.kind {
            Kind::Tokens(bucket) => bucket.give(bucket.capacity),
            Kind::Ratio(ratio) => ratio.clear(),
            Kind::Adaptive(adaptive) => adaptive.clear(),
            Kind::Unlimited => {}
        }
    }

    /// Whether it is as it was made.
    pub(crate) fn is_as_new(&self) -> bool {
        match &self.kind {
            Kind::Tokens(bucket) => bucket.tokens() == bucket.capacity,
            Kind::Ratio(ratio) => ratio.is_empty(Tick::now()),
            Kind::Adaptive(adaptive) => adaptive.is_empty(Tick::now()),
            Kind::Unlimited => true,
        }
    }
}
