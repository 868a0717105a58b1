//! The layers that a call names, in the order in which it passes them. No other file says this order:
//!
//! 1. the bulkhead admits the call, or refuses it: [`refused`];
//! 2. the budget counts the call: [`begin_call`];
//! 3. the circuit breaker grants each attempt a permit, or refuses it: [`begin_attempt`];
//! 4. an attempt on an upstream takes a turn of its rate, waiting for it, or is refused: `call/turn.rs`. The
//!    circuit breaker comes first, so that what it refuses takes no turn; a permit of its is given back by an
//!    attempt that the rate refuses;
//! 5. when the attempt has ended, the circuit breaker counts it: [`attempt_succeeded`],
//!    [`attempt_failed`];
//! 6. then the budget counts it. A failure counts when the budget is asked for the retry: [`Budgeted`].
//!    A success counts by the retry's permit, or at once if it was the first attempt's.
//!
//! Each step takes the refusal of the step before it, and lets no refused call through. Generated code
//! knows which layers its function names, and calls their steps alone. A closure knows that at run time,
//! and calls [`begin`] and [`end`].

use crate::cancel::scope;
use crate::classify::Verdict;
use crate::classify::judge::Polled;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::layers::breaker::{CircuitBreaker, OwnedPermit, Permit};
use crate::layers::budget::{self, Budget, Cause};
use crate::layers::shared::{Lent, Shared};

/// Steps 2 and 3, for a closure's attempt: of a call that its bulkhead has let in, or `refused`. `budget`
/// is that of a call which begins: `None` for a retry. Returns the circuit breaker's permit, and what the
/// attempt is refused with.
#[inline]
pub(crate) fn begin(
    refused: Option<Stopped>,
    budget: Option<&Budget>,
    breaker: Option<&Shared<'static, CircuitBreaker>>,
) -> (Option<OwnedPermit>, Option<Stopped>) {
    if let Some(budget) = budget {
        begin_call(refused, budget);
    }
    match breaker {
        Some(breaker) => {
            let (permit, refused) = begin_attempt(refused, breaker);
            (permit.map(|permit| permit.kept_by(breaker)), refused)
        }
        None => (None, refused),
    }
}

/// Step 5, for a closure's attempt, with a verdict if it failed.
#[inline]
pub(crate) fn end(
    mut permit: Option<OwnedPermit>,
    verdict: Option<Verdict>,
    stopped: Option<Stopped>,
) {
    let permit = permit.as_mut().and_then(OwnedPermit::take);
    match verdict {
        None => attempt_succeeded(permit),
        Some(verdict) => attempt_failed(permit, verdict, stopped),
    }
}

/// `budget = …`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn budget(budget: &Budget) -> &Budget {
    budget
}

/// `breaker = …`, its type pinned down where the user wrote it.
#[inline]
#[must_use]
pub const fn breaker(breaker: &CircuitBreaker) -> &CircuitBreaker {
    breaker
}

/// The bulkhead's refusal of the call, if it refused it.
#[inline]
#[must_use]
pub fn refused<P>(admission: &Result<P, Rejection>) -> Option<Stopped> {
    admission.as_ref().err().copied().map(Stopped::before_it_began)
}

/// The budget counts a call that begins. One that the bulkhead has `refused` does not.
#[inline]
pub fn begin_call(refused: Option<Stopped>, budget: &Budget) {
    if refused.is_none() {
        budget.begin();
    }
}

/// Asks the circuit breaker for a permit for an attempt, unless the bulkhead has `refused` the call.
/// Returns the permit, or the refusal.
#[inline]
#[must_use]
pub fn begin_attempt(
    refused: Option<Stopped>,
    breaker: &CircuitBreaker,
) -> (Option<Permit<'_>>, Option<Stopped>) {
    if refused.is_some() {
        return (None, refused);
    }
    if scope::is_cancelled() {
        return (None, Some(Stopped::before_it_began(Rejection::Cancelled)));
    }
    match breaker.try_acquire() {
        Ok(permit) => (Some(permit), None),
        Err(rejection) => (None, Some(Stopped::before_it_began(rejection))),
    }
}

