//! [`Retry`]: the memory of a call that has failed at least once, one pointer wide.

use std::pin::Pin;
use std::task::Waker;
use std::time::Duration;

use crate::engine::History;
use crate::nesting::{self, Mark, Task};
use crate::sleep::Timer;

pin_project_lite::pin_project! {
    /// On the heap, so that a call that never fails carries one empty pointer and nothing more.
    #[derive(Debug)]
    struct Progress {
        retries: u32,
        delay: Duration,
        waited: Duration,
        nesting: Nesting,
        #[pin]
        timer: Timer,
    }
}

/// What it takes to notice that another retried call runs within this one.
#[derive(Clone, Copy, Debug)]
struct Nesting {
    task: Option<Task>,
    /// Where the last attempt began, on the count of all failures and waits.
    sequence: u64,
    /// How many attempts one attempt of this call makes, by what was noticed: 1 if nothing was.
    attempts_within: u64,
}

/// A retry that is due: made at a call's first failure and kept, timer included, from retry to
/// retry.
#[derive(Debug)]
#[must_use]
pub struct Retry(Pin<Box<Progress>>);

impl Retry {
    /// The retry that follows `so_far`, `delay` from now.
    pub(crate) fn after(so_far: Option<Self>, delay: Duration) -> Self {
        let sequence = nesting::next_in_sequence();
        match so_far {
            None => {
                let nesting = Nesting { task: None, sequence, attempts_within: 1 };
                let first =
                    Progress { retries: 1, delay, waited: delay, nesting, timer: Timer::default() };
                Self(Box::pin(first))
            }
            Some(mut retry) => {
                let progress = retry.0.as_mut().project();
                *progress.retries = progress.retries.saturating_add(1);
                *progress.delay = delay;
                *progress.waited = progress.waited.saturating_add(delay);
                progress.nesting.sequence = sequence;
                retry
            }
        }
    }

    /// The wait before the next attempt.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.0.delay
    }

    /// The sum of all waits that have begun.
    pub(crate) fn waited(&self) -> Duration {
        self.0.waited
    }

    /// What the attempt after this retry's wait looks back on.
    pub(crate) fn history(&self) -> History {
        History { retries: self.0.retries, previous_delay: Some(self.0.delay) }
    }

    /// The wait, which is that of the task which `waker` wakes, goes on until now: what others in
    /// that task have done meanwhile did not happen within the attempt that follows.
    pub(crate) fn waits_in_task_of(&mut self, waker: &Waker) {
        let nesting = self.0.as_mut().project().nesting;
        nesting.task = Some(Task::woken_by(waker));
        nesting.sequence = nesting::next_in_sequence();
    }

    /// The mark of a call that gave up within this one's last attempt: the first time that one is
    /// there.
    pub(crate) fn notice(&mut self, mark: Mark) -> Option<Mark> {
        let nesting = self.0.as_mut().project().nesting;
        let is_within = nesting.attempts_within == 1
            && mark.task == nesting.task
            && mark.sequence > nesting.sequence;
        is_within.then(|| {
            nesting.attempts_within = mark.attempts;
            mark
        })
    }

    /// The mark to leave when this call has used up its retries, `attempts` in all.
    pub(crate) fn mark(&self, function: &'static str, attempts: u64) -> Mark {
        let Nesting { task, attempts_within, .. } = self.0.nesting;
        let attempts = attempts.saturating_mul(attempts_within);
        Mark { function, attempts, task, sequence: nesting::next_in_sequence() }
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn timer(&mut self) -> Pin<&mut Timer> {
        self.0.as_mut().project().timer
    }
}
