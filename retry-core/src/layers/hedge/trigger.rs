//! [`Trigger`]: after how long an attempt is late.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::latencies::{Latencies, Latency, MOST, Quantile};
use super::share::Share;
use crate::primitives::sync::{AtomicU32, AtomicU64};

/// When the next attempt starts.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "hedges are statics, and boxes are not `const`")]
pub(super) enum Trigger {
    /// After a delay.
    Fixed(Duration),
    /// After what a quantile of the last attempts has taken.
    Measured(Measured),
}

/// A quantile, measured as attempts end.
#[derive(Debug)]
pub(super) struct Measured {
    quantile: f64,
    min_samples: u32,
    /// After this number of latencies, those counted so far weigh half as much.
    half_life: u32,
    latencies: Latencies,
    counted: AtomicU64,
    /// How many of those counted are known exactly; not counted on once there are enough.
    exact: AtomicU32,
    /// In microseconds; 0 until there are enough.
    estimate: AtomicU64,
    share: Share,
}

/// After how many latencies the estimate is computed again, which costs two thousand loads.
const REFRESHED_AFTER: u32 = 32;

/// With fewer samples, no quantile is given, unless `with_min_samples` asks for fewer.
const LEAST: u32 = 20;

/// The shortest half-life.
const HALF_LIFE: u32 = 512;

impl Measured {
    pub(super) const fn new(quantile: f64) -> Self {
        Self {
            quantile,
            min_samples: with_beyond(quantile, 5, LEAST),
            half_life: with_beyond(quantile, 10, HALF_LIFE),
            latencies: Latencies::new(),
            counted: AtomicU64::new(0),
            exact: AtomicU32::new(0),
            estimate: AtomicU64::new(0),
            share: Share::beyond(quantile),
        }
    }

    pub(super) const fn set_min_samples(&mut self, min_samples: u32) {
        self.min_samples = min_samples;
    }

    pub(super) fn record(&self, latency: Latency) {
        self.latencies.record(latency);
        // Whoever counts on from here sees the latencies that were counted before.
        let counted = self.counted.fetch_add(1, Ordering::AcqRel) + 1;
        if counted % u64::from(self.half_life) == 0 {
            self.latencies.fade();
        }
        let refreshed_after = self.min_samples.min(REFRESHED_AFTER);
        let is_due = if self.has_enough() {
            counted % u64::from(refreshed_after) == 0
        } else {
            matches!(latency, Latency::Exactly(_)) && self.completes()
        };
        if is_due {
            self.refresh();
        }
    }

    /// Whether enough latencies are known exactly. Those that are only known to be longer say nothing
    /// by themselves.
    fn has_enough(&self) -> bool {
        self.exact.load(Ordering::Relaxed) >= self.min_samples
    }

    /// Counts one that is known exactly; whether it is the last that was missing.
    #[cold]
    fn completes(&self) -> bool {
        self.exact.fetch_add(1, Ordering::AcqRel) + 1 == self.min_samples
    }

    #[cold]
    fn refresh(&self) {
        let enough = self.min_samples.min(LEAST);
        let micros = match self.latencies.quantile(self.quantile, enough) {
            Quantile::Below(micros) => micros,
            // Nothing says that it is any earlier than it was.
            Quantile::AtLeast(micros) => micros.max(self.estimate.load(Ordering::Relaxed)),
        };
        self.estimate.store(micros, Ordering::Relaxed);
    }

    pub(super) fn estimate(&self) -> Option<Duration> {
        match self.estimate.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }

    /// Forgets what was measured.
    pub(super) fn reset(&self) {
        self.latencies.clear();
        self.counted.store(0, Ordering::Relaxed);
        self.exact.store(0, Ordering::Relaxed);
        self.estimate.store(0, Ordering::Relaxed);
        self.share.reset();
    }

    /// Takes a permit to hedge one more race.
    pub(super) fn may_hedge(&self) -> bool {
        self.share.try_take(self.counted.load(Ordering::Relaxed))
    }
}

/// The number of samples of which `beyond` lie beyond the quantile; at least `least`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate"
)]
const fn with_beyond(quantile: f64, beyond: u32, least: u32) -> u32 {
    let samples = (beyond as f64 / (1.0 - quantile) + 0.5) as u32;
    let most = MOST / 2; // two half-lives weigh together
    if samples < least {
        least
    } else if samples > most {
        most
    } else {
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rarer_ones_take_more_samples() {
        let of = |quantile| {
            let measured = Measured::new(quantile);
            (measured.min_samples, measured.half_life)
        };
        assert_eq!(of(0.01), (20, 512));
        assert_eq!(of(0.5), (20, 512));
        assert_eq!(of(0.9), (50, 512));
        assert_eq!(of(0.95), (100, 512));
        assert_eq!(of(0.99), (500, 1_000));
        assert_eq!(of(0.999), (5_000, 10_000));
        assert_eq!(of(1.0 - f64::EPSILON), (MOST / 2, MOST / 2));
    }
}
