//! How a [`Hedge`] is made and set.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use super::Hedge;
use super::trigger::{Measured, Trigger};

impl Hedge {
    /// Starts another attempt when the latest one has been in flight for `delay`; starts all at once
    /// if `delay` is zero.
    ///
    /// While all calls are late, all are hedged: only a [budget](super::HedgeBudget) limits that.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
    ///
    /// assert_eq!(HEDGE.delay(), Some(Duration::from_millis(200)));
    /// ```
    #[must_use]
    pub const fn after(delay: Duration) -> Self {
        Self::new(Trigger::Fixed(delay))
    }

    /// Starts another attempt when the latest one has been in flight for longer than that share of the
    /// earlier calls took: 0.95 for all but the slowest twentieth.
    ///
    /// No more than the remaining share of all races are hedged, plus ten in a row:
    /// [how many are hedged](super#how-many-are-hedged).
    ///
    /// # Panics
    ///
    /// If `quantile` is not between 0.0 and 1.0, both excluded. In a constant, that is a compile
    /// error.
    ///
    /// ```
    /// use persevere::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after_quantile(0.95);
    ///
    /// assert_eq!(HEDGE.delay(), None); // not measured yet
    /// ```
    #[must_use]
    pub const fn after_quantile(quantile: f64) -> Self {
        assert!(
            quantile > 0.0 && quantile < 1.0,
            "`Hedge::after_quantile` takes a share of calls between 0.0 and 1.0: 0.95 for the 95th percentile"
        );
        Self::new(Trigger::Measured(Measured::new(quantile)))
    }

    const fn new(trigger: Trigger) -> Self {
        Self { trigger, max: 1, started: AtomicU64::new(0), won: AtomicU64::new(0) }
    }

    /// Sets the number of extra attempts in one race, 1 unless set: with 2, there are at most 3 attempts
    /// in all (gRPC's `maxAttempts`).
    ///
    /// # Panics
    ///
    /// If `max` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::from_millis(200)).with_max(2);
    ///
    /// assert_eq!(HEDGE.max(), 2);
    /// ```
    #[must_use]
    pub const fn with_max(mut self, max: u32) -> Self {
        assert!(
            max > 0,
            "a hedge makes at least 1 attempt besides the first: leave it out for none"
        );
        self.max = max;
        self
    }

    /// Sets how many first attempts have to succeed before the first race is hedged. Unless set, the
    /// number is at least 20, and large enough that five of them lie beyond the quantile: 100 for 0.95,
    /// 500 for 0.99.
    ///
    /// # Panics
    ///
    /// If `min_samples` is 0, or the delay is fixed. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after_quantile(0.95).with_min_samples(1);
    ///
    /// HEDGE.record(Duration::from_micros(25));
    /// assert_eq!(HEDGE.delay(), Some(Duration::from_micros(26)));
    /// ```
    #[must_use]
    pub const fn with_min_samples(mut self, min_samples: u32) -> Self {
        assert!(min_samples > 0, "a quantile of nothing is unknown: measure at least 1 sample");
        match &mut self.trigger {
            Trigger::Measured(measured) => measured.set_min_samples(min_samples),
            Trigger::Fixed(_) => {
                panic!("`with_min_samples` is for measured delays: `Hedge::after_quantile(0.95)`")
            }
        }
        self
    }

    /// The largest number of extra attempts in one race.
    pub const fn max(&self) -> u32 {
        self.max
    }
}
