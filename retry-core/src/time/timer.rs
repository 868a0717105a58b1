//! Waiting on a runtime's timer, and all that does so.
//!
//! Of the timers that are enabled, a browser's is used where there is a browser, and elsewhere
//! tokio's before async-io's: it alone obeys a paused clock.

#[cfg(all(feature = "wasm", target_family = "wasm"))]
#[path = "timer/wasm.rs"]
mod runtime;
#[cfg(not(all(feature = "wasm", target_family = "wasm")))]
#[cfg_attr(feature = "tokio", path = "timer/tokio.rs")]
#[cfg_attr(not(feature = "tokio"), path = "timer/async_io.rs")]
mod runtime;

mod bulkhead;
mod closure;
mod hedge;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use self::runtime::Alarm;
pub(crate) use self::runtime::alarm;
use crate::call::due::Due;
use crate::call::progress::Retry;
use crate::classify::Verdict;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::bulkhead::admit::{Place, admit_by};
use crate::layers::hedge::HedgeBudget;
use crate::layers::hedge::key::{Ended, hedged_by};
use crate::layers::hedge::plan::Plan;
use crate::time::timeline::{Limit, Race, Timeline, race};

/// A task that retries for ever at zero delay must not starve its runtime: after so many retries it
/// lets others have their turn. tokio's own budget is closed to crates without its scheduler.
const RETRIES_A_TURN: u32 = 16;

/// The timer that is kept from retry to retry; empty until a wait begins.
pub(crate) type Timer = Option<Alarm>;

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
/// Given as the loop keeps it: taking it out of there would be one more call in every async body.
///
/// # Panics
///
/// With tokio's timer, as `tokio::time::sleep` does: outside a tokio runtime with its time driver
/// enabled.
#[cold]
pub fn sleep(retry: &mut Due) -> Sleep<'_> {
    if let Some(retry) = &mut **retry {
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

/// Runs `body` for as long as `limit` allows: see [`race`].
pub fn within<F: Future>(limit: Limit, body: F) -> Race<F, Alarm> {
    race(limit, body, alarm(limit.after()))
}

/// As [`admit_by`], on the runtime's timer.
///
/// # Errors
///
/// As [`admit_by`].
pub fn admit(
    bulkhead: &'static Bulkhead,
    timeline: Option<Timeline>,
) -> impl Future<Output = Place> {
    admit_by(bulkhead, timeline, alarm)
}

/// As [`hedged_by`], on the runtime's timer.
pub fn hedged<P, B, M, F, O, J>(
    plan: P,
    budget: B,
    attempt: M,
    judge: J,
) -> impl Future<Output = Ended<O>>
where
    P: Plan,
    B: HedgeBudget,
    M: FnMut() -> F,
    F: Future<Output = Ended<O>>,
    J: FnMut(&O) -> Option<Verdict>,
{
    hedged_by(alarm, plan, budget, attempt, judge)
}

impl Retry {
    /// Begins a wait. A zero delay takes no timer: they are a millisecond coarse.
    pub(crate) fn start_timer(&mut self) {
        let delay = self.delay();
        let gives_way = self.history().retries % RETRIES_A_TURN == 0;
        let (waiting, mut timer) = self.timer();
        if delay.is_zero() {
            *waiting = if gives_way { Waiting::Yield } else { Waiting::No };
            return;
        }
        *waiting = Waiting::Timer;
        if let Some(kept) = timer.as_mut().as_pin_mut() {
            runtime::reset(kept, delay);
        } else {
            timer.set(Some(alarm(delay)));
        }
    }

    pub(crate) fn poll_due(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.waits_in_task_of(context.waker());
        let (waiting, timer) = self.timer();
        let polled = match *waiting {
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
        };
        if polled.is_ready() {
            self.begins();
        }
        polled
    }
}