/// The verdict that layers count for an attempt that failed with `verdict`, or was `stopped`.
///
/// An attempt that was cut by its `timeout` or deadline counts as a transient failure, whatever its error
/// says. One that was refused never ran, and counts as neither success nor failure: `None`.
fn counted(verdict: Verdict, stopped: Option<Stopped>) -> Option<Verdict> {
    match stopped {
        None => Some(verdict),
        Some(stopped) => stopped.has_run().then_some(Verdict::TRANSIENT),
    }
}

/// The attempt has succeeded. Out of line, but for an attempt that has no permit.
#[inline]
pub fn attempt_succeeded(permit: Option<Permit<'_>>) {
    #[inline(never)]
    fn succeeded(permit: Permit<'_>) {
        permit.succeeded();
    }

    if let Some(permit) = permit {
        succeeded(permit);
    }
}

/// The attempt has failed or was stopped. One that was refused has no permit.
#[cold]
pub fn attempt_failed(permit: Option<Permit<'_>>, verdict: Verdict, stopped: Option<Stopped>) {
    if let (Some(permit), Some(verdict)) = (permit, counted(verdict, stopped)) {
        permit.failed(verdict);
    }
}

/// The attempt has succeeded: the budget counts it by the permit of its retry, or as a first attempt, which
/// needs none, as does one after a value that was waited for.
pub(crate) fn budget_succeeded(budget: &Budget, budget_permit: Option<budget::Permit<'_>>) {
    match budget_permit {
        Some(budget_permit) => budget_permit.succeeded(),
        None => budget.succeeded(),
    }
}

/// A value that `on_ok` retries: a failure, or one that is waited for, which counts as a success.
#[cold]
pub fn attempt_polled(permit: Option<Permit<'_>>, polled: Polled, stopped: Option<Stopped>) {
    match polled {
        Polled::Failed(verdict) => attempt_failed(permit, verdict, stopped),
        Polled::Waiting(_) | Polled::Final => attempt_succeeded(permit),
    }
}

/// The verdict on a refused attempt: after an open circuit or a used-up rate, its `retry_after` is at least
/// the time until a probe or a turn, whatever the error says. Otherwise the retries would be used up meanwhile.
pub(crate) fn no_sooner(verdict: Verdict, stopped: Stopped) -> Verdict {
    match stopped.refused_for() {
        Some(retry_in) => {
            let asked = verdict.retry_after().unwrap_or_default();
            verdict.with_retry_after(asked.max(retry_in))
        }
        None => verdict,
    }
}

/// A call's budget, and what stopped the attempt that has just ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budgeted<'a, 'b> {
    budget: Lent<'a, 'b, Budget>,
    stopped: Option<Stopped>,
}

impl<'a, 'b> Budgeted<'a, 'b> {
    pub(crate) fn new(budget: Lent<'a, 'b, Budget>, stopped: Option<Stopped>) -> Self {
        Self { budget, stopped }
    }

    /// The attempt has failed. `budget_permit` is the budget's permit for it if it was a retry.
    pub(crate) fn failed(&self, budget_permit: Option<budget::Permit<'b>>, verdict: Verdict) {
        match (counted(verdict, self.stopped), budget_permit) {
            (Some(verdict), Some(budget_permit)) => budget_permit.failed(verdict),
            (Some(verdict), None) => self.budget.failed(verdict),
            (None, Some(budget_permit)) => budget_permit.give_back(),
            (None, None) => {}
        }
    }

    /// Asks for a permit for the retry that would follow.
    pub(crate) fn ask(&self) -> Option<budget::Permit<'b>> {
        let cause = match self.stopped.map(Stopped::rejection) {
            Some(Rejection::TimedOut) => Cause::Timeout,
            _ => Cause::Failure,
        };
        match self.budget {
            Lent::Borrowed(budget) => budget.try_acquire(cause),
            Lent::Counted(_) => Some(self.budget.try_acquire(cause)?.kept_by(self.budget)),
        }
    }
}
