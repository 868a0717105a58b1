//! Waiting on tokio's timer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Instant;

use crate::progress::Retry;

/// As tokio itself takes it: a wait of thirty years never ends.
const FAR_FUTURE: Duration = Duration::from_hours(24 * 365 * 30);

pin_project_lite::pin_project! {
    /// The timer that is kept from retry to retry; empty until a wait begins.
    #[derive(Debug, Default)]
    pub(crate) struct Timer {
        #[pin]
        sleep: Option<tokio::time::Sleep>,
        waiting: Waiting,
    }
}

#[derive(Clone, Copy, Debug, Default)]
enum Waiting {
    /// For `sleep` to elapse.
    #[default]
    Timer,
    /// For nothing, but other tasks have not had their turn yet.
    Yield,
    /// Over.
    No,
}

impl Timer {
    /// Begins a wait. A zero delay takes no timer, since tokio's are a millisecond coarse.
    fn start(self: Pin<&mut Self>, delay: Duration) {
        let mut this = self.project();
        if delay.is_zero() {
            *this.waiting = Waiting::Yield;
            return;
        }
        *this.waiting = Waiting::Timer;
        if let Some(sleep) = this.sleep.as_mut().as_pin_mut() {
            let now = Instant::now();
            sleep.reset(now.checked_add(delay).unwrap_or_else(|| now + FAR_FUTURE));
        } else {
            this.sleep.set(Some(tokio::time::sleep(delay)));
        }
    }

    fn poll_due(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        match *this.waiting {
            Waiting::Timer => match this.sleep.as_pin_mut() {
                Some(sleep) => sleep.poll(context),
                None => Poll::Ready(()),
            },
            // A task that retries for ever at zero delay must not starve its runtime.
            Waiting::Yield => {
                *this.waiting = Waiting::No;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Waiting::No => Poll::Ready(()),
        }
    }
}

/// Waits until `retry` is due, then hands it back.
///
/// # Panics
///
/// As `tokio::time::sleep` does: outside a tokio runtime with its time driver enabled.
#[cold]
pub fn sleep(mut retry: Retry) -> Sleep {
    let delay = retry.delay();
    retry.timer().start(delay);
    Sleep(Some(retry))
}

/// The future of [`sleep`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep(Option<Retry>);

impl Future for Sleep {
    type Output = Retry;

    #[cold]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Retry> {
        if let Some(retry) = self.0.as_mut() {
            retry.waits_in_task_of(context.waker());
            ready!(retry.timer().poll_due(context));
        }
        self.0.take().map_or(Poll::Pending, Poll::Ready)
    }
}
