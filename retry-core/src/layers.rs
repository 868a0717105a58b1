//! The budget around the retries of one call, as generated code names it.

use crate::budget::{Budget, Cause, Withdrawal};
use crate::classify::Verdict;
use crate::progress::Retry;
use crate::rejection::Rejection;

/// `budget = …`, its type pinned down where the user wrote it: a call begins.
#[inline]
#[must_use]
pub fn budget(budget: &'static Budget) -> &'static Budget {
    budget.begin();
    budget
}

/// What budgets hear of a failure of which `rejected` tells whether the attempt was cut short.
///
/// `None` is neither success nor failure: the deadline lies around the retries, and drops an
/// attempt as a caller would. A timeout is a failure, whatever the error made of it says.
pub(crate) fn heard(verdict: Verdict, rejected: Option<Rejection>) -> Option<Verdict> {
    match rejected {
        None => Some(verdict),
        Some(Rejection::TimedOut) => Some(Verdict::TRANSIENT),
        Some(_) => None,
    }
}

/// A call's budget, and what it must know of the attempt that has just ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budgeted {
    budget: &'static Budget,
    rejected: Option<Rejection>,
}

impl Budgeted {
    pub(crate) fn new(budget: &'static Budget, rejected: Option<Rejection>) -> Self {
        Self { budget, rejected }
    }

    /// The attempt has failed, after `so_far`.
    pub(crate) fn failed(&self, so_far: Option<&mut Retry>, verdict: Verdict) {
        let withdrawal = so_far.and_then(Retry::take_withdrawal);
        match (heard(verdict, self.rejected), withdrawal) {
            (Some(verdict), Some(withdrawal)) => withdrawal.failed(verdict),
            (Some(verdict), None) => self.budget.failed(verdict),
            (None, withdrawal) => drop(withdrawal),
        }
    }

    /// Asks for the leave to make the retry that would follow.
    pub(crate) fn ask(&self) -> Option<Withdrawal<'static>> {
        self.budget.try_withdraw(match self.rejected {
            Some(Rejection::TimedOut) => Cause::Timeout,
            _ => Cause::Failure,
        })
    }
}
