//! The turn that an attempt on an upstream takes, of its rate; and the pause that its callers keep.

use std::future::{Future, poll_fn};
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::events::turns::{self, Began};
use crate::layers::breaker::{OwnedPermit, Permit};
use crate::layers::bulkhead::nested;
use crate::layers::rate::pace::{Pace, Paced, Waits};
use crate::layers::rate::wait::{wait_blocking, wait_by};
use crate::layers::upstream::Upstream;
use crate::time::enclosing;
use crate::time::timeline::Timeline;

/// What an attempt begins with: a permit of a circuit breaker, where there may be one, and what it is refused
/// with.
pub trait Entering {
    /// What it is refused with.
    fn stopped(&mut self) -> &mut Option<Stopped>;

    /// It has waited for its turn, and begins now.
    fn begin_anew(&mut self) {}
}

impl Entering for Option<Stopped> {
    #[inline]
    fn stopped(&mut self) -> &mut Option<Stopped> {
        self
    }
}

impl Entering for (Option<Permit<'_>>, Option<Stopped>) {
    #[inline]
    fn stopped(&mut self) -> &mut Option<Stopped> {
        &mut self.1
    }

    fn begin_anew(&mut self) {
        self.0.iter_mut().for_each(Permit::begin_anew);
    }
}

impl Entering for (Option<OwnedPermit>, Option<Stopped>) {
    #[inline]
    fn stopped(&mut self) -> &mut Option<Stopped> {
        &mut self.1
    }

    fn begin_anew(&mut self) {
        self.0.iter_mut().for_each(OwnedPermit::begin_anew);
    }
}

/// The future of [`take_turn_by`].
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Turn<E, F> {
    /// What the attempt begins with, until it does.
    entering: Option<E>,
    wait: Seldom<F>,
}

/// The wait for a turn, if there is one: elsewhere, since most attempts have none; and dropped out of line, and
/// only if there is one.
#[derive(Debug)]
struct Seldom<F>(ManuallyDrop<Option<Pin<Box<F>>>>);

impl<F> Drop for Seldom<F> {
    #[inline]
    fn drop(&mut self) {
        #[cold]
        #[inline(never)]
        fn drop_out_of_line<F>(wait: &mut Option<Pin<Box<F>>>) {
            drop(wait.take());
        }

        if self.0.is_some() {
            drop_out_of_line(&mut self.0);
        }
    }
}

impl<E, F> Unpin for Turn<E, F> {}

impl<E: Entering, F: Future<Output = Result<(), Rejection>>> Future for Turn<E, F> {
    type Output = E;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<E> {
        if self.wait.0.is_some() {
            ready!(self.poll_wait(context));
        }
        match self.entering.take() {
            Some(entering) => Poll::Ready(entering),
            None => Poll::Pending,
        }
    }
}

impl<E: Entering, F: Future<Output = Result<(), Rejection>>> Turn<E, F> {
    #[cold]
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (Some(wait), Some(entering)) = (&mut *self.wait.0, &mut self.entering) else {
            return Poll::Pending;
        };
        let waited = ready!(wait.as_mut().poll(context));
        end(entering, waited);
        *self.wait.0 = None;
        Poll::Ready(())
    }
}

/// An attempt on `upstream` takes its turn, unless it is refused already, or within an attempt that has one.
#[inline]
pub fn take_turn_by<E, S, F>(
    upstream: &Upstream,
    mut entering: E,
    timeline: Option<Timeline>,
    sleep: F,
) -> Turn<E, impl Future<Output = Result<(), Rejection>> + use<'_, E, S, F>>
where
    E: Entering,
    S: Future<Output = ()>,
    F: FnMut(Duration) -> S,
{
    let waits = ask(upstream, &mut entering, timeline.as_ref());
    let wait = waits.map(|waits| Box::pin(wait(upstream.name(), waits, sleep)));
    Turn { entering: Some(entering), wait: Seldom(ManuallyDrop::new(wait)) }
}

/// As [`take_turn_by`], blocking the thread.
#[inline]
pub fn take_turn_blocking<E: Entering>(
    upstream: &Upstream,
    mut entering: E,
    timeline: Option<&Timeline>,
) -> E {
    if let Some(mut waits) = ask(upstream, &mut entering, timeline) {
        let began = Began::now();
        let waited = wait_blocking(&mut waits);
        began.note(upstream.name(), &waited);
        end(&mut entering, waited);
    }
    entering
}

/// Extra attempts of a hedge take turns, too, where there is a rate.
#[inline]
pub fn paced<B>(upstream: &Upstream, budget: B) -> Paced<'_, B> {
    Paced { pace: upstream.pace(), budget }
}

/// Runs `body`, an attempt on `upstream` that has taken its turn: calls within it take none.
pub async fn holding_turn<F: Future>(upstream: &Upstream, body: F) -> F::Output {
    let pace = upstream.pace().map_or(0, Pace::address);
    let mut body = pin!(body);
    poll_fn(|context| nested::hold_at(pace, || body.as_mut().poll(context))).await
}

/// Takes the turn, or a place where it is waited for.
#[inline]
fn ask<'u>(
    upstream: &'u Upstream,
    entering: &mut impl Entering,
    timeline: Option<&Timeline>,
) -> Option<Waits<'u>> {
    let pace = upstream.pace()?;
    if entering.stopped().is_some() {
        return None;
    }
    let remaining = || match timeline {
        Some(timeline) => timeline.remaining(),
        None => enclosing::remaining(),
    };
    match pace.ask(remaining) {
        Ok(waits) => waits,
        Err(rejection) => {
            turns::refused(upstream.name());
            *entering.stopped() = Some(Stopped::before_it_began(rejection));
            None
        }
    }
}

async fn wait<S: Future<Output = ()>>(
    upstream: &'static str,
    waits: Waits<'_>,
    sleep: impl FnMut(Duration) -> S,
) -> Result<(), Rejection> {
    let began = Began::now();
    let waited = wait_by(waits, sleep).await;
    began.note(upstream, &waited);
    waited
}

/// The wait has ended.
fn end(entering: &mut impl Entering, waited: Result<(), Rejection>) {
    match waited {
        Ok(()) => entering.begin_anew(),
        Err(rejection) => *entering.stopped() = Some(Stopped::before_it_began(rejection)),
    }
}

/// Waiting for turns on the runtime's timer.
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer {
    use super::{Entering, Future, Rejection, Timeline, Turn, Upstream, take_turn_by};
    use crate::time::timer::alarm;

    /// As [`take_turn_by`], on the runtime's timer.
    #[inline]
    pub fn take_turn<E: Entering>(
        upstream: &Upstream,
        entering: E,
        timeline: Option<Timeline>,
    ) -> Turn<E, impl Future<Output = Result<(), Rejection>>> {
        take_turn_by(upstream, entering, timeline, alarm)
    }
}
