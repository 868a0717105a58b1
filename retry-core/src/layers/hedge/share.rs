//! [`Share`]: how many races may be hedged, whatever the estimate says.

use std::sync::atomic::Ordering;

use crate::primitives::sync::AtomicU64;

/// Allows a share of all races to be hedged, with a burst of a few in a row.
///
/// The estimate follows attempts that have ended, so it lags: when a service stops answering, every race
/// in flight is late at once, before any of them has been measured. Finagle's `BackupRequestFilter` has
/// a budget against that, too, which grows by the share of races beyond its percentile.
///
/// It is the generic cell rate algorithm (ITU-T I.371), on a clock that ticks with each race that ends.
/// So races pay nothing for it until they are hedged.
#[derive(Debug)]
pub(super) struct Share {
    /// How many parts of a race each hedged race costs.
    cost: u64,
    /// When the burst is whole again, on that clock.
    whole_at: AtomicU64,
}

/// How many races may be hedged in a row: few, but more than are often late together by chance.
const BURST: u64 = 10;

/// How finely races are divided.
const PARTS: u64 = 1 << 10;

/// The smallest share that can be expressed: one race in 2⁴⁸.
const MOST: u64 = 1 << 58;

impl Share {
    /// The share of races that are slower than `quantile` of all.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a power of two; and float to integer casts saturate"
    )]
    pub(super) const fn beyond(quantile: f64) -> Self {
        let exact = (PARTS as f64 / (1.0 - quantile)).min(MOST as f64);
        let whole = exact as u64;
        let cost = if (whole as f64) < exact { whole + 1 } else { whole };
        Self { cost, whole_at: AtomicU64::new(0) }
    }

    /// The burst is whole.
    pub(super) fn reset(&self) {
        self.whole_at.store(0, Ordering::Relaxed);
    }

    /// Takes a permit to hedge one more race, after `ended` races have ended.
    pub(super) fn try_take(&self, ended: u64) -> bool {
        let now = ended.saturating_mul(PARTS);
        let latest = now.saturating_add((BURST - 1) * self.cost);
        let take = |whole_at: u64| {
            (whole_at <= latest).then(|| whole_at.max(now).saturating_add(self.cost))
        };
        self.whole_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}
