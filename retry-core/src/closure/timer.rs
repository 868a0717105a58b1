//! How a retried closure waits.

use std::future::Future;
use std::time::Duration;

use crate::progress::Retry;
use crate::sleep::{SleepBy, sleep_blocking, sleep_by};

/// Waits for async operations, and sets alarms.
#[diagnostic::on_unimplemented(
    message = "there is no timer to wait on",
    label = "cannot be awaited",
    note = "enable the `tokio` feature of `persevere`, or name another runtime's with `.sleep(function)`"
)]
pub trait Timing {
    /// A wait for a retry.
    type Wait: Future<Output = Retry>;
    /// Begins the wait that `retry` is due after.
    fn wait(&mut self, retry: Retry) -> Self::Wait;
    /// An alarm.
    type Alarm: Future<Output = ()>;
    /// Sets an alarm.
    fn alarm(&mut self, after: Duration) -> Self::Alarm;
}

/// Waits for blocking operations.
pub trait Pause {
    /// Waits until `retry` is due.
    fn pause(&mut self, retry: Retry) -> Retry;
}

/// tokio's timer for async operations; the thread's own sleep for blocking ones.
#[derive(Clone, Copy, Debug)]
pub struct DefaultTimer;

#[cfg(feature = "tokio")]
impl Timing for DefaultTimer {
    type Wait = crate::tokio_timer::Sleep;
    type Alarm = tokio::time::Sleep;

    fn wait(&mut self, retry: Retry) -> Self::Wait {
        crate::tokio_timer::sleep(retry)
    }

    fn alarm(&mut self, after: Duration) -> Self::Alarm {
        tokio::time::sleep(after)
    }
}

impl Pause for DefaultTimer {
    fn pause(&mut self, retry: Retry) -> Retry {
        sleep_blocking(retry)
    }
}

/// A function of the user's.
#[derive(Clone, Copy, Debug)]
pub struct ByFunction<S>(pub(super) S);

impl<S, Fut> Timing for ByFunction<S>
where
    S: FnMut(Duration) -> Fut,
    Fut: Future<Output = ()>,
{
    type Wait = SleepBy<Fut>;
    type Alarm = Fut;

    fn wait(&mut self, retry: Retry) -> SleepBy<Fut> {
        let sleep = (self.0)(retry.delay());
        sleep_by(retry, sleep)
    }

    fn alarm(&mut self, after: Duration) -> Fut {
        (self.0)(after)
    }
}

impl<S: FnMut(Duration)> Pause for ByFunction<S> {
    fn pause(&mut self, retry: Retry) -> Retry {
        (self.0)(retry.delay());
        retry
    }
}
