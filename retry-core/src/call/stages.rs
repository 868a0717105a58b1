//! The layers that a call names, in the order in which it passes them: its bulkhead, the budget of
//! its retries, the circuit breaker of its attempts.
//!
//! [`begin`] and [`end`] are that order for closures; generated code, which knows what its function
//! names, calls the parts.

use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::breaker::{CircuitBreaker, Permit};
use crate::layers::budget::{self, Budget, Cause};
use crate::layers::bulkhead::admit::Place;

/// `budget = …`, its type pinned down where the user wrote it: a call begins.
#[inline]
#[must_use]
pub fn budget(budget: &'static Budget) -> &'static Budget {
    budget.begin();
    budget
}

/// Like [`budget`], where the bulkhead may have refused the call: a refused call does not begin.
#[inline]
#[must_use]
pub fn budget_within(place: &Place, budget: &'static Budget) -> &'static Budget {
    if place.is_ok() {
        budget.begin();
    }
    budget
}

/// The bulkhead's refusal of the call, if it has no place.
#[inline]
#[must_use]
pub fn refused(place: &Place) -> Option<Stopped> {
    place.as_ref().err().copied().map(Stopped::before_it_began)
}

/// The verdict that layers count for an attempt that failed with `verdict`, or was `stopped`.
///
/// An attempt that was cut by its `timeout` or deadline counts as a failure, whatever the error made
/// of that says. One that was refused never ran, and counts as neither (`None`).
pub(crate) fn heard(verdict: Verdict, stopped: Option<Stopped>) -> Option<Verdict> {
    match stopped {
        None => Some(verdict),
        Some(stopped) => stopped.has_run().then_some(Verdict::TRANSIENT),
    }
}

/// `breaker = …`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn breaker(breaker: &'static CircuitBreaker) -> &'static CircuitBreaker {
    breaker
}

/// Asks for a permit to make an attempt: the permit, or what the attempt fails with in its place.
#[inline]
#[must_use]
pub fn acquire(breaker: &'static CircuitBreaker) -> (Option<Permit<'static>>, Option<Stopped>) {
    match breaker.try_acquire() {
        Ok(permit) => (Some(permit), None),
        Err(rejection) => (None, Some(Stopped::before_it_began(rejection))),
    }
}

/// Like [`acquire`], where the bulkhead may have refused the call: then the breaker is not asked.
#[inline]
#[must_use]
pub fn acquire_within(
    place: &Place,
    breaker: &'static CircuitBreaker,
) -> (Option<Permit<'static>>, Option<Stopped>) {
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

/// The attempt has failed, or was stopped; one that a circuit breaker refused had no permit.
#[cold]
pub fn attempt_failed(permit: Option<Permit<'static>>, verdict: Verdict, stopped: Option<Stopped>) {
    if let (Some(permit), Some(verdict)) = (permit, heard(verdict, stopped)) {
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

/// An attempt begins in a call that its bulkhead has let in, or `refused`. `budget` is that of a
/// call's first attempt. Gives the breaker's permit, or what the attempt fails with in its place.
#[inline]
pub(crate) fn begin(
    refused: Option<Stopped>,
    budget: Option<&'static Budget>,
    breaker: Option<&'static CircuitBreaker>,
) -> (Option<Permit<'static>>, Option<Stopped>) {
    if refused.is_some() {
        return (None, refused);
    }
    if let Some(budget) = budget {
        budget.begin();
    }
    breaker.map_or((None, None), acquire)
}

/// An attempt has ended, with that verdict if it failed. The budget hears of a failure when it is
/// asked for a retry, and of a retry's success by what it gave for that.
#[inline]
pub(crate) fn end(
    permit: Option<Permit<'static>>,
    verdict: Option<Verdict>,
    stopped: Option<Stopped>,
) {
    match verdict {
        Some(verdict) => attempt_failed(permit, verdict, stopped),
        None => attempt_succeeded(permit),
    }
}

/// A call's budget, and what it must know of the attempt that has just ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budgeted {
    budget: &'static Budget,
    stopped: Option<Stopped>,
}

impl Budgeted {
    pub(crate) fn new(budget: &'static Budget, stopped: Option<Stopped>) -> Self {
        Self { budget, stopped }
    }

    /// The attempt has failed, which the budget granted by `budget_permit` if it was a retry.
    pub(crate) fn failed(&self, budget_permit: Option<budget::Permit<'static>>, verdict: Verdict) {
        match (heard(verdict, self.stopped), budget_permit) {
            (Some(verdict), Some(budget_permit)) => budget_permit.failed(verdict),
            (Some(verdict), None) => self.budget.failed(verdict),
            (None, Some(budget_permit)) => budget_permit.give_back(),
            (None, None) => {}
        }
    }

    /// Asks for a permit for the retry that would follow.
    pub(crate) fn ask(&self) -> Option<budget::Permit<'static>> {
        self.budget.try_acquire(match self.stopped.map(Stopped::rejection) {
            Some(Rejection::TimedOut) => Cause::Timeout,
            _ => Cause::Failure,
        })
    }
}
