//! [`Retry`]: what a call remembers once it has failed. It is one pointer wide.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::call::nesting::Nesting;
use crate::call::so_far::SoFar;
use crate::cancel::is_cancelled;
use crate::cancel::shutdown::OfShutdown;
use crate::cancel::watch::OfScopes;
use crate::engine::{ByKind, History};
use crate::layers::budget;
use crate::policy::retry_limit::RetryLimit;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::time::clock::{self, FirstFailure, Instant};
use crate::time::timer::Timer;

pin_project_lite::pin_project! {
    /// The state behind a [`Retry`]: on the heap, so that a call that never fails carries one empty
    /// pointer and nothing more.
    ///
    /// Its fields are as small as they can be: a waiting task holds this and the call's future.
    #[derive(Debug)]
    struct RetryState<'b> {
        delay: Nanoseconds,
        waited: Nanoseconds,
        first_failure: FirstFailure,
        retries: u32,
        // Recognises the calls within the last attempt.
        nesting: Nesting,
        // The limit of the policy that was in force at the last decision.
        max_retries: u32,
        is_unlimited: bool,
        // Whether any attempt has failed: polls are no failures.
        has_failed: bool,
        // Whether the wait is counted but not made: the test kit's `no_waiting`.
        skips_wait: bool,
        waiting: Waiting,
        // Whether a word ends the wait.
        can_end: bool,
        // From the first wait to the call's end: joining anew would cost each wait more than staying.
        shutdown: OfShutdown,
        // In a box, so that only calls which have any of it pay for its size.
        beside: Option<Box<Beside<'b>>>,
        #[pin]
        timer: Timer,
    }
}

/// What only few calls have.
#[derive(Debug, Default)]
struct Beside<'b> {
    /// For the next attempt, or the one that runs.
    budget_permit: Option<budget::Permit<'b>>,
    /// When the attempt that runs began, if that is asked for.
    began: Option<Instant>,
    times_attempt: bool,
    by_kind: ByKind,
    /// What may cancel the wait that goes on, beside the shutdown.
    scopes: Option<OfScopes>,
}

/// What a retry waits for.
#[allow(dead_code, reason = "there may be no timer to wait on")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Waiting {
    /// The timer.
    #[default]
    Timer,
    /// A turn of the other tasks: the wait is zero, but this one has retried often without yielding.
    Yield,
    /// Nothing: the wait is over.
    No,
}

/// A retry that was decided on and has not begun.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each answers a question of its own")]
pub(crate) struct DecidedRetry<'b> {
    /// The wait before it, jitter included.
    pub(crate) delay: Duration,
    /// The permit of the call's budget, if it has one.
    pub(crate) budget_permit: Option<budget::Permit<'b>>,
    /// The limit of the policy in force.
    pub(crate) limit: RetryLimit,
    /// Whether the wait is counted but not made.
    pub(crate) skips_wait: bool,
    /// Whether the count starts anew: this retry is the first.
    pub(crate) is_anew: bool,
    /// Whether it matters how long the attempt runs.
    pub(crate) times_attempt: bool,
    /// The retries by kind, this one included.
    pub(crate) by_kind: ByKind,
    /// Whether it follows a failure, and not a poll.
    pub(crate) is_after_failure: bool,
}

impl<'b> DecidedRetry<'b> {
    /// The wait to make.
    pub(crate) fn wait(&self) -> Duration {
        if self.skips_wait { Duration::ZERO } else { self.delay }
    }

    /// The number of the retry, after `retries` of them.
    pub(crate) fn number(&self, retries: u32) -> u32 {
        if self.is_anew { 1 } else { retries.saturating_add(1) }
    }

    fn beside(&mut self) -> Option<Box<Beside<'b>>> {
        let Self { times_attempt, by_kind, .. } = *self;
        let budget_permit = self.budget_permit.take();
        (budget_permit.is_some() || times_attempt || !by_kind.is_none()).then(|| {
            Box::new(Beside { budget_permit, times_attempt, by_kind, ..Beside::default() })
        })
    }
}

/// The retry that a call waits for, or whose attempt runs. It is made at the call's first failure, and
/// kept with its timer for the retries that follow.
#[derive(Debug)]
#[must_use]
pub struct Retry<'b>(Pin<Box<RetryState<'b>>>);

impl<'b> Retry<'b> {
    /// Begins the next retry. `retry` is the last one, or `None` at the call's first failure.
    pub(crate) fn follow(retry: &mut Option<Self>, decided: DecidedRetry<'b>) {
        match retry {
            None => *retry = Some(Self::first(decided)),
            Some(retry) => retry.next(decided),
        }
    }

    fn first(mut decided: DecidedRetry<'b>) -> Self {
        Self(Box::pin(RetryState {
            delay: Nanoseconds::of(decided.delay),
            waited: Nanoseconds::of(decided.delay),
            first_failure: FirstFailure::now(),
            retries: 1,
            nesting: Nesting::now(1),
            max_retries: decided.limit.number(),
            is_unlimited: decided.limit.is_unlimited(),
            has_failed: decided.is_after_failure,
            skips_wait: decided.skips_wait,
            waiting: Waiting::default(),
            can_end: false,
            shutdown: OfShutdown::default(),
            beside: decided.beside(),
            timer: Timer::default(),
        }))
    }

