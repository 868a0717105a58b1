//! [`Retry`]: the memory of a call that has failed at least once, one pointer wide.

use std::pin::Pin;
use std::task::Waker;
use std::time::Duration;

use crate::call::nesting::Within;
use crate::call::so_far::SoFar;
use crate::engine::History;
use crate::layers::budget;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::time::clock::FirstFailure;
use crate::time::timer::Timer;

pin_project_lite::pin_project! {
    /// On the heap, so that a call that never fails carries one empty pointer and nothing more.
    ///
    /// Packed: this and the call's future are all that a waiting task holds.
    #[derive(Debug)]
    struct Progress {
        delay: Nanoseconds,
        waited: Nanoseconds,
        first_failure: FirstFailure,
        retries: u32,
        // How calls within the last attempt are told from others.
        within: Within,
        // What the policy in force allowed at the last decision.
        max_retries: u32,
        // Whether the wait is planned but not made: a test's wish.
        skips_wait: bool,
        waiting: Waiting,
        // What the budget gave for the next attempt, or the one that runs. In a box, so that only
        // calls that share a budget have place for it.
        budget_permit: Option<Box<budget::Permit<'static>>>,
        #[pin]
        timer: Timer,
    }
}

/// What a wait is for.
#[allow(dead_code, reason = "there may be no timer to wait on")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Waiting {
    /// For the timer to elapse.
    #[default]
    Timer,
    /// For nothing, but other tasks have not had their turn yet.
    Yield,
    /// Over.
    No,
}

/// A decision that a retry follows.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The wait before it, jitter included.
    pub(crate) delay: Duration,
    /// The leave that the budget gave.
    pub(crate) budget_permit: Option<budget::Permit<'static>>,
    /// What the policy in force allows.
    pub(crate) max_retries: u32,
    /// Whether the wait is not to be made.
    pub(crate) skips_wait: bool,
}

impl Plan {
    /// The wait to make.
    pub(crate) fn wait(&self) -> Duration {
        if self.skips_wait { Duration::ZERO } else { self.delay }
    }
}

/// A retry that is due: made at a call's first failure and kept, timer included, from retry to
/// retry.
#[derive(Debug)]
#[must_use]
pub struct Retry(Pin<Box<Progress>>);

impl Retry {
    /// Makes `retry`, which is the one that is over if there was one, the one that follows now.
    pub(crate) fn follow(retry: &mut Option<Self>, plan: Plan) {
        match retry {
            None => *retry = Some(Self::first(plan)),
            Some(retry) => retry.next(plan),
        }
    }

    fn first(plan: Plan) -> Self {
        Self(Box::pin(Progress {
            delay: Nanoseconds::of(plan.delay),
            waited: Nanoseconds::of(plan.delay),
            first_failure: FirstFailure::now(),
            retries: 1,
            within: Within::now(1),
            max_retries: plan.max_retries,
            skips_wait: plan.skips_wait,
            waiting: Waiting::default(),
            budget_permit: plan.budget_permit.map(Box::new),
            timer: Timer::default(),
        }))
    }

    fn next(&mut self, plan: Plan) {
        let progress = self.0.as_mut().project();
        *progress.retries = progress.retries.saturating_add(1);
        *progress.delay = Nanoseconds::of(plan.delay);
        *progress.waited = progress.waited.plus(plan.delay);
        progress.within.begin();
        *progress.max_retries = plan.max_retries;
        *progress.skips_wait = plan.skips_wait;
        *progress.budget_permit = plan.budget_permit.map(Box::new);
    }

    /// What the attempt after this retry's wait looks back on.
    pub(crate) fn so_far(&self) -> SoFar {
        SoFar {
            history: self.history(),
            waited: self.0.waited,
            skipped: if self.0.skips_wait { self.0.waited.span() } else { Duration::ZERO },
            max_retries: Some(self.0.max_retries),
            #[cfg(feature = "metrics")]
            failing_for: Some(self.0.first_failure.elapsed()),
        }
    }

    /// The wait to make before the next attempt.
    #[must_use]
    pub fn delay(&self) -> Duration {
        if self.0.skips_wait { Duration::ZERO } else { self.planned_delay() }
    }

    /// The wait that was decided on.
    fn planned_delay(&self) -> Duration {
        self.0.delay.span()
    }

    /// The retries, this one included, and the wait before it.
    pub(crate) fn history(&self) -> History {
        History::new(self.0.retries, Some(self.planned_delay()))
    }

    /// What the budget gave for the attempt that has ended, to be told how.
    pub(crate) fn take_budget_permit(&mut self) -> Option<budget::Permit<'static>> {
        self.0.as_mut().project().budget_permit.take().map(|budget_permit| *budget_permit)
    }

    /// The wait is over: the attempt begins that the budget gave something for.
    pub(crate) fn begins(&mut self) {
        if let Some(budget_permit) = self.0.as_mut().project().budget_permit {
            budget_permit.begin();
        }
    }

    /// The wait, which is that of the task which `waker` wakes, goes on until now: what others in
    /// that task have done meanwhile did not happen within the attempt that follows.
    pub(crate) fn waits_in_task_of(&mut self, waker: &Waker) {
        self.within().begin_in_task_of(waker);
    }

    /// As [`waits_in_task_of`](Self::waits_in_task_of), where there is no task.
    pub(crate) fn waits(&mut self) {
        self.within().begin();
    }

    /// How calls within the attempt are told from others.
    pub(crate) fn within(&mut self) -> &mut Within {
        self.0.as_mut().project().within
    }

    /// What the wait is for, and the timer.
    #[allow(dead_code, reason = "there may be no timer to wait on")]
    pub(crate) fn timer(&mut self) -> (&mut Waiting, Pin<&mut Timer>) {
        let progress = self.0.as_mut().project();
        (progress.waiting, progress.timer)
    }
}

#[cfg(all(test, feature = "tokio", target_pointer_width = "64", not(feature = "metrics")))]
mod tests {
    use super::Progress;

    /// What a retrying call allocates: tokio's timer, and 48 bytes of its own.
    #[test]
    fn the_allocation_of_a_retrying_call_takes_at_most_160_bytes() {
        assert!(size_of::<Progress>() <= 160, "{}", size_of::<Progress>());
    }
}
