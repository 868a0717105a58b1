//! [`Policy`]: how often to retry and how long to wait, as a `const` value.

mod delays;
mod draw;
pub(crate) mod jitter;
mod line;
#[cfg(any(feature = "overrides", feature = "serde"))]
pub(crate) mod partial;
mod presets;
pub(crate) mod retry_limit;
mod settings;
mod waits;
mod without_preset;

use std::time::Duration;

use crate::policy::jitter::Jitter;
use crate::policy::retry_limit::RetryLimit;

pub use self::delays::Delays;

/// How often a failing call is retried, and how long it waits in between.
///
/// A policy is a plain value: `Copy`, comparable, built in `const` context. The wait before retry
/// *k* (counted from 0) is `min(max_delay, base_delay · exponential_baseᵏ)`, or the *k*-th of a
/// [list](Self::waits), to which [`Jitter`] is then applied.
///
/// Who waits decides which preset fits:
///
/// | who waits | preset | `max_retries` | `base_delay` | `exponential_base` | `max_delay` | `jitter` | `reset_after` |
/// |---|---|---|---|---|---|---|---|
/// | a person | [`INTERACTIVE`](Self::INTERACTIVE) "interactive" | 2 | 50 ms | 2.0 | 1 s | full | |
/// | another service, or nobody in particular | [`DEFAULT`](Self::DEFAULT) "default" | 5 | 2 s | 2.0 | 300 s | 25 % | |
/// | the same, and the server can take it | [`AGGRESSIVE`](Self::AGGRESSIVE) "aggressive" | 10 | 1 s | 1.5 | 300 s | 25 % | |
/// | the same, and it cannot | [`CONSERVATIVE`](Self::CONSERVATIVE) "conservative" | 3 | 5 s | 2.0 | 300 s | none | |
/// | a connection that is to be there for ever | [`RECONNECT`](Self::RECONNECT) "reconnect" | unlimited | 1 s | 2.0 | 60 s | full | 60 s |
/// | a job that will end, within a deadline | [`POLL`](Self::POLL) "poll" | unlimited | 1 s | 1.5 | 10 s | 10 % | |
/// | nobody: the caller retries | [`NONE`](Self::NONE) "none" | 0 | | | | | |
///
/// The waits, one or all of a call's (of an unlimited policy they have no end):
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
    retries: RetryLimit,
    base_delay: Duration,
    max_delay: Duration,
    exponential_base: f64,
    jitter: Jitter,
    reset_after: Option<Duration>,
    /// The waits one by one, the last of them repeated. Where this is not empty, `base_delay` is the first
    /// of them and `exponential_base` is 1.
    waits: &'static [Duration],
}

impl Policy {
    /// How many retries may follow the first attempt; `u32::MAX` if they are
    /// [unlimited](Self::is_unlimited).
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.max_retries(), 5); // at most 6 attempts
    /// ```
    #[must_use]
    #[rustfmt::skip] // the compiler shows the line where an argument is given
    pub const fn max_retries(&self) -> u32 { // reads it: `with_max_retries(3)` sets it
        self.retries.number()
    }

    /// Whether the number of retries is unlimited.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert!(Policy::RECONNECT.is_unlimited());
    /// assert!(!Policy::DEFAULT.with_max_retries(u32::MAX).is_unlimited());
    /// ```
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.retries.is_unlimited()
    }

    pub(crate) const fn retry_limit(&self) -> RetryLimit {
        self.retries
    }

    /// The wait before the first retry, before jitter and cap; of a list, the first.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::DEFAULT.base_delay(), Duration::from_secs(2));
    /// ```
    #[must_use]
    #[rustfmt::skip] // the compiler shows the line where an argument is given
    pub const fn base_delay(&self) -> Duration { // reads it: `with_base_delay(wait)` sets it
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
    #[rustfmt::skip] // the compiler shows the line where an argument is given
    pub const fn max_delay(&self) -> Duration { // reads it: `with_max_delay(wait)` sets it
        self.max_delay
    }

    /// The factor from one wait to the next; 1.0 where the waits are a list.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert!((Policy::AGGRESSIVE.exponential_base() - 1.5).abs() < f64::EPSILON);
    /// ```
    #[must_use]
    #[rustfmt::skip] // the compiler shows the line where an argument is given
    pub const fn exponential_base(&self) -> f64 { // reads it: `with_exponential_base(2.0)` sets it
        self.exponential_base
    }

    /// How waits are spread at random.
    ///
    /// ```
    /// # use persevere::{Jitter, Policy};
    /// assert_eq!(Policy::DEFAULT.jitter(), Jitter::Proportional(0.25));
    /// ```
    #[must_use]
    #[rustfmt::skip] // the compiler shows the line where an argument is given
    pub const fn jitter(&self) -> Jitter { // reads it: `with_jitter(Jitter::Full)` sets it
        self.jitter
    }

    /// How long an attempt must have run for its failure to count as the first one:
    /// [`with_reset_after`](Self::with_reset_after).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// assert_eq!(Policy::RECONNECT.reset_after(), Some(Duration::from_secs(60)));
    /// ```
    #[must_use]
    #[rustfmt::skip] // the compiler shows the line where an argument is given
    pub const fn reset_after(&self) -> Option<Duration> { // reads it: `with_reset_after(time)` sets it
        self.reset_after
    }

    /// The list that [`waits`](Self::waits) was given; empty for an exponential schedule.
    ///
    /// ```
    /// # use persevere::Policy;
    /// assert!(Policy::DEFAULT.listed_waits().is_empty());
    /// ```
    #[must_use]
    pub const fn listed_waits(&self) -> &'static [Duration] {
        self.waits
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
