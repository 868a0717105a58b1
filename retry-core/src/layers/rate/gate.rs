//! [`Gate`]: the pause that an upstream without a rate was asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::RngExt as _;

use super::latest;
use super::pacer::LONGEST_HOLD;
use crate::classify::rejection::Rejection;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::primitives::random::ThreadRandom;
use crate::primitives::sync::AtomicU64;
use crate::time::tick::Tick;

/// After a pause, callers begin over this part of it, so that they do not come back together.
const SPREAD: u64 = 10;

/// Nobody begins before a moment that the other side has named.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The end of the pause; zero if there was none.
    end: AtomicU64,
    /// How long after it callers begin that it held, in nanoseconds.
    spread: AtomicU64,
}

impl Gate {
    pub(crate) const fn new() -> Self {
        Self { end: AtomicU64::new(0), spread: AtomicU64::new(0) }
    }

    /// Nobody begins for `pause`. It shortens no earlier pause.
    pub(crate) fn hold(&self, pause: Duration) {
        let pause = pause.min(LONGEST_HOLD);
        let end = Tick::now().plus(pause).bits();
        let longer = |earlier| (earlier < end).then_some(end);
        if self.end.fetch_update(Ordering::Relaxed, Ordering::Relaxed, longer).is_ok() {
            self.spread.store(Nanoseconds::of(pause).count() / SPREAD, Ordering::Relaxed);
        }
    }

    /// Whether there has been a pause that nobody has seen the end of.
    #[inline]
    pub(super) fn is_used(&self) -> bool {
        self.end.load(Ordering::Relaxed) != 0
    }

    /// Lets the caller through, or says until when it waits: `Some`. No longer than `max_wait`, and
    /// `remaining`.
    #[cold]
    pub(super) fn ask(
        self: Arc<Self>,
        max_wait: Duration,
        remaining: Option<Duration>,
    ) -> Result<Option<Held>, Rejection> {
        let now = Tick::now();
        let end = self.end.load(Ordering::Relaxed);
        let pause = Tick::from_bits(end).since(now);
        if pause.is_zero() || pause > LONGEST_HOLD {
            // It is over, or of a clock that has gone back.
            let _ = self.end.compare_exchange_weak(end, 0, Ordering::Relaxed, Ordering::Relaxed);
            return Ok(None);
        }
        let latest = latest(now, max_wait, remaining);
        let end = Tick::from_bits(end);
        if end > latest {
            return Err(Rejection::RateLimited { retry_in: pause });
        }
        let left = Nanoseconds::of(latest.since(end)).count();
        let spread = self.spread.load(Ordering::Relaxed).min(left);
        let later = Duration::from_nanos(ThreadRandom.random_range(0..=spread));
        Ok(Some(Held { gate: self, until: end.plus(later), latest }))
    }

    /// Forgets the pause.
    pub(crate) fn reset(&self) {
        self.end.store(0, Ordering::Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        let end = self.end.load(Ordering::Relaxed);
        end == 0 || Tick::from_bits(end) <= Tick::now()
    }
}

/// A caller that a pause holds.
#[derive(Debug)]
pub(crate) struct Held {
    gate: Arc<Gate>,
    until: Tick,
    latest: Tick,
}

impl Held {
    /// Until when it waits still: `None` once it may begin.
    pub(super) fn look(&mut self, now: Tick) -> Result<Option<Tick>, Rejection> {
        if now < self.until {
            return Ok(Some(self.until));
        }
        // Somebody may have been asked for a longer pause meanwhile.
        let end = Tick::from_bits(self.gate.end.load(Ordering::Relaxed));
        let pause = end.since(now);
        if pause.is_zero() || pause > LONGEST_HOLD {
            return Ok(None);
        }
        if end > self.latest {
            return Err(Rejection::RateLimited { retry_in: pause });
        }
        self.until = end;
        Ok(Some(end))
    }
}
