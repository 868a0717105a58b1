//! [`Trigger`]: after how long an attempt is late.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::latencies::{Latencies, MOST};

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
    /// After so many, those counted so far weigh half as much.
    half_life: u32,
    latencies: Latencies,
    counted: AtomicU64,
    /// In microseconds; 0 until there are enough.
    estimate: AtomicU64,
}

/// How many are counted until the estimate is made anew: it costs as much as a thousand loads.
const REFRESHED_AFTER: u64 = 32;

/// The shortest half-life.
const HALF_LIFE: u32 = 512;

impl Measured {
    pub(super) const fn new(quantile: f64) -> Self {
        Self {
            quantile,
            min_samples: with_beyond(quantile, 5, 20),
            half_life: with_beyond(quantile, 10, HALF_LIFE),
            latencies: Latencies::new(),
            counted: AtomicU64::new(0),
            estimate: AtomicU64::new(0),
        }
    }

    pub(super) const fn set_min_samples(&mut self, min_samples: u32) {
        self.min_samples = min_samples;
    }

    pub(super) fn record(&self, latency: Duration) {
        self.latencies.record(latency);
        let counted = self.counted.fetch_add(1, Ordering::Relaxed) + 1;
        if counted.is_multiple_of(u64::from(self.half_life)) {
            self.latencies.fade();
        }
        let enough = u64::from(self.min_samples);
        let refreshed_after = enough.min(REFRESHED_AFTER);
        if counted == enough || counted > enough && counted.is_multiple_of(refreshed_after) {
            self.refresh();
        }
    }

    #[cold]
    fn refresh(&self) {
        self.estimate.store(self.latencies.quantile_micros(self.quantile), Ordering::Relaxed);
    }

    pub(super) fn estimate(&self) -> Option<Duration> {
        match self.estimate.load(Ordering::Relaxed) {
            0 => None,
            micros => Some(Duration::from_micros(micros)),
        }
    }
}

/// How many samples it takes for so many of them to lie beyond the quantile; at least `least`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate"
)]
const fn with_beyond(quantile: f64, beyond: u32, least: u32) -> u32 {
    let samples = (beyond as f64 / (1.0 - quantile)).round() as u32;
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
