//! Waiting: on tokio's timer, on another runtime's, or by blocking the thread.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::call::retry::Retry;
use crate::call::slot::RetrySlot;
use crate::call::stall;
use crate::cancel::is_cancelled;
use crate::cancel::watch::cancelled;
use crate::events::name::Name;
use crate::events::site::Site;
use crate::switches::scope;
use crate::time::parking::block_on;

/// Blocks the thread until `retry` is due, in the call of that name. A zero delay gives way to other threads.
/// Returns whether the wait was cancelled, which another thread's word does at once.
#[cold]
#[must_use]
pub(crate) fn sleep_blocking(name: impl FnOnce() -> Name, retry: &mut Option<Retry<'_>>) -> bool {
    let delay = begin(retry);
    if delay.is_zero() {
        std::thread::yield_now();
    } else {
        stall::notice(name);
        scope::waits_in_earnest();
        if block_on(cancelled(), Some(delay)).is_some() {
            return true;
        }
    }
    slept(retry)
}

/// As `sleep_blocking`, in the function of that site.
#[cold]
#[must_use]
pub fn sleep_blocking_in(site: fn() -> &'static Site, retry: &mut Option<Retry<'_>>) -> bool {
    sleep_blocking(|| site().function(), retry)
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

/// A wait on another timer than the runtime's is over: the attempt begins. Returns whether the call was
/// cancelled meanwhile: then it does not.
#[cold]
#[must_use]
pub fn slept(retry: &mut Option<Retry<'_>>) -> bool {
    if is_cancelled() {
        return true;
    }
    if let Some(retry) = retry {
        retry.begins();
    }
    false
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
        retry: Option<&'a mut RetrySlot<'b>>,
        #[pin]
        sleep: S,
    }
}

/// Waits for `sleep`, another runtime's timer set to `retry`'s delay. Returns whether the wait was
/// cancelled, if it `can_end` so.
#[cold]
pub fn sleep_by<'a, 'b, S: Future<Output = ()>>(
    retry: &'a mut RetrySlot<'b>,
    sleep: S,
    can_end: bool,
) -> SleepBy<'a, 'b, S> {
    if let Some(retry) = &mut **retry {
        retry.begins_to_wait(can_end);
    }
    SleepBy { retry: Some(retry), sleep }
}

impl<S: Future<Output = ()>> Future for SleepBy<'_, '_, S> {
    type Output = bool;

    #[cold]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let this = self.project();
        let Some(waiting) = this.retry else { return Poll::Pending };
        let sleep = this.sleep;
        let polled = match &mut ***waiting {
            Some(retry) => retry.poll_wait(context, |_, context| sleep.poll(context)),
            None => sleep.poll(context).map(|()| false),
        };
        if polled.is_ready() {
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
        let mut retry = RetrySlot::empty();
        let mut sleep = pin!(sleep_by(&mut retry, timer, true));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(sleep.as_mut().poll(&mut context), Poll::Ready(false));
        assert!(sleep.as_mut().poll(&mut context).is_pending());
        assert_eq!(polls.get(), 1);
    }
}
