//! [`Retry`]: the memory of a call that has failed at least once, one pointer wide.

use std::pin::Pin;
use std::task::Waker;
use std::time::Duration;

use crate::budget::Withdrawal;
use crate::clock::FirstFailure;
use crate::engine::History;
use crate::nanoseconds::Nanoseconds;
use crate::nesting::{Mark, Moment, Task};
use crate::sleep::{Timer, Waiting};

pin_project_lite::pin_project! {
    /// On the heap, so that a call that never fails carries one empty pointer and nothing more.
    ///
    /// Packed: this and the call's future are all that a waiting task holds.
    #[derive(Debug)]
    struct Progress {
        delay: Nanoseconds,
        waited: Nanoseconds,
        first_failure: FirstFailure,
        task: Option<Task>,
        retries: u32,
        // When the last attempt began.
        began: Moment,
        // How many attempts one attempt of this call makes, by what was noticed: 1 if nothing was.
        attempts_within: u32,
        // What the budget gave for the next attempt, or the one that runs.
        withdrawal: Option<Withdrawal<'static>>,
        waiting: Waiting,
        #[pin]
        timer: Timer,
    }
}

/// A retry that is due: made at a call's first failure and kept, timer included, from retry to
/// retry.
#[derive(Debug)]
#[must_use]
pub struct Retry(Pin<Box<Progress>>);

impl Retry {
    /// The retry that follows `so_far`, `delay` from now, by leave of `withdrawal`.
    pub(crate) fn after(
        so_far: Option<Self>,
        delay: Duration,
        withdrawal: Option<Withdrawal<'static>>,
    ) -> Self {
        let began = Moment::next();
        match so_far {
            None => {
                let first = Progress {
                    delay: Nanoseconds::of(delay),
                    waited: Nanoseconds::of(delay),
                    first_failure: FirstFailure::now(),
                    task: None,
                    retries: 1,
                    began,
                    attempts_within: 1,
                    withdrawal,
                    waiting: Waiting::default(),
                    timer: Timer::default(),
                };
                Self(Box::pin(first))
            }
            Some(mut retry) => {
                let progress = retry.0.as_mut().project();
                *progress.retries = progress.retries.saturating_add(1);
                *progress.delay = Nanoseconds::of(delay);
                *progress.waited = progress.waited.plus(delay);
                *progress.began = began;
                *progress.withdrawal = withdrawal;
                retry
            }
        }
    }

    /// The wait before the next attempt.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.0.delay.span()
    }

    /// The sum of all waits that have begun.
    pub(crate) fn waited(&self) -> Duration {
        self.0.waited.span()
    }

    /// The time since the call's first failure.
    #[cfg(feature = "metrics")]
    pub(crate) fn failing_for(&self) -> Duration {
        self.0.first_failure.elapsed()
    }

    /// What the attempt after this retry's wait looks back on.
    pub(crate) fn history(&self) -> History {
        History { retries: self.0.retries, previous_delay: Some(self.delay()) }
    }

    /// What the budget gave for the attempt that has ended, to be told how.
    pub(crate) fn take_withdrawal(&mut self) -> Option<Withdrawal<'static>> {
        self.0.as_mut().project().withdrawal.take()
    }

    /// The wait, which is that of the task which `waker` wakes, goes on until now: what others in
    /// that task have done meanwhile did not happen within the attempt that follows.
    pub(crate) fn waits_in_task_of(&mut self, waker: &Waker) {
        let progress = self.0.as_mut().project();
        *progress.task = Some(Task::woken_by(waker));
        *progress.began = Moment::next();
    }

    /// As [`waits_in_task_of`](Self::waits_in_task_of), where there is no task.
    pub(crate) fn waits(&mut self) {
        *self.0.as_mut().project().began = Moment::next();
    }

    /// The mark of a call that gave up within this one's last attempt: the first time that one is
    /// there.
    pub(crate) fn notice(&mut self, mark: Mark) -> Option<Mark> {
        let progress = self.0.as_mut().project();
        let is_within = *progress.attempts_within == 1
            && (mark.task.is_none() || mark.task == *progress.task)
            && mark.moment.is_after(*progress.began);
        is_within.then(|| {
            *progress.attempts_within = u32::try_from(mark.attempts).unwrap_or(u32::MAX);
            mark
        })
    }

    /// The mark to leave when this call has used up its retries, `attempts` in all.
    pub(crate) fn mark(&self, function: &'static str, attempts: u64) -> Mark {
        let attempts = attempts.saturating_mul(u64::from(self.0.attempts_within));
        Mark { function, attempts, task: self.0.task, moment: Moment::next() }
    }

    /// What the wait is for, and the timer.
    #[cfg(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    ))]
    pub(crate) fn timer(&mut self) -> (&mut Waiting, Pin<&mut Timer>) {
        let progress = self.0.as_mut().project();
        (progress.waiting, progress.timer)
    }
}
