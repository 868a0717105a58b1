//! The wait for a retry, on the runtime's timer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::call::retry::{Retry, Waiting};
use crate::call::slot::RetrySlot;
use crate::switches::scope;
use crate::time::timer::{alarm, reset};

/// A task that retries for ever at zero delay must not starve its runtime: after this number of
/// retries it yields. tokio's own budget is closed to crates without its scheduler.
const RETRIES_A_TURN: u32 = 16;

/// Waits until `retry` is due. Returns whether the wait was cancelled, if it `can_end` so.
///
/// It borrows the slot as the loop keeps it: to take the retry out of there would be one more function call in
/// every async body, and a drop flag in every call.
///
/// # Panics
///
/// With tokio's timer, as `tokio::time::sleep` does: outside a tokio runtime with its time driver
/// enabled.
#[cold]
pub fn sleep<'a, 'b>(retry: &'a mut RetrySlot<'b>, can_end: bool) -> Sleep<'a, 'b> {
    if let Some(retry) = &mut **retry {
        retry.start_timer(can_end);
    }
    Sleep(retry)
}

/// The future of [`sleep`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Sleep<'a, 'b>(&'a mut RetrySlot<'b>);

impl Future for Sleep<'_, '_> {
    type Output = bool;

    #[cold]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        match &mut **self.0 {
            Some(retry) => retry.poll_due(context),
            None => Poll::Ready(false),
        }
    }
}

impl Retry<'_> {
    /// Begins a wait, which a word ends if it `can_end` so. A zero delay uses no timer: timers have a
    /// resolution of a millisecond.
    pub(crate) fn start_timer(&mut self, can_end: bool) {
        self.begins_to_wait(can_end);
        let delay = self.delay();
        let gives_way = self.history().retries % RETRIES_A_TURN == 0;
        let (waiting, mut timer) = self.timer();
        if delay.is_zero() {
            *waiting = if gives_way { Waiting::Yield } else { Waiting::No };
            return;
        }
        scope::waits_in_earnest();
        *waiting = Waiting::Timer;
        if let Some(kept) = timer.as_mut().as_pin_mut() {
            reset(kept, delay);
        } else {
            timer.set(Some(alarm(delay)));
        }
    }

    /// Whether the wait was cancelled, once it is over.
    pub(crate) fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        self.poll_wait(context, Self::poll_timer)
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (waiting, timer) = self.timer();
        match *waiting {
            Waiting::Timer => {
                timer.as_pin_mut().map_or(Poll::Ready(()), |sleep| sleep.poll(context))
            }
            Waiting::Yield => {
                *waiting = Waiting::No;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Waiting::No => Poll::Ready(()),
        }
    }
}
