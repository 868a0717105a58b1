//! How a [`Rate`] is made and set.

use std::time::Duration;

use super::Rate;
use super::pacer::Pacer;
use super::pause::Pause;
use crate::primitives::sync::AtomicU64;
#[cfg(feature = "overrides")]
use crate::time::tick::Tick;

impl Rate {
    /// At most `permits` attempts a second, evenly spaced.
    ///
    /// # Panics
    ///
    /// If `permits` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_second(50);
    ///
    /// assert_eq!((RATE.interval(), RATE.burst()), (Duration::from_millis(20), 1));
    /// ```
    #[must_use]
    pub const fn per_second(permits: u32) -> Self {
        Self::of(Duration::from_secs(1), permits)
    }

    /// At most `permits` attempts a minute, evenly spaced.
    ///
    /// # Panics
    ///
    /// As [`per_second`](Self::per_second).
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_minute(120);
    ///
    /// assert_eq!(RATE.interval(), Duration::from_millis(500));
    /// ```
    #[must_use]
    pub const fn per_minute(permits: u32) -> Self {
        Self::of(Duration::from_secs(60), permits)
    }

    /// An attempt at most every `interval`.
    ///
    /// # Panics
    ///
    /// If `interval` is zero. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::every(Duration::from_secs(10));
    ///
    /// assert_eq!(RATE.interval(), Duration::from_secs(10));
    /// ```
    ///
    /// An interval of zero does not compile:
    ///
    /// ```compile_fail
    /// # use std::time::Duration;
    /// # use persevere::Rate;
    /// static UNLIMITED: Rate = Rate::every(Duration::ZERO);
    /// ```
    #[must_use]
    pub const fn every(interval: Duration) -> Self {
        assert!(
            !interval.is_zero(),
            "a rate with an interval of zero limits nothing: give a time above 0, or leave it out"
        );
        Self::with(interval, 1, Duration::ZERO)
    }

    const fn with(interval: Duration, burst: u32, max_wait: Duration) -> Self {
        Self {
            pacer: Pacer::new(interval, burst),
            interval,
            burst,
            max_wait,
            pause: Pause::new(),
            waits: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
        }
    }

    const fn of(span: Duration, permits: u32) -> Self {
        assert!(permits > 0, "a rate of 0 lets no attempt through: give it at least 1");
        // Rounded up, so that a second never has one more.
        let nanoseconds = (span.as_secs() * 1_000_000_000).div_ceil(permits as u64);
        Self::every(Duration::from_nanos(nanoseconds))
    }

    /// Sets how many attempts may go at once, after a time with none: 1 unless set.
    ///
    /// In any span of time, no more than this number go, and one for each interval of that span. A wait
    /// ends on a timer, and timers are a millisecond late: where intervals are that short, only a burst of
    /// several lets the whole rate through.
    ///
    /// # Panics
    ///
    /// If `burst` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_minute(6).with_burst(3);
    ///
    /// let at_once = (0..5).filter(|_| RATE.try_acquire().is_ok()).count();
    /// assert_eq!(at_once, 3);
    /// ```
    #[must_use]
    pub const fn with_burst(self, burst: u32) -> Self {
        assert!(burst > 0, "a burst of 0 lets no attempt through: give it at least 1");
        let Self { max_wait, interval, .. } = self;
        std::mem::forget(self); // in a constant, nothing may be dropped
        Self::with(interval, burst, max_wait)
    }

    /// Sets the longest time that an attempt waits for its turn: zero unless set, which is no waiting.
    ///
    /// An attempt whose turn comes later is refused at once, and does not wait in vain.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_second(50).with_max_wait(Duration::from_secs(1));
    ///
    /// assert_eq!(RATE.max_wait(), Duration::from_secs(1));
    /// ```
    #[must_use]
    pub const fn with_max_wait(mut self, max_wait: Duration) -> Self {
        self.max_wait = max_wait;
        self
    }

    /// The time between two attempts, once the burst is used up, as it is in the code.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// How many attempts may go at once, as it is in the code.
    #[must_use]
    pub const fn burst(&self) -> u32 {
        self.burst
    }

    /// Sets the interval and the burst; `None` is as in the code.
    #[cfg(feature = "overrides")]
    pub(crate) fn set_from_outside(&self, interval: Option<Duration>, burst: Option<u32>) {
        let burst = burst.unwrap_or(self.burst);
        self.pacer.respace(Tick::now(), interval.unwrap_or(self.interval), burst);
    }

    /// The longest time that an attempt waits for its turn.
    #[must_use]
    pub const fn max_wait(&self) -> Duration {
        self.max_wait
    }
}
