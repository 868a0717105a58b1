//! The setters of a [`Policy`].

use std::time::Duration;

use super::Policy;
use crate::policy::jitter::Jitter;
use crate::policy::retry_limit::RetryLimit;

impl Policy {
    /// Sets how many retries may follow the first attempt; 0 means one attempt in all.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.with_max_retries(7).max_retries(), 7);
    /// ```
    pub const fn with_max_retries(self, max_retries: u32) -> Self {
        Self { retries: RetryLimit::AtMost(max_retries), ..self }
    }

    /// Retries without limit: until the call succeeds, fails for good, or meets its deadline or another
    /// limit.
    ///
    /// This is no large number: [`max_retries`](Self::max_retries) then returns `u32::MAX`, at which the
    /// count of retries stops, and the retries go on.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let patient = Policy::DEFAULT.with_unlimited_retries();
    /// assert!(patient.is_unlimited());
    /// assert_eq!(patient.max_retries(), u32::MAX);
    /// assert!(patient.to_string().starts_with("unlimited retries, 2 s × 2ᵏ"));
    /// ```
    pub const fn with_unlimited_retries(self) -> Self {
        Self { retries: RetryLimit::Unlimited, ..self }
    }

    /// Sets the wait before the first retry. A [list of waits](Self::waits) is thereby replaced by an
    /// exponential schedule.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let quick = Policy::DEFAULT.with_base_delay(Duration::from_millis(50));
    /// assert_eq!(quick.delay(1), Duration::from_millis(100));
    /// ```
    pub const fn with_base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay, waits: &[], ..self }
    }

    /// Sets the longest wait, jitter included. One below `base_delay` caps every wait.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let short = Policy::DEFAULT.with_max_delay(Duration::from_secs(1));
    /// assert_eq!(short.delay(0), Duration::from_secs(1));
    /// ```
    pub const fn with_max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// Sets the factor from one wait to the next; 1.0 keeps them all alike. A [list of
    /// waits](Self::waits) is thereby replaced by an exponential schedule.
    ///
    /// # Panics
    ///
    /// If `exponential_base` is NaN, infinite or below 1.0. In a constant, that is a compile
    /// error.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let steady = Policy::DEFAULT.with_exponential_base(1.0);
    /// assert_eq!(steady.delay(4), Duration::from_secs(2));
    /// ```
    pub const fn with_exponential_base(self, exponential_base: f64) -> Self {
        assert!(
            Self::accepts_exponential_base(exponential_base),
            "`exponential_base` must be a finite number of at least 1.0"
        );
        Self { exponential_base, waits: &[], ..self }
    }

    /// Sets how waits are spread at random.
    ///
    /// # Panics
    ///
    /// If the proportion of [`Jitter::Proportional`] is NaN or outside 0.0 to 1.0. In a constant,
    /// that is a compile error.
    ///
    /// ```
    /// # use persevere::{Jitter, Policy};
    /// assert_eq!(Policy::DEFAULT.with_jitter(Jitter::Full).jitter(), Jitter::Full);
    /// ```
    pub const fn with_jitter(self, jitter: Jitter) -> Self {
        assert!(
            jitter.is_valid(),
            "the proportion of `Jitter::Proportional` must be between 0.0 and 1.0"
        );
        Self { jitter, ..self }
    }

    /// Starts the count of retries and the schedule anew after an attempt that ran for at least
    /// `reset_after` before it failed: for connections and loops that run for hours, so that the failure of
    /// today does not wait as long as the last one of an outage in the night.
    ///
    /// The attempt's own run time counts, not the time since the last failure, which includes the waits:
    /// those that are longer than `reset_after` would reset themselves. The failure then counts as the
    /// first of a call, and the attempt after it has the number 2.
    ///
    /// A policy without it reads no clock for it. Zero starts anew after every failure, so that the retries
    /// never end, and each wait is the first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::engine::{Decision, Failure, History, decide};
    /// use persevere::{Policy, Verdict};
    ///
    /// let policy = Policy::CONSERVATIVE.with_reset_after(Duration::from_secs(60));
    /// let lost = Failure::new(&policy, Verdict::TRANSIENT);
    /// let third = History::new(2, Some(Duration::from_secs(10)));
    /// let mut rng = SmallRng::seed_from_u64(7);
    ///
    /// let at_once = lost.ran(Duration::from_secs(2));
    /// assert_eq!(decide(&at_once, &third, &mut rng), Decision::Retry(Duration::from_secs(20)));
    /// let after_hours = lost.ran(Duration::from_secs(7200));
    /// assert_eq!(decide(&after_hours, &third, &mut rng), Decision::Retry(Duration::from_secs(5)));
    /// ```
    pub const fn with_reset_after(self, reset_after: Duration) -> Self {
        Self { reset_after: Some(reset_after), ..self }
    }

    /// Never starts the count of retries anew: the opposite of
    /// [`with_reset_after`](Self::with_reset_after), for a preset that has it.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::RECONNECT.without_reset().reset_after(), None);
    /// ```
    pub const fn without_reset(self) -> Self {
        Self { reset_after: None, ..self }
    }
}
