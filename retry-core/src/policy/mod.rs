//! [`Policy`]: how often to retry and how long to wait, as a `const` value.

mod delays;
pub(crate) mod jitter;
#[cfg(any(feature = "overrides", feature = "serde"))]
pub(crate) mod partial;

mod spread;
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
    /// "default": 5 retries, 2 s doubling up to 300 s, 25 % proportional jitter.
    ///
    /// Its own waits add up to 62 s, and to 77.5 s with all jitter. What a failure asks for may be
    /// more: if it always is `Retry-After: 300`, the longest that `max_delay` allows, the caller waits
    /// 5 × 300 s, 25 minutes. A `max_delay` that is shorter bounds each wait, and hands the failure on
    /// at once where more is asked; a `deadline` bounds the whole call.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let waits: Vec<u64> = Policy::DEFAULT.schedule().map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [2, 4, 8, 16, 32]);
    /// ```
    pub const DEFAULT: Self = Self {
        max_retries: 5,
        base_delay: Duration::from_secs(2),
        max_delay: Duration::from_secs(5 * 60),
        exponential_base: 2.0,
        jitter: Jitter::Proportional(0.25),
    };

    /// "aggressive": 10 retries, 1 s growing by half up to 300 s, 25 % proportional jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::AGGRESSIVE.delay(2), Duration::from_millis(2250));
    /// ```
    pub const AGGRESSIVE: Self = Self {
        max_retries: 10,
        base_delay: Duration::from_secs(1),
        exponential_base: 1.5,
        ..Self::DEFAULT
    };

    /// "conservative": 3 retries, 5 s doubling up to 300 s, no jitter.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let waits: Vec<u64> = Policy::CONSERVATIVE.schedule().map(|wait| wait.as_secs()).collect();
    /// assert_eq!(waits, [5, 10, 20]);
    /// ```
    pub const CONSERVATIVE: Self = Self {
        max_retries: 3,
        base_delay: Duration::from_secs(5),
        jitter: Jitter::None,
        ..Self::DEFAULT
    };

    /// The preset of that name: `"default"`, `"aggressive"` or `"conservative"`, spelt exactly so;
    /// `None` for any other.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::named("aggressive"), Some(Policy::AGGRESSIVE));
    /// assert_eq!(Policy::named("Aggressive"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::DEFAULT),
            "aggressive" => Some(Self::AGGRESSIVE),
            "conservative" => Some(Self::CONSERVATIVE),
            _ => None,
        }
    }

    /// The name of the preset that this is equal to, else `"custom"`.
    #[cfg(feature = "metrics")]
    pub(crate) fn preset_name(&self) -> &'static str {
        let presets = ["default", "aggressive", "conservative"];
        let equal = presets.into_iter().find(|name| Self::named(name).as_ref() == Some(self));
        equal.unwrap_or("custom")
    }

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
