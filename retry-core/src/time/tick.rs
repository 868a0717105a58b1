//! [`Tick`]: a reading of the monotonic clock that fits an atomic.

use std::sync::OnceLock;
use std::time::Duration;

use crate::primitives::nanoseconds::Nanoseconds;
use crate::time::clock::{self, Instant};

/// A moment in nanoseconds. The first one asked for is in the middle of the range, so that moments
/// up to 292 years before and after it keep their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

impl Tick {
    /// The moment before all others.
    pub(crate) const FIRST: Self = Self(0);

    /// Now, by [`clock::now`].
    pub(crate) fn now() -> Self {
        Self::of(clock::now())
    }

    pub(crate) fn of(moment: Instant) -> Self {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let origin = *ORIGIN.get_or_init(|| moment);
        let middle = Self(1 << 63);
        match moment.checked_duration_since(origin) {
            Some(after) => middle.plus(after),
            None => {
                let before = Nanoseconds::of(origin.saturating_duration_since(moment));
                Self(middle.0.saturating_sub(before.count()))
            }
        }
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// The moment `span` later; the last of the range if that is beyond it.
    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(Nanoseconds::of(span).count()))
    }

    /// The time since `earlier`; zero if that is later.
    pub(crate) const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_keep_their_order_and_their_distance() {
        let base = Instant::now();
        let now = Tick::of(base);
        let hour = Duration::from_hours(1);
        let later = Tick::of(base + hour);
        assert!(Tick::FIRST < now && now < later);
        assert_eq!(later.since(now), hour);
        assert_eq!(now.since(later), Duration::ZERO);
        if let Some(before) = base.checked_sub(Duration::from_secs(1)) {
            assert!(Tick::of(before) < now);
        }
        assert_eq!(now.plus(Duration::MAX), Tick::from_bits(u64::MAX));
    }
}
