//! What an entry of a table changes of an upstream's layers.

use super::Settings;
use crate::policy::partial::{Forced, PerTime, Sizes, Time};

impl Settings {
    /// Sets how many calls on an upstream may run at a time, in place of its bulkhead's `max_concurrent`; of an
    /// adaptive bulkhead, the highest limit.
    ///
    /// # Panics
    ///
    /// If it is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::overrides::Settings;
    ///
    /// let settings = Settings::new().with_max_concurrent(8).with_max_queue(0);
    /// assert_eq!(settings.to_string(), "max_concurrent:8;max_queue:0");
    /// ```
    pub const fn with_max_concurrent(mut self, max_concurrent: u32) -> Self {
        assert!(
            max_concurrent > 0,
            "a bulkhead without a permit lets no call through: give it at least 1"
        );
        self.beside.sizes.max_concurrent = Some(max_concurrent);
        self
    }

    /// Sets how many callers may wait for a permit of an upstream's bulkhead. Zero is no waiting.
    pub const fn with_max_queue(mut self, max_queue: u32) -> Self {
        self.beside.sizes.max_queue = Some(max_queue);
        self
    }

    /// Sets how many attempts on an upstream may begin in a second, in place of its rate's.
    ///
    /// # Panics
    ///
    /// If it is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::overrides::Settings;
    ///
    /// let settings = Settings::new().with_per_second(50).with_burst(10);
    /// assert_eq!(settings.to_string(), "per_second:50;burst:10");
    /// ```
    pub const fn with_per_second(self, attempts: u32) -> Self {
        self.with_rate(attempts, Time::Second)
    }

    /// Sets how many attempts on an upstream may begin in a minute, in place of its rate's.
    ///
    /// # Panics
    ///
    /// As [`with_per_second`](Self::with_per_second).
    pub const fn with_per_minute(self, attempts: u32) -> Self {
        self.with_rate(attempts, Time::Minute)
    }

    const fn with_rate(mut self, turns: u32, time: Time) -> Self {
        assert!(turns > 0, "a rate of 0 lets no attempt through: give it at least 1");
        self.beside.sizes.rate = Some(PerTime { turns, time });
        self
    }

    /// Sets how many attempts on an upstream may begin at once, in place of its rate's burst.
    ///
    /// # Panics
    ///
    /// If it is 0. In a constant, that is a compile error.
    pub const fn with_burst(mut self, burst: u32) -> Self {
        assert!(burst > 0, "a burst of 0 lets no attempt through: give it at least 1");
        self.beside.sizes.burst = Some(burst);
        self
    }

    /// Forces an upstream's circuit breaker.
    ///
    /// ```
    /// use persevere::overrides::{Forced, Settings};
    ///
    /// let settings = Settings::new().with_breaker(Forced::Open);
    /// assert_eq!(settings.to_string(), "breaker:force_open");
    /// ```
    pub const fn with_breaker(mut self, forced: Forced) -> Self {
        self.beside.sizes.breaker = Some(forced);
        self
    }

    pub(super) const fn sizes(&self) -> Sizes {
        self.beside.sizes
    }

    /// The same, but for the sizes of layers.
    pub(super) const fn without_sizes(mut self) -> Self {
        self.beside.sizes = Sizes::NONE;
        self
    }
}
