//! How long a [`CircuitBreaker`] stays open, and how it is probed.

use std::time::Duration;

use crate::layers::breaker::CircuitBreaker;
use crate::policy::jitter::Jitter;

impl CircuitBreaker {
    /// Sets how long the circuit stays open when it opens, which doubles each time the probes fail, up
    /// to [`with_max_open_duration`](Self::with_max_open_duration): 5 s unless set.
    ///
    /// # Panics
    ///
    /// If `base` is zero. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::{CircuitBreaker, Jitter, Verdict};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new()
    ///     .with_minimum_calls(1)
    ///     .with_open_duration(Duration::from_secs(30))
    ///     .with_open_jitter(Jitter::None);
    ///
    /// let (now, mut rng) = (Instant::now(), SmallRng::seed_from_u64(7));
    /// let permit = BREAKER.at(now).try_acquire().expect("it is closed");
    /// permit.at(now).failed(Verdict::TRANSIENT, &mut rng);
    /// assert_eq!(BREAKER.at(now).retry_in(), Duration::from_secs(30));
    /// ```
    #[must_use]
    pub const fn with_open_duration(mut self, base: Duration) -> Self {
        assert!(
            !base.is_zero(),
            "a circuit that opens for no time refuses nothing: give a time above 0"
        );
        self.settings.open = self.settings.open.with_base_delay(base);
        self
    }

    /// Sets the longest time that the circuit stays open, jitter included: 60 s unless set.
    ///
    /// # Panics
    ///
    /// If `max` is zero. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker =
    ///     CircuitBreaker::new().with_max_open_duration(Duration::from_secs(300));
    ///
    /// BREAKER.force_open();
    /// assert_eq!(BREAKER.retry_in(), Duration::from_secs(300));
    /// ```
    #[must_use]
    pub const fn with_max_open_duration(mut self, max: Duration) -> Self {
        assert!(
            !max.is_zero(),
            "a circuit that opens for no time refuses nothing: give a time above 0"
        );
        self.settings.open = self.settings.open.with_max_delay(max);
        self
    }

    /// Sets the jitter of open durations, so that many processes do not probe at once: up to 25 %
    /// unless set.
    ///
    /// # Panics
    ///
    /// If the proportion of [`Jitter::Proportional`] is NaN or outside 0.0 to 1.0. In a constant,
    /// that is a compile error.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Jitter};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_open_jitter(Jitter::Equal);
    /// # assert!(BREAKER.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub const fn with_open_jitter(mut self, jitter: Jitter) -> Self {
        self.settings.open = self.settings.open.with_jitter(jitter);
        self
    }

    /// Sets how many calls go through as probes while the circuit is half-open: 10 unless set. When all
    /// have ended, their failure rate decides whether it closes.
    ///
    /// # Panics
    ///
    /// If `probes` is 0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_probes(1);
    /// # assert!(BREAKER.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub const fn with_probes(mut self, probes: u32) -> Self {
        assert!(probes > 0, "without a probe an open circuit never closes: let through at least 1");
        self.settings.probing.probes = probes;
        self
    }

    /// Sets how long to wait for probes once all are under way: 60 s unless set. Probes that have not
    /// ended by then are not counted, and other calls become probes instead.
    ///
    /// # Panics
    ///
    /// If `timeout` is zero. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker =
    ///     CircuitBreaker::new().with_probe_timeout(Duration::from_secs(10));
    /// # assert!(BREAKER.try_acquire().is_ok());
    /// ```
    #[must_use]
    pub const fn with_probe_timeout(mut self, timeout: Duration) -> Self {
        assert!(!timeout.is_zero(), "a probe needs time to end: give a time above 0");
        self.settings.probing.timeout = timeout;
        self
    }
}
