//! [`Gate`]: the pause that an upstream without a rate was asked for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand::RngExt as _;

use super::latest;
use super::pacer::LONGEST_HOLD;
use super::pause::{Pause, Paused};
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
    pause: Pause,
    /// How long after it callers begin that it held, in nanoseconds.
    spread: AtomicU64,
}

impl Gate {
    pub(crate) const fn new() -> Self {
        Self { pause: Pause::new(), spread: AtomicU64::new(0) }
    }

    /// Nobody begins for `pause`. It shortens no earlier pause.
    pub(crate) fn hold(&self, pause: Duration) -> Paused {
        let longer = self.pause.lengthen(Tick::now(), pause);
        if longer.is_some() {
            let spread = Nanoseconds::of(pause.min(LONGEST_HOLD)).count() / SPREAD;
            self.spread.store(spread, Ordering::Relaxed);
        }
        Paused::of(pause, longer)
    }

    /// Whether there has been a pause that nobody has seen the end of.
    #[inline]
    pub(super) fn is_used(&self) -> bool {
        self.pause.end().is_some()
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
        let Some(end) = self.pause.end() else { return Ok(None) };
        let Some(pause) = self.pause_left(now) else {
            self.pause.is_over(end);
            return Ok(None);
        };
        let end = now.plus(pause); // which may be later by now
        let latest = latest(now, max_wait, remaining);
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
        self.pause.reset();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.pause.end().is_none_or(|end| end <= Tick::now())
    }

    /// What is left of the pause, if there is one.
    pub(crate) fn pause_left(&self, now: Tick) -> Option<Duration> {
        self.pause.left(now)
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
        let Some(pause) = self.gate.pause_left(now) else { return Ok(None) };
        let end = now.plus(pause);
        if end > self.latest {
            return Err(Rejection::RateLimited { retry_in: pause });
        }
        self.until = end;
        Ok(Some(end))
    }
}
