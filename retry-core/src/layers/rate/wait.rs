//! [`Waiter`]: a caller that waits for its turn, and the two ways of waiting.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Deref;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::Rate;
use super::gate::Held;
use super::pacer::Place;
use crate::cancel::watch::Watch;
use crate::classify::rejection::Rejection;
use crate::time::parking::{pause, waker};
use crate::time::tick::Tick;

/// A caller in the queue of a rate. Dropped before its turn, it leaves the queue; what it does not take, the
/// next one gets.
pub(crate) struct Queued<R: Deref<Target = Rate>> {
    rate: R,
    /// `None` once it is not in the queue any more.
    ticket: Option<u64>,
}

impl<R: Deref<Target = Rate>> Queued<R> {
    pub(super) fn new(rate: R, ticket: u64) -> Self {
        Self { rate, ticket: Some(ticket) }
    }

    fn look(&mut self, now: Tick, waker: &Waker) -> Result<Option<Tick>, Rejection> {
        let Some(ticket) = self.ticket else { return Ok(None) };
        match self.rate.pacer.look(ticket, now, waker) {
            Place::Until(moment) => return Ok(Some(moment)),
            Place::Taken => self.ticket = None,
            Place::TooLate(retry_in) => {
                self.ticket = None;
                return Err(self.rate.refused(retry_in));
            }
        }
        Ok(None)
    }
}

impl<R: Deref<Target = Rate>> Drop for Queued<R> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.rate.pacer.leave(ticket, Tick::now());
        }
    }
}

impl<R: Deref<Target = Rate>> fmt::Debug for Queued<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queued").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}

/// What a caller waits for: its turn, or the end of a pause.
#[derive(Debug)]
pub(super) enum Awaited<R: Deref<Target = Rate>> {
    Queued(Queued<R>),
    Held(Held),
}

/// A caller that waits, unless its call is cancelled.
#[derive(Debug)]
pub(crate) struct Waiter<R: Deref<Target = Rate>> {
    awaited: Awaited<R>,
    watch: Watch,
}

impl<R: Deref<Target = Rate>> Waiter<R> {
    pub(super) fn queued(queued: Queued<R>) -> Self {
        Self { awaited: Awaited::Queued(queued), watch: Watch::default() }
    }

    pub(super) fn held(held: Held) -> Self {
        Self { awaited: Awaited::Held(held), watch: Watch::default() }
    }

    /// Until when it waits, unless the task is woken before: `None` once it has its turn.
    fn look(&mut self, now: Tick, context: &mut Context<'_>) -> Result<Option<Tick>, Rejection> {
        let looked = match &mut self.awaited {
            Awaited::Queued(queued) => queued.look(now, context.waker()),
            Awaited::Held(held) => held.look(now),
        };
        match looked {
            Ok(Some(_)) if self.watch.poll(context) => Err(Rejection::Cancelled),
            looked => looked,
        }
    }

    /// Waits for the turn, on a `timer` that `sleep` sets.
    pub(crate) fn poll<S: Future<Output = ()>>(
        &mut self,
        waited: &mut Waited,
        mut timer: Pin<&mut Option<S>>,
        mut sleep: impl FnMut(Duration) -> S,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Rejection>> {
        loop {
            let running = timer.as_mut().as_pin_mut();
            if running.is_some_and(|running| running.poll(context).is_ready()) {
                timer.set(None);
                waited.reached.ring(waited.until);
            }
            let now = waited.reached.now();
            match self.look(now, context) {
                Err(refused) => return Poll::Ready(Err(refused)),
                Ok(None) => return Poll::Ready(Ok(())),
                Ok(Some(moment)) if timer.is_some() && moment == waited.until => {
                    return Poll::Pending;
                }
                Ok(Some(moment)) => {
                    waited.until = moment;
                    timer.set(Some(sleep(moment.since(now))));
                }
            }
        }
    }
}

/// How far a wait on a timer has come. Beside the waiter, which is small where nobody waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waited {
    /// Until when the timer runs, if it is set.
    until: Tick,
    reached: Reached,
}

impl Waited {
    pub(crate) const NOTHING: Self = Self { until: Tick::FIRST, reached: Reached::NOTHING };
}

/// What a waiter's timer has reached. A timer that rings has reached its moment, whatever the clock says:
/// so no caller waits for ever beside a clock that stands still.
#[derive(Clone, Copy, Debug)]
struct Reached(Tick);

impl Reached {
    const NOTHING: Self = Self(Tick::FIRST);

    fn ring(&mut self, moment: Tick) {
        self.0 = self.0.max(moment);
    }

    fn now(self) -> Tick {
        Tick::now().max(self.0)
    }
}

/// Waits for the turn, on the timers that `sleep` sets.
pub(crate) async fn wait_by<R, S>(
    mut waiter: Waiter<R>,
    mut sleep: impl FnMut(Duration) -> S,
) -> Result<(), Rejection>
where
    R: Deref<Target = Rate>,
    S: Future<Output = ()>,
{
    let mut timer = pin!(None::<S>);
    let mut so_far = Waited::NOTHING;
    poll_fn(|context| waiter.poll(&mut so_far, timer.as_mut(), &mut sleep, context)).await
}

/// Waits for the turn, blocking the thread.
pub(crate) fn wait_blocking<R>(waiter: &mut Waiter<R>) -> Result<(), Rejection>
where
    R: Deref<Target = Rate>,
{
    let waker = waker();
    let mut context = Context::from_waker(&waker);
    let mut reached = Reached::NOTHING;
    loop {
        let now = reached.now();
        let Some(moment) = waiter.look(now, &mut context)? else { return Ok(()) };
        if pause(moment.since(now)) {
            reached.ring(moment);
        }
    }
}
