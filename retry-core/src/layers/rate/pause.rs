//! [`Pause`]: until when the other side has asked for no requests.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::pacer::LONGEST_HOLD;
use crate::primitives::sync::AtomicU64;
use crate::time::tick::Tick;

/// A pause, an hour at most, which is only ever made longer.
#[derive(Debug)]
pub(super) struct Pause {
    /// Its end; zero if there was none, or it is known to be over.
    end: AtomicU64,
}

/// What a request for a pause has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paused {
    /// A pause has begun, or the one before has become longer by more than a tenth of the new one.
    ForLonger,
    /// The one before goes on for about as long as it would have: of a hundred calls in flight, each may be
    /// asked for the same pause.
    AsBefore,
}

impl Pause {
    pub(super) const fn new() -> Self {
        Self { end: AtomicU64::new(0) }
    }

    /// Nobody begins for `pause`, counted from `now`. Says by how much that is longer than before; `None` if it
    /// is not.
    pub(super) fn lengthen(&self, now: Tick, pause: Duration) -> Option<Duration> {
        let end = now.plus(pause.min(LONGEST_HOLD));
        let longer = |earlier| (earlier < end.bits()).then_some(end.bits());
        let earlier = self.end.fetch_update(Ordering::Relaxed, Ordering::Relaxed, longer).ok()?;
        Some(end.since(Tick::from_bits(earlier).max(now)))
    }

    /// Its end, if there was a pause that is not known to be over.
    #[inline]
    pub(super) fn end(&self) -> Option<Tick> {
        match self.end.load(Ordering::Relaxed) {
            0 => None,
            end => Some(Tick::from_bits(end)),
        }
    }

    /// What is left of it: `None` if it is over, or of a clock that has gone back since.
    pub(super) fn left(&self, now: Tick) -> Option<Duration> {
        let left = self.end()?.since(now);
        (!left.is_zero() && left <= LONGEST_HOLD).then_some(left)
    }

    /// It is over, if it still ends then.
    pub(super) fn is_over(&self, end: Tick) {
        let _ = self.end.compare_exchange_weak(end.bits(), 0, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Forgets it.
    pub(super) fn reset(&self) {
        self.end.store(0, Ordering::Relaxed);
    }
}

impl Paused {
    /// That of a `pause` which is that much longer than the one before.
    pub(super) fn of(pause: Duration, longer: Option<Duration>) -> Self {
        match longer {
            Some(longer) if longer > pause.min(LONGEST_HOLD) / 10 => Self::ForLonger,
            _ => Self::AsBefore,
        }
    }
}
