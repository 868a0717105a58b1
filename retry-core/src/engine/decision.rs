//! [`Decision`]: what follows a failure.

use std::time::Duration;

use super::GiveUp;

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Retry after this wait, jitter included.
    Retry(Duration),
    /// Return the failure to the caller.
    GiveUp(GiveUp),
}

impl Decision {
    /// The decision after `ask`, the budget, and the permit that it granted. `ask` is called only if a
    /// retry would follow; if it refuses, the decision is [`GiveUp::BudgetExhausted`].
    ///
    /// So [`decide`](super::decide) stays a pure function, and a retry that is not made costs no budget.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    /// use persevere::engine::{Decision, GiveUp};
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(5); // one retry
    ///
    /// let decision = Decision::Retry(Duration::from_secs(2));
    /// let ask = || BUDGET.try_acquire(Cause::Failure);
    /// let (first, granted) = decision.granted_by(ask);
    /// assert_eq!((first, granted.is_some()), (decision, true));
    /// let (second, refused) = decision.granted_by(ask);
    /// assert_eq!(second, Decision::GiveUp(GiveUp::BudgetExhausted));
    /// # drop((granted, refused));
    /// ```
    pub fn granted_by<W>(self, ask: impl FnOnce() -> Option<W>) -> (Self, Option<W>) {
        match self {
            Self::GiveUp(_) => (self, None),
            Self::Retry(_) => match ask() {
                None => (Self::GiveUp(GiveUp::BudgetExhausted), None),
                granted => (self, granted),
            },
        }
    }
}
