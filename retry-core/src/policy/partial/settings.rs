//! The setters of a [`PartialPolicy`].

use std::time::Duration;

use super::PartialPolicy;
use crate::policy::Policy;
use crate::policy::jitter::Jitter;
use crate::policy::retry_limit::RetryLimit;

impl PartialPolicy {
    /// Sets how many retries may follow the first attempt; 0 switches retrying off.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// let off = PartialPolicy::new().with_max_retries(0);
    /// assert_eq!(off.over(Policy::DEFAULT).max_retries(), 0);
    /// ```
    pub const fn with_max_retries(self, max_retries: u32) -> Self {
        Self { retries: Some(RetryLimit::AtMost(max_retries)), ..self }
    }

    /// Retries without limit.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// let patient = PartialPolicy::new().with_unlimited_retries();
    /// assert!(patient.over(Policy::DEFAULT).is_unlimited());
    /// ```
    pub const fn with_unlimited_retries(self) -> Self {
        Self { retries: Some(RetryLimit::Unlimited), ..self }
    }

    /// Sets the wait before the first retry.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::{PartialPolicy, Policy};
    /// let slow = PartialPolicy::new().with_base_delay(Duration::from_secs(60));
    /// assert_eq!(slow.over(Policy::DEFAULT).delay(0), Duration::from_secs(60));
    /// ```
    pub const fn with_base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay: Some(base_delay), waits: Some(&[]), ..self }
    }

    /// Sets the longest wait, jitter included.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::{PartialPolicy, Policy};
    /// let short = PartialPolicy::new().with_max_delay(Duration::from_secs(1));
    /// assert_eq!(short.over(Policy::DEFAULT).delay(9), Duration::from_secs(1));
    /// ```
    pub const fn with_max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay: Some(max_delay), ..self }
    }

    /// Sets the factor from one wait to the next.
    ///
    /// # Panics
    ///
    /// As [`Policy::with_exponential_base`]. In a constant, that is a compile error.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// let steady = PartialPolicy::new().with_exponential_base(1.0);
    /// assert_eq!(steady.over(Policy::DEFAULT).delay(4), Policy::DEFAULT.base_delay());
    /// ```
    pub const fn with_exponential_base(self, exponential_base: f64) -> Self {
        let checked = Policy::DEFAULT.with_exponential_base(exponential_base);
        let exponential_base = Some(checked.exponential_base());
        Self { exponential_base, waits: Some(&[]), ..self }
    }

    /// Sets how waits are spread at random.
    ///
    /// # Panics
    ///
    /// As [`Policy::with_jitter`]. In a constant, that is a compile error.
    ///
    /// ```
    /// # use persevere::{Jitter, PartialPolicy, Policy};
    /// let spread = PartialPolicy::new().with_jitter(Jitter::Full);
    /// assert_eq!(spread.over(Policy::DEFAULT).jitter(), Jitter::Full);
    /// ```
    pub const fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter: Some(Policy::DEFAULT.with_jitter(jitter).jitter()), ..self }
    }

    /// Starts the count of retries anew after an attempt that ran for that long; see
    /// [`Policy::with_reset_after`].
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::{PartialPolicy, Policy};
    /// let minute = Duration::from_secs(60);
    /// let anew = PartialPolicy::new().with_reset_after(minute);
    /// assert_eq!(anew.over(Policy::DEFAULT).reset_after(), Some(minute));
    /// ```
    pub const fn with_reset_after(self, reset_after: Duration) -> Self {
        Self { reset_after: Some(Some(reset_after)), ..self }
    }

    /// Never starts the count of retries anew.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// let never = PartialPolicy::new().without_reset();
    /// assert_eq!(never.over(Policy::RECONNECT).reset_after(), None);
    /// ```
    pub const fn without_reset(self) -> Self {
        Self { reset_after: Some(None), ..self }
    }
}
