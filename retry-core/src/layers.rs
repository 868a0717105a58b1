//! The layers that a call names: its bulkhead, the budget of its retries, the circuit breaker of
//! its attempts.

use crate::breaker::{CircuitBreaker, Permit};
use crate::budget::{Budget, Cause, Withdrawal};
use crate::bulkhead::admit::Place;
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

/// As [`budget`], of a call that its bulkhead may have refused: that one does not begin.
#[inline]
#[must_use]
pub fn budget_within(place: &Place, budget: &'static Budget) -> &'static Budget {
    if place.is_ok() {
        budget.begin();
    }
    budget
}

/// What the call's bulkhead refused it with, if it has no place.
#[inline]
#[must_use]
pub fn refused(place: &Place) -> Option<Rejection> {
    place.as_ref().err().copied()
}

/// What layers hear of a failure of which `rejected` tells whether the attempt was cut short.
///
/// `None` is neither success nor failure: the deadline lies around the retries, and drops an
/// attempt as a caller would; and what a circuit breaker or a bulkhead refuses is no attempt. A timeout is a
/// failure, whatever the error made of it says.
pub(crate) fn heard(verdict: Verdict, rejected: Option<Rejection>) -> Option<Verdict> {
    match rejected {
        None => Some(verdict),
        Some(Rejection::TimedOut) => Some(Verdict::TRANSIENT),
        Some(_) => None,
    }
}

/// `breaker = …`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn breaker(breaker: &'static CircuitBreaker) -> &'static CircuitBreaker {
    breaker
}

/// Asks for the leave to make an attempt: it, or what the attempt fails with in its place.
#[inline]
#[must_use]
pub fn acquire(breaker: &'static CircuitBreaker) -> (Option<Permit<'static>>, Option<Rejection>) {
    match breaker.try_acquire() {
        Ok(permit) => (Some(permit), None),
        Err(rejection) => (None, Some(rejection)),
    }
}

/// As [`acquire`], in a call that its bulkhead may have refused: that one asks for nothing.
#[inline]
#[must_use]
pub fn acquire_within(
    place: &Place,
    breaker: &'static CircuitBreaker,
) -> (Option<Permit<'static>>, Option<Rejection>) {
    match refused(place) {
        None => acquire(breaker),
        refused => (None, refused),
    }
}

/// The attempt has succeeded.
#[inline]
pub fn attempt_succeeded(permit: Option<Permit<'static>>) {
    if let Some(permit) = permit {
        permit.succeeded();
    }
}

/// The attempt has failed, or was cut short; one that was refused had no permit.
#[cold]
pub fn attempt_failed(
    permit: Option<Permit<'static>>,
    verdict: Verdict,
    rejected: Option<Rejection>,
) {
    if let (Some(permit), Some(verdict)) = (permit, heard(verdict, rejected)) {
        permit.failed(verdict);
    }
}

/// The verdict on an attempt that an open circuit refused has the time until a probe as its
/// `retry_after`, whatever the error made of the refusal knows of it: retries must not be used up
/// meanwhile.
pub(crate) fn no_sooner(verdict: Verdict, rejected: Rejection) -> Verdict {
    match rejected {
        Rejection::CircuitOpen { retry_in } => {
            let asked = verdict.retry_after().unwrap_or_default();
            verdict.with_retry_after(asked.max(retry_in))
        }
        _ => verdict,
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
