//! [`Retry`]: the memory of a call that has failed at least once, one pointer wide.

use std::pin::Pin;
use std::time::Duration;

use crate::engine::History;
use crate::sleep::Timer;

pin_project_lite::pin_project! {
    /// On the heap, so that a call that never fails carries one empty pointer and nothing more.
    #[derive(Debug)]
    struct Progress {
        retries: u32,
        delay: Duration,
        waited: Duration,
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
    /// The retry that follows `so_far`, `delay` from now.
    pub(crate) fn after(so_far: Option<Self>, delay: Duration) -> Self {
        match so_far {
            None => {
                let first = Progress { retries: 1, delay, waited: delay, timer: Timer::default() };
                Self(Box::pin(first))
            }
            Some(mut retry) => {
                let progress = retry.0.as_mut().project();
                *progress.retries = progress.retries.saturating_add(1);
                *progress.delay = delay;
                *progress.waited = progress.waited.saturating_add(delay);
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

    #[cfg(feature = "tokio")]
    pub(crate) fn timer(&mut self) -> Pin<&mut Timer> {
        self.0.as_mut().project().timer
    }
}
