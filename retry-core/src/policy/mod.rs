//! [`Policy`]: how often to retry and how long to wait, as a `const` value.

mod delays;
mod draw;
pub(crate) mod jitter;
#[cfg(any(feature = "overrides", feature = "serde"))]
pub(crate) mod partial;
mod presets;
mod waits;

use std::fmt;
use std::time::Duration;

use crate::policy::jitter::Jitter;
use crate::primitives::span_text::SpanText;

pub use self::delays::Delays;

/// How often a failing call is retried, and how long it waits in between.
///
/// A policy is a plain value: `Copy`, comparable, built in `const` context. The wait before retry
/// *k* (counted from 0) is `min(max_delay, base_delay · exponential_baseᵏ)`, to which
/// [`Jitter`] is then applied.
///
/// | preset | `max_retries` | `base_delay` | `exponential_base` | `max_delay` | `jitter` |
/// |---|---|---|---|---|---|
/// | [`DEFAULT`](Self::DEFAULT) "default" | 5 | 2 s | 2.0 | 300 s | proportional, 25 % |
/// | [`AGGRESSIVE`](Self::AGGRESSIVE) "aggressive" | 10 | 1 s | 1.5 | 300 s | proportional, 25 % |
/// | [`CONSERVATIVE`](Self::CONSERVATIVE) "conservative" | 3 | 5 s | 2.0 | 300 s | none |
///
/// The waits, one or all of a call's:
///
/// | | one | all, `max_retries` items |
/// |---|---|---|
/// | without jitter | [`delay`](Self::delay) | [`schedule`](Self::schedule) |
/// | drawn from a random source | [`jittered_delay`](Self::jittered_delay) | [`delays`](Self::delays) |
/// | the shortest and the longest | [`delay_range`](Self::delay_range) | [`delay_ranges`](Self::delay_ranges) |
///
/// ```
/// use std::time::Duration;
/// use persevere::{Jitter, Policy};
///
/// const PAYMENTS: Policy = Policy::DEFAULT
///     .with_max_retries(7)
///     .with_base_delay(Duration::from_millis(200))
///     .with_max_delay(Duration::from_secs(20))
///     .with_exponential_base(1.5)
///     .with_jitter(Jitter::Full);
///
/// assert_eq!(PAYMENTS.delay(0), Duration::from_millis(200));
/// assert_eq!(PAYMENTS.delay(1), Duration::from_millis(300));
/// assert_eq!(PAYMENTS.delay(100), Duration::from_secs(20));
/// ```
///
/// A bad constant does not compile:
///
/// ```compile_fail
/// # use persevere::Policy;
/// const SHRINKING: Policy = Policy::DEFAULT.with_exponential_base(0.5);
/// # let _ = SHRINKING;
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Policy {
    max_retries: u32,
    base_delay: Duration,
    max_delay: Duration,
    exponential_base: f64,
    jitter: Jitter,
}

impl Policy {
    /// Sets how many retries may follow the first attempt; 0 means one attempt in all.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.with_max_retries(7).max_retries(), 7);
    /// ```
    pub const fn with_max_retries(self, max_retries: u32) -> Self {
        Self { max_retries, ..self }
    }

    /// Sets the wait before the first retry.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let quick = Policy::DEFAULT.with_base_delay(Duration::from_millis(50));
    /// assert_eq!(quick.delay(1), Duration::from_millis(100));
    /// ```
    pub const fn with_base_delay(self, base_delay: Duration) -> Self {
        Self { base_delay, ..self }
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

    /// Sets the factor from one wait to the next; 1.0 keeps them all alike.
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
        Self { exponential_base, ..self }
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

    /// How many retries may follow the first attempt.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.max_retries(), 5); // at most 6 attempts
    /// ```
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// The wait before the first retry, before jitter and cap.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.base_delay(), Duration::from_secs(2));
    /// ```
    #[must_use]
    pub const fn base_delay(&self) -> Duration {
        self.base_delay
    }

    /// The longest wait, jitter included.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.max_delay(), Duration::from_secs(300));
    /// ```
    #[must_use]
    pub const fn max_delay(&self) -> Duration {
        self.max_delay
    }

    /// The factor from one wait to the next.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert!((Policy::AGGRESSIVE.exponential_base() - 1.5).abs() < f64::EPSILON);
    /// ```
    #[must_use]
    pub const fn exponential_base(&self) -> f64 {
        self.exponential_base
    }

    /// How waits are spread at random.
    ///
    /// ```
    /// # use persevere::{Jitter, Policy};
    /// assert_eq!(Policy::DEFAULT.jitter(), Jitter::Proportional(0.25));
    /// ```
    #[must_use]
    pub const fn jitter(&self) -> Jitter {
        self.jitter
    }

    pub(crate) const fn accepts_exponential_base(exponential_base: f64) -> bool {
        exponential_base.is_finite() && exponential_base >= 1.0
    }
}

impl Default for Policy {
    /// [`Policy::DEFAULT`].
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl fmt::Display for Policy {
    /// One line for people, such as `up to 5 retries, 2 s × 2ᵏ, at most 5 min, jitter 0–25 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retries = if self.max_retries == 1 { "retry" } else { "retries" };
        write!(
            f,
            "up to {} {retries}, {} × {}ᵏ, at most {}, {}",
            self.max_retries,
            SpanText(self.base_delay),
            self.exponential_base,
            SpanText(self.max_delay),
            self.jitter
        )
    }
}
