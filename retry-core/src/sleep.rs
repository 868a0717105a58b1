//! Waiting: on tokio's timer, on another runtime's, or by blocking the thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::progress::Retry;

/// Blocks the thread until `retry` is due. A zero delay gives way to other threads.
#[cold]
pub fn sleep_blocking(retry: &mut Option<Retry>) {
    let delay = begin(retry);
    if delay.is_zero() {
        std::thread::yield_now();
    } else {
        std::thread::sleep(delay);
    }
}

/// Begins a wait that another timer than tokio's makes: how long it is.
#[cold]
#[must_use]
pub fn begin(retry: &mut Option<Retry>) -> Duration {
    retry.as_mut().map_or(Duration::ZERO, |retry| {
        retry.waits();
        retry.delay()
    })
}

/// `sleep = …`: calls it with the delay, which comes first so that a closure's argument needs no
/// type.
#[inline]
pub fn sleep_for<R>(delay: Duration, sleep: impl FnOnce(Duration) -> R) -> R {
    sleep(delay)
}

pin_project_lite::pin_project! {
    /// The future of [`sleep_by`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SleepBy<'a, S> {
        retry: &'a mut Option<Retry>,
        #[pin]
        sleep: S,
    }
}

/// Waits for `sleep`, another runtime's timer set to `retry`'s delay.
#[cold]
pub fn sleep_by<S: Future<Output = ()>>(retry: &mut Option<Retry>, sleep: S) -> SleepBy<'_, S> {
    SleepBy { retry, sleep }
}

impl<S: Future<Output = ()>> Future for SleepBy<'_, S> {
    type Output = ();

    #[cold]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if let Some(retry) = this.retry {
            retry.waits_in_task_of(context.waker());
        }
        this.sleep.poll(context)
    }
}
