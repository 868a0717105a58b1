//! The turn that an attempt on an upstream takes, of its rate; and the pause that its callers keep.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::events::turns::{self, Began};
use crate::layers::breaker::Permit;
use crate::layers::bulkhead::nested;
use crate::layers::rate::pace::{Pace, Paced, Waits};
use crate::layers::rate::wait::{wait_blocking, wait_by};
use crate::layers::upstream::Upstream;
use crate::primitives::entered::{Enter, Entered};
use crate::time::enclosing;
use crate::time::timeline::Timeline;

/// An attempt on `upstream` asks for its turn, unless it is refused already, or within an attempt that has
/// one. `None` if it has the turn at once. Else the wait for it, or the refusal of it, is elsewhere, since most
/// attempts have none: it gives what the attempt is refused with.
#[inline]
pub fn take_turn_by<S, F>(
    upstream: &Upstream,
    refused: Option<Stopped>,
    timeline: Option<Timeline>,
    sleep: F,
) -> Option<Pin<Box<impl Future<Output = Option<Stopped>> + use<'_, S, F>>>>
where
    S: Future<Output = ()>,
    F: FnMut(Duration) -> S,
{
    match ask(upstream, refused, timeline.as_ref()) {
        Ok(None) => None,
        asked => Some(wait_elsewhere(upstream.name(), asked, sleep)),
    }
}

#[cold]
#[inline(never)]
fn wait_elsewhere<'u, S, F>(
    upstream: &'static str,
    asked: Asked<'u>,
    sleep: F,
) -> Pin<Box<impl Future<Output = Option<Stopped>> + use<'u, S, F>>>
where
    S: Future<Output = ()>,
    F: FnMut(Duration) -> S,
{
    Box::pin(async move {
        let waits = match asked {
            Ok(waits) => waits?,
            Err(refused) => return Some(Stopped::before_it_began(refused)),
        };
        let began = Began::now();
        ended(upstream, began, wait_by(waits, sleep).await)
    })
}

/// As [`take_turn_by`], blocking the thread: `None` if the attempt has its turn at once, else what it is refused
/// with.
#[inline]
pub fn take_turn_blocking(
    upstream: &Upstream,
    refused: Option<Stopped>,
    timeline: Option<&Timeline>,
) -> Option<Option<Stopped>> {
    match ask(upstream, refused, timeline) {
        Ok(None) => None,
        asked => Some(wait_here(upstream.name(), asked)),
    }
}

#[cold]
#[inline(never)]
fn wait_here(upstream: &'static str, asked: Asked<'_>) -> Option<Stopped> {
    let mut waits = match asked {
        Ok(waits) => waits?,
        Err(refused) => return Some(Stopped::before_it_began(refused)),
    };
    let began = Began::now();
    ended(upstream, began, wait_blocking(&mut waits))
}

/// An attempt that has waited for its turn begins now, and not when the circuit breaker granted its permit.
#[inline]
pub fn begin_anew(permit: &mut Option<Permit<'_>>) {
    permit.iter_mut().for_each(Permit::begin_anew);
}

/// Extra attempts of a hedge take turns, too, where there is a rate.
#[inline]
pub fn paced<B>(upstream: &Upstream, budget: B) -> Paced<'_, B> {
    Paced { pace: upstream.pace(), budget }
}

/// Runs `body`, an attempt on `upstream` that has taken its turn: calls within it take none.
pub fn holding_turn<F: Future>(upstream: &Upstream, body: F) -> Entered<HeldTurn, F> {
    Entered::new(HeldTurn { pace: upstream.pace().map_or(0, Pace::address) }, body)
}

/// The turn of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct HeldTurn {
    /// The address of what has given it; 0 if nothing had to.
    pace: usize,
}

impl Enter for HeldTurn {
    #[inline]
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        nested::hold_at(self.pace, body)
    }
}

/// `None` of one that has its turn.
type Asked<'u> = Result<Option<Waits<'u>>, Rejection>;

/// Takes the turn, or a place where it is waited for.
#[inline]
fn ask<'u>(
    upstream: &'u Upstream,
    refused: Option<Stopped>,
    timeline: Option<&Timeline>,
) -> Asked<'u> {
    if !upstream.has_pace() || refused.is_some() {
        return Ok(None);
    }
    ask_pace(upstream, timeline)
}

#[inline(never)]
fn ask_pace<'u>(upstream: &'u Upstream, timeline: Option<&Timeline>) -> Asked<'u> {
    let Some(pace) = upstream.pace() else { return Ok(None) };
    let remaining = || match timeline {
        Some(timeline) => timeline.remaining(),
        None => enclosing::remaining(),
    };
    pace.ask(remaining).inspect_err(|_| turns::refused(upstream.name()))
}

/// The wait has ended.
fn ended(upstream: &'static str, began: Began, waited: Result<(), Rejection>) -> Option<Stopped> {
    began.note(upstream, &waited);
    waited.err().map(Stopped::before_it_began)
}

/// Waiting for turns on the runtime's timer.
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer {
    use super::{Future, Pin, Stopped, Timeline, Upstream, take_turn_by};
    use crate::time::timer::alarm;

    /// As [`take_turn_by`], on the runtime's timer.
    #[inline]
    pub fn take_turn(
        upstream: &Upstream,
        refused: Option<Stopped>,
        timeline: Option<Timeline>,
    ) -> Option<Pin<Box<impl Future<Output = Option<Stopped>>>>> {
        take_turn_by(upstream, refused, timeline, alarm)
    }
}