    fn next(&mut self, mut decided: DecidedRetry<'b>) {
        let state = self.0.as_mut().project();
        *state.retries = decided.number(*state.retries);
        *state.delay = Nanoseconds::of(decided.delay);
        *state.waited = state.waited.plus(decided.delay);
        state.nesting.begin();
        *state.max_retries = decided.limit.number();
        *state.is_unlimited = decided.limit.is_unlimited();
        *state.has_failed |= decided.is_after_failure;
        *state.skips_wait = decided.skips_wait;
        *state.beside = decided.beside();
    }

    /// What has happened in the call before this retry's attempt.
    pub(crate) fn so_far(&self) -> SoFar {
        SoFar {
            history: self.history(),
            waited: self.0.waited,
            skipped: if self.0.skips_wait { self.0.waited.span() } else { Duration::ZERO },
            limit: Some(self.limit()),
            by_kind: self.0.beside.as_ref().map_or(ByKind::NONE, |beside| beside.by_kind),
            began: self.0.beside.as_ref().and_then(|beside| beside.began),
            has_failed: self.0.has_failed,
            #[cfg(feature = "metrics")]
            failing_for: Some(self.0.first_failure.elapsed()),
        }
    }

    /// The wait to make before the attempt.
    #[must_use]
    pub fn delay(&self) -> Duration {
        if self.0.skips_wait { Duration::ZERO } else { self.planned_delay() }
    }

    /// The wait that was decided on, whether or not it is made.
    fn planned_delay(&self) -> Duration {
        self.0.delay.span()
    }

    /// The number of retries, this one included, and the wait before it.
    pub(crate) fn history(&self) -> History {
        History::new(self.0.retries, Some(self.planned_delay()))
    }

    /// The budget's permit for the attempt that has ended, which the caller reports to it.
    pub(crate) fn take_budget_permit(&mut self) -> Option<budget::Permit<'b>> {
        self.0.as_mut().project().beside.as_mut()?.budget_permit.take()
    }

    /// A wait begins, which a word ends if it `can_end` so: the shutdown, or one of the scopes here.
    pub(crate) fn begins_to_wait(&mut self, can_end: bool) {
        *self.0.as_mut().project().can_end = can_end;
        if can_end && OfScopes::may_be_here() {
            self.watch_scopes();
        }
    }

    #[cold]
    fn watch_scopes(&mut self) {
        if let Some(scopes) = OfScopes::here() {
            self.0.as_mut().project().beside.get_or_insert_default().scopes = Some(scopes);
        }
    }

    /// Polls a wait by what `polls` its timer. Whether it was cancelled, once it is over: the word that
    /// cancels wins a tie.
    #[inline]
    pub(crate) fn poll_wait(
        &mut self,
        context: &mut Context<'_>,
        polls: impl FnOnce(&mut Self, &mut Context<'_>) -> Poll<()>,
    ) -> Poll<bool> {
        self.nesting().begin_in_task_of(context.waker());
        if self.0.can_end && self.is_ended(context) {
            return Poll::Ready(true);
        }
        if polls(self, context).is_ready() {
            self.begins();
            return Poll::Ready(false);
        }
        // Only now, since most waits are polled once while they go on, and once at their end.
        let state = self.0.as_mut().project();
        let is_ended = *state.can_end && state.shutdown.ends_call(context);
        if is_ended { Poll::Ready(true) } else { Poll::Pending }
    }

    /// Whether a word has ended the wait. If not, `context`'s task is woken by those of its scopes.
    #[inline]
    fn is_ended(&mut self, context: &mut Context<'_>) -> bool {
        let scopes = self.0.as_mut().project().beside.as_mut().and_then(|it| it.scopes.as_mut());
        is_cancelled() || scopes.is_some_and(|scopes| scopes.poll(context))
    }

    /// The wait is over, and the attempt begins: its budget is notified.
    pub(crate) fn begins(&mut self) {
        if let Some(beside) = self.0.as_mut().project().beside {
            beside.begins();
        }
    }

    fn limit(&self) -> RetryLimit {
        if self.0.is_unlimited {
            RetryLimit::Unlimited
        } else {
            RetryLimit::AtMost(self.0.max_retries)
        }
    }

    /// The call still waits: what else its thread has done until now did not happen within the attempt that
    /// follows.
    pub(crate) fn waits(&mut self) {
        self.nesting().begin();
    }

    /// Recognises the calls within the attempt.
    pub(crate) fn nesting(&mut self) -> &mut Nesting {
        self.0.as_mut().project().nesting
    }

    /// What the retry waits for, and its timer.
    #[allow(dead_code, reason = "there may be no timer to wait on")]
    pub(crate) fn timer(&mut self) -> (&mut Waiting, Pin<&mut Timer>) {
        let state = self.0.as_mut().project();
        (state.waiting, state.timer)
    }
}

impl Beside<'_> {
    fn begins(&mut self) {
        self.scopes = None;
        if let Some(budget_permit) = &mut self.budget_permit {
            budget_permit.begin();
        }
        if self.times_attempt {
            self.began = Some(clock::now());
        }
    }
}

#[cfg(all(test, feature = "tokio", target_pointer_width = "64", not(feature = "metrics")))]
mod tests {
    use super::RetryState;

    /// What a retrying call allocates: tokio's timer, and 56 bytes of its own.
    #[test]
    fn the_allocation_of_a_retrying_call_takes_at_most_168_bytes() {
        assert!(size_of::<RetryState<'_>>() <= 168, "{}", size_of::<RetryState<'_>>());
    }
}
