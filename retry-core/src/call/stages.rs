//! The layers that a call names, in the order in which it passes them: its bulkhead, the budget of
//! its retries, the circuit breaker of its attempts.
//!
//! [`begin_attempt`] and [`end_attempt`] are that order, and all that closures call. Generated code knows
//! which layers its function names, and calls the parts of the two that it needs.

use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::breaker::{CircuitBreaker, Permit};
use crate::layers::budget::{self, Budget, Cause};
use crate::layers::bulkhead::admit::Admission;

/// An attempt begins, in a call that its bulkhead let in, or `refused`. `budget` is given for a call's
/// first attempt, when it counts the call. Returns the circuit breaker's permit, or what the attempt
/// fails with in its place.
#[inline]
pub(crate) fn begin_attempt(
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

/// An attempt has ended, with a verdict if it failed: the circuit breaker counts it, if it granted a
/// permit. Then the budget counts it: a failure when it is asked for the retry, see [`Budgeted`], and a
/// success by the permit of the retry, or at once for a first attempt.
#[inline]
pub(crate) fn end_attempt(
    permit: Option<Permit<'static>>,
    verdict: Option<Verdict>,
    stopped: Option<Stopped>,
) {
    match verdict {
        None => attempt_succeeded(permit),
        Some(verdict) => attempt_failed(permit, verdict, stopped),
    }
}

/// The verdict that layers count for an attempt that failed with `verdict`, or was `stopped`.
///
/// An attempt that was cut by its `timeout` or deadline counts as a failure, whatever the error made
/// of that says. One that was refused never ran, and counts as neither (`None`).
fn counted(verdict: Verdict, stopped: Option<Stopped>) -> Option<Verdict> {
    match stopped {
        None => Some(verdict),
        Some(stopped) => stopped.has_run().then_some(Verdict::TRANSIENT),
    }
}

/// The bulkhead's refusal of the call, if it refused it.
#[inline]
#[must_use]
pub fn refused(admission: &Admission) -> Option<Stopped> {
    admission.as_ref().err().copied().map(Stopped::before_it_began)
}

/// `budget = …`, its type pinned down where the user wrote it: a call begins.
#[inline]
#[must_use]
pub fn budget(budget: &'static Budget) -> &'static Budget {
    budget.begin();
    budget
}

/// As [`budget`], where the bulkhead may have refused the call: a refused call does not begin.
#[inline]
#[must_use]
pub fn budget_if_admitted(admission: &Admission, budget: &'static Budget) -> &'static Budget {
    if admission.is_ok() {
        budget.begin();
    }
    budget
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

/// As [`acquire`], where the bulkhead may have refused the call: then the breaker is not asked.
#[inline]
#[must_use]
pub fn acquire_if_admitted(
    admission: &Admission,
    breaker: &'static CircuitBreaker,
) -> (Option<Permit<'static>>, Option<Stopped>) {
    match refused(admission) {
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
    if let (Some(permit), Some(verdict)) = (permit, counted(verdict, stopped)) {
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
    stopped: Option<Stopped>,
}

impl Budgeted {
    pub(crate) fn new(budget: &'static Budget, stopped: Option<Stopped>) -> Self {
        Self { budget, stopped }
    }

    /// The attempt has failed, which the budget granted by `budget_permit` if it was a retry.
    pub(crate) fn failed(&self, budget_permit: Option<budget::Permit<'static>>, verdict: Verdict) {
        match (counted(verdict, self.stopped), budget_permit) {
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
