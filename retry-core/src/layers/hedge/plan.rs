//! [`HedgePlan`]: what a race asks of its hedge.

use std::time::Duration;

use super::Hedge;
use super::latencies::Latency;

/// When extra attempts start, how many may, and who counts.
pub trait HedgePlan {
    /// The time after which an attempt is late, for a race that begins now; `None` if no extra attempt
    /// is to start.
    fn delay(&self) -> Option<Duration>;
    /// The largest number of extra attempts.
    fn max(&self) -> u32;
    /// Whether latencies are to be [recorded](Self::record).
    fn measures(&self) -> bool {
        false
    }
    /// Records the latency of a first attempt.
    fn record(&self, _latency: Latency) {}
    /// Whether a race may be hedged: asked once, before its first extra attempt.
    fn may_hedge(&self) -> bool {
        true
    }
    /// An extra attempt has started.
    fn has_started(&self) {}
    /// An extra attempt has won.
    fn has_won(&self) {}
}

impl HedgePlan for &Hedge {
    fn delay(&self) -> Option<Duration> {
        Hedge::delay(self)
    }

    fn max(&self) -> u32 {
        Hedge::max(self)
    }

    fn measures(&self) -> bool {
        Hedge::measures(self)
    }

    fn record(&self, latency: Latency) {
        self.record_latency(latency);
    }

    fn may_hedge(&self) -> bool {
        Hedge::may_hedge(self)
    }

    fn has_started(&self) {
        Hedge::has_started(self);
    }

    fn has_won(&self) {
        Hedge::has_won(self);
    }
}

/// A delay given at the call: no static, and nothing is counted.
#[derive(Clone, Copy, Debug)]
pub struct After {
    delay: Duration,
    max: u32,
}

impl After {
    /// At most `max` extra attempts, each when the one before has been in flight for `delay`.
    #[must_use]
    pub const fn new(delay: Duration, max: u32) -> Self {
        Self { delay, max }
    }
}

impl HedgePlan for After {
    fn delay(&self) -> Option<Duration> {
        Some(self.delay)
    }

    fn max(&self) -> u32 {
        self.max
    }
}
