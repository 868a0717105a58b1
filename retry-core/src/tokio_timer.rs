//! Waiting on tokio's timer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Instant;

use crate::progress::Retry;

/// As tokio itself takes it: a wait of thirty years never ends.
const FAR_FUTURE: Duration = Duration::from_hours(24 * 365 * 30);

/// A task that retries for ever at zero delay must not starve its runtime: after so many retries it
/// lets others have their turn. tokio's own budget is closed to crates without its scheduler.
const RETRIES_A_TURN: u32 = 16;

/// The timer that is kept from retry to retry; empty until a wait begins.
pub(crate) type Timer = Option<tokio::time::Sleep>;

/// What a wait is for.
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

/// Waits until `retry` is due.
///
/// # Panics
///
/// As `tokio::time::sleep` does: outside a tokio runtime with its time driver enabled.
#[cold]
pub fn sleep(retry: &mut Option<Retry>) -> Sleep<'_> {
    if let Some(retry) = retry {
        retry.start_timer();
    }
    Sleep(retry)
}

/// The future of [`sleep`]. It borrows the retry, so that the call has one thing to drop.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep<'a>(&'a mut Option<Retry>);

impl Future for Sleep<'_> {
    type Output = ();

    #[cold]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(retry) => retry.poll_due(context),
            None => Poll::Ready(()),
        }
    }
}

impl Retry {
    /// Begins a wait. A zero delay takes no timer, since tokio's are a millisecond coarse.
    pub(crate) fn start_timer(&mut self) {
        let delay = self.delay();
        let gives_way = self.history().retries.is_multiple_of(RETRIES_A_TURN);
        let (waiting, mut timer) = self.timer();
        if delay.is_zero() {
            *waiting = if gives_way { Waiting::Yield } else { Waiting::No };
            return;
        }
        *waiting = Waiting::Timer;
        if let Some(sleep) = timer.as_mut().as_pin_mut() {
            let now = Instant::now();
            sleep.reset(now.checked_add(delay).unwrap_or_else(|| now + FAR_FUTURE));
        } else {
            timer.set(Some(tokio::time::sleep(delay)));
        }
    }

    pub(crate) fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.waits_in_task_of(context.waker());
        let (waiting, timer) = self.timer();
        match *waiting {
            Waiting::Timer => match timer.as_pin_mut() {
                Some(sleep) => sleep.poll(context),
                None => Poll::Ready(()),
            },
            Waiting::Yield => {
                *waiting = Waiting::No;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Waiting::No => Poll::Ready(()),
        }
    }
}
