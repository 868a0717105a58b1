//! [`Latencies`]: a lock-free histogram, in which old latencies count less and less.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::primitives::sync::{AtomicU32, LATENCY_BITS, LATENCY_PRECISION};

/// What is known of an attempt's latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Latency {
    /// The attempt succeeded after this time.
    Exactly(Duration),
    /// The attempt had not succeeded by this time, when it failed or was dropped.
    LongerThan(Duration),
}

/// Where a quantile lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantile {
    /// Below this number of microseconds, in the bucket that ends there.
    Below(u64),
    /// At or above this number of microseconds: the samples do not say where.
    AtLeast(u64),
}

/// How many latencies fell into each bucket.
///
/// Buckets are spaced as those of `HdrHistogram`: 32 of the same width to each doubling, so that a
/// bucket is at most a thirty-second as wide as its lower bound. The unit is a microsecond, up to 2³²
/// of them, which are 71 minutes; a longer latency counts as that.
pub(super) struct Latencies {
    exact: [AtomicU32; BUCKETS],
    /// Attempts that took longer, in the bucket in which they were last seen in flight.
    longer: [AtomicU32; BUCKETS],
}

const BUCKETS: usize = ((LATENCY_BITS - LATENCY_PRECISION + 1) << LATENCY_PRECISION) as usize;
const LONGEST: u64 = (1 << LATENCY_BITS) - 1;

/// What a latency weighs in its bucket when it is new. It is halved again and again, and where each
/// bucket holds but a few, whole numbers from 1 would be gone, or stay, after the first time.
const WEIGHT: u32 = 1 << 8;

/// The largest number of recent latencies whose weights fit into a bucket.
pub(super) const MOST: u32 = u32::MAX / WEIGHT;

impl Latencies {
    pub(super) const fn new() -> Self {
        Self {
            exact: [const { AtomicU32::new(0) }; BUCKETS],
            longer: [const { AtomicU32::new(0) }; BUCKETS],
        }
    }

    /// Counts one. Only addition, so that no thread waits for another.
    pub(super) fn record(&self, latency: Latency) {
        let (buckets, latency) = match latency {
            Latency::Exactly(latency) => (&self.exact, latency),
            Latency::LongerThan(latency) => (&self.longer, latency),
        };
        buckets[bucket_of(latency)].fetch_add(WEIGHT, Ordering::Relaxed);
    }

    pub(super) fn clear(&self) {
        for bucket in self.exact.iter().chain(&self.longer) {
            bucket.store(0, Ordering::Relaxed);
        }
    }

    /// Halves the weight of what was counted so far. A count that is added meanwhile is not lost.
    pub(super) fn fade(&self) {
        for bucket in self.exact.iter().chain(&self.longer) {
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

    /// The bucket that holds the quantile, after Kaplan and Meier, "Nonparametric Estimation from
    /// Incomplete Observations" (JASA 53, 1958): of a latency that is only known to be longer, each
    /// longer one takes an equal part. (In this form after Efron, "The Two Sample Problem with
    /// Censored Data", 1967: redistribution to the right.) So an attempt cut early
    /// says nothing, and one cut late says that the quantile is later still. The quantile is given only
    /// if the exact latencies weigh as much as `enough` new ones do: less than that is the remainder of
    /// older, larger buckets.
    pub(super) fn quantile(&self, quantile: f64, enough: u32) -> Quantile {
        let read = |buckets: &[AtomicU32; BUCKETS]| {
            buckets.each_ref().map(|bucket| bucket.load(Ordering::Relaxed))
        };
        let (exact, longer) = (read(&self.exact), read(&self.longer));
        // Whole numbers far below 2⁵³, so no sum is rounded.
        let sum = |weights: &[u32]| weights.iter().map(|weight| f64::from(*weight)).sum::<f64>();
        let all = sum(&exact) + sum(&longer);
        let is_enough = sum(&exact) >= f64::from(WEIGHT) * f64::from(enough);
        let (mut left, mut below, mut each, mut end) = (all, 0.0, 1.0, 0);
        for (bucket, weights) in exact.into_iter().zip(longer).enumerate() {
            if weights == (0, 0) {
                continue;
            }
            end = upper_bound(bucket);
            let (exact, longer) = (f64::from(weights.0), f64::from(weights.1));
            below += exact * each;
            if below >= quantile * all {
                return if is_enough { Quantile::Below(end) } else { Quantile::AtLeast(end) };
            }
            left -= exact + longer;
            each *= 1.0 + longer / left; // NaN after the last bucket, where it is not used any more
        }
        Quantile::AtLeast(end)
    }
}

/// Without its hundreds of buckets.
impl fmt::Debug for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Latencies").finish_non_exhaustive()
    }
}

/// The bucket that a latency falls into. Below 64 microseconds, each has its own.
fn bucket_of(latency: Duration) -> usize {
    let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST).min(LONGEST);
    let dropped_bits = micros.checked_ilog2().unwrap_or(0).saturating_sub(LATENCY_PRECISION);
    #[allow(clippy::cast_possible_truncation, reason = "it has one bit more than the precision")]
    let leading = (micros >> dropped_bits) as usize;
    ((dropped_bits as usize) << LATENCY_PRECISION) + leading
}

/// The least number of microseconds that falls into a later bucket.
fn upper_bound(bucket: usize) -> u64 {
    let dropped_bits = (bucket >> LATENCY_PRECISION).saturating_sub(1);
    let leading = bucket - (dropped_bits << LATENCY_PRECISION);
    (leading as u64 + 1) << dropped_bits
}
