//! Waiting: on tokio's timer, on another runtime's, or by blocking the thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::progress::Retry;
#[cfg(feature = "tokio")]
pub(crate) use crate::tokio_timer::Timer;

/// Waits are left to the user's own `sleep`: there is no timer to keep.
#[cfg(not(feature = "tokio"))]
pub(crate) type Timer = ();

/// Blocks the thread until `retry` is due. A zero delay gives way to other threads.
#[cold]
pub fn sleep_blocking(retry: Retry) -> Retry {
    if retry.delay().is_zero() {
        std::thread::yield_now();
    } else {
        std::thread::sleep(retry.delay());
    }
    retry
}

pin_project_lite::pin_project! {
    /// The future of [`sleep_by`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SleepBy<S> {
        retry: Option<Retry>,
        #[pin]
        sleep: S,
    }
}

/// Waits for `sleep`, another runtime's timer set to `retry`'s delay, then hands `retry` back.
#[cold]
pub fn sleep_by<S: Future<Output = ()>>(retry: Retry, sleep: S) -> SleepBy<S> {
    SleepBy { retry: Some(retry), sleep }
}

impl<S: Future<Output = ()>> Future for SleepBy<S> {
    type Output = Retry;

    #[cold]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Retry> {
        let this = self.project();
        if let Some(retry) = this.retry {
            retry.waits_in_task_of(context.waker());
        }
        ready!(this.sleep.poll(context));
        this.retry.take().map_or(Poll::Pending, Poll::Ready)
    }
}
