//! Waiting: on tokio's timer, on another runtime's, or by blocking the thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::call::retry::Retry;
use crate::call::stall;
use crate::events::site::Site;
use crate::switches::scope;

/// Blocks the thread until `retry` is due. A zero delay gives way to other threads.
#[cold]
pub(crate) fn sleep_blocking(retry: &mut Option<Retry<'_>>) {
    let delay = begin(retry);
    if delay.is_zero() {
        std::thread::yield_now();
    } else {
        scope::waits_in_earnest();
        std::thread::sleep(delay);
    }
    slept(retry);
}

/// As [`sleep_blocking`], in the function of that site.
#[cold]
pub fn sleep_blocking_in(site: fn() -> &'static Site, retry: &mut Option<Retry<'_>>) {
    if retry.as_ref().is_some_and(|retry| !retry.delay().is_zero()) {
        stall::notice(site());
    }
    sleep_blocking(retry);
}

/// Begins a wait on another timer than the runtime's. Returns its length.
#[cold]
#[must_use]
pub fn begin(retry: &mut Option<Retry<'_>>) -> Duration {
    retry.as_mut().map_or(Duration::ZERO, |retry| {
        retry.waits();
        retry.delay()
    })
}

/// A wait on another timer than the runtime's is over: the attempt begins.
#[cold]
pub fn slept(retry: &mut Option<Retry<'_>>) {
    if let Some(retry) = retry {
        retry.begins();
    }
}

/// `sleep = …`: calls the function with the delay. The delay comes first, so that a closure's argument
/// needs no type.
#[inline]
pub fn sleep_for<R>(delay: Duration, sleep: impl FnOnce(Duration) -> R) -> R {
    sleep(delay)
}

pin_project_lite::pin_project! {
    /// The future of [`sleep_by`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SleepBy<'a, 'b, S> {
        // `None` once `sleep` is over, so that it is not polled again.
        retry: Option<&'a mut Option<Retry<'b>>>,
        #[pin]
        sleep: S,
    }
}

/// Waits for `sleep`, another runtime's timer set to `retry`'s delay.
#[cold]
pub fn sleep_by<'a, 'b, S: Future<Output = ()>>(
    retry: &'a mut Option<Retry<'b>>,
    sleep: S,
) -> SleepBy<'a, 'b, S> {
    SleepBy { retry: Some(retry), sleep }
}

impl<S: Future<Output = ()>> Future for SleepBy<'_, '_, S> {
    type Output = ();

    #[cold]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let Some(waiting) = this.retry else { return Poll::Pending };
        if let Some(retry) = waiting {
            retry.waits_in_task_of(context.waker());
        }
        let polled = this.sleep.poll(context);
        if polled.is_ready() {
            slept(waiting);
            *this.retry = None;
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Waker;

    use super::*;

    #[test]
    fn a_timer_that_is_over_is_polled_no_more() {
        let polls = Cell::new(0);
        let timer = poll_fn(|_| {
            polls.set(polls.get() + 1);
            Poll::Ready(())
        });
        let mut retry = None;
        let mut sleep = pin!(sleep_by(&mut retry, timer));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(sleep.as_mut().poll(&mut context), Poll::Ready(()));
        assert_eq!(sleep.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(polls.get(), 1);
    }
}
