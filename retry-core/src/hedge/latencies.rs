//! [`Latencies`]: a histogram without lock, from which old latencies fade.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How many latencies fell between which bounds.
///
/// Buckets are spaced as those of `HdrHistogram`: 32 of the same width to each doubling, so that a
/// bucket is at most a thirty-second as wide as its lower bound. The unit is a microsecond, up to 2³²
/// of them, which are 71 minutes; what is longer counts as so long.
pub(super) struct Latencies {
    buckets: [AtomicU32; BUCKETS],
}

/// log₂ of the number of buckets to a doubling.
const PRECISION: u32 = 5;
const BUCKETS: usize = (32 - PRECISION as usize + 1) << PRECISION;

/// What a latency weighs in its bucket when it is new. It is halved again and again, and where each
/// bucket holds but a few, whole numbers from 1 would be gone, or stay, after the first time.
const WEIGHT: u32 = 1 << 8;

/// As many recent latencies as their weights have room for.
pub(super) const MOST: u32 = u32::MAX / WEIGHT;

impl Latencies {
    pub(super) const fn new() -> Self {
        Self { buckets: [const { AtomicU32::new(0) }; BUCKETS] }
    }

    /// Counts one. Only addition, so that no thread waits for another.
    pub(super) fn record(&self, latency: Duration) {
        let micros = u32::try_from(latency.as_micros()).unwrap_or(u32::MAX);
        self.buckets[bucket_of(micros)].fetch_add(WEIGHT, Ordering::Relaxed);
    }

    /// Lets what was counted so far weigh half as much. An addition meanwhile is not lost.
    pub(super) fn fade(&self) {
        for bucket in &self.buckets {
            let mut weight = bucket.load(Ordering::Relaxed);
            while let Err(now) = bucket.compare_exchange_weak(
                weight,
                weight / 2,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                weight = now;
            }
        }
    }

    /// The upper bound, in microseconds, of the bucket that holds the quantile: the least latency
    /// that no less than that share of all did not exceed. 0 if there are none.
    pub(super) fn quantile_micros(&self, quantile: f64) -> u64 {
        let weights = self.buckets.each_ref().map(|bucket| bucket.load(Ordering::Relaxed));
        let sum = |weights: &[u32]| weights.iter().map(|weight| u64::from(*weight)).sum::<u64>();
        #[allow(clippy::cast_precision_loss, reason = "the sum is far below 2⁵³")]
        let rank = quantile * sum(&weights) as f64;
        let mut below = 0_u64;
        for (bucket, weight) in weights.into_iter().enumerate() {
            below += u64::from(weight);
            #[allow(clippy::cast_precision_loss, reason = "as above")]
            if weight > 0 && below as f64 >= rank {
                return upper_bound(bucket);
            }
        }
        0
    }
}

/// Without its hundreds of buckets.
impl fmt::Debug for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latencies").finish_non_exhaustive()
    }
}

/// The bucket that a latency falls into. Below 64, each has its own.
fn bucket_of(micros: u32) -> usize {
    let dropped_bits = micros.checked_ilog2().unwrap_or(0).saturating_sub(PRECISION);
    (dropped_bits as usize * (1 << PRECISION)) + (micros >> dropped_bits) as usize
}

/// The least number of microseconds that falls into a later bucket.
fn upper_bound(bucket: usize) -> u64 {
    let dropped_bits = (bucket >> PRECISION).saturating_sub(1);
    let leading = bucket - (dropped_bits << PRECISION);
    (leading as u64 + 1) << dropped_bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_meet_and_none_is_wider_than_a_thirty_second() {
        let mut lower = 0;
        for bucket in 0..BUCKETS {
            let upper = upper_bound(bucket);
            let at = |micros: u64| bucket_of(u32::try_from(micros).unwrap());
            assert_eq!((at(lower), at(upper - 1)), (bucket, bucket));
            assert!(upper - lower <= (lower / 32).max(1), "{lower} to {upper}");
            lower = upper;
        }
        assert_eq!(lower, 1 << 32);
    }

    #[test]
    fn the_longest_are_counted_as_the_longest_that_can_be_told() {
        let latencies = Latencies::new();
        latencies.record(Duration::MAX);
        assert_eq!(latencies.quantile_micros(0.5), 1 << 32);
    }

    #[test]
    fn empty_there_is_no_quantile() {
        assert_eq!(Latencies::new().quantile_micros(0.95), 0);
    }

    #[test]
    fn a_single_one_fades_and_is_gone_after_nine_times() {
        let latencies = Latencies::new();
        latencies.record(Duration::from_micros(7));
        for _ in 0..8 {
            latencies.fade();
            assert_eq!(latencies.quantile_micros(0.5), 8);
        }
        latencies.fade();
        assert_eq!(latencies.quantile_micros(0.5), 0);
    }

    #[test]
    fn the_tail_fades_no_sooner_than_the_rest() {
        let latencies = Latencies::new();
        // 95 in one bucket, 5 in one each.
        (0..95).for_each(|_| latencies.record(Duration::from_micros(10)));
        (1..=5).for_each(|slow| latencies.record(Duration::from_millis(slow)));
        for _ in 0..8 {
            assert_eq!(latencies.quantile_micros(0.95), 11);
            assert!(latencies.quantile_micros(0.955) >= 1_000);
            latencies.fade();
        }
    }
}
