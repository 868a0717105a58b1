//! [`PartialPolicy`]: some settings of a policy, from a text or an override.

#[cfg(feature = "serde")]
mod by_serde;
mod error;
mod jitter_text;
mod setting;
mod text;

use std::time::Duration;

#[cfg(all(feature = "serde", feature = "overrides"))]
pub(crate) use self::by_serde::PartialPolicySeed;
pub use self::error::InvalidPolicy;
pub(crate) use self::error::LONGEST_QUOTED;
use crate::policy::Policy;
use crate::policy::jitter::Jitter;

/// Some settings of a [`Policy`], which replace those of another policy: see [`over`](Self::over).
///
/// Policies are read from it, too. In a text, settings are separated by `;`, and a `:` stands between a
/// setting and its value. A preset's name stands for all five settings; other settings take precedence
/// over it, in any order.
///
/// ```text
/// aggressive
/// max_retries:2;base_delay:250ms
/// policy:aggressive;jitter:full
/// ```
///
/// | setting | value |
/// |---|---|
/// | `policy` | `default`, `aggressive` or `conservative`; `policy:` may be left out |
/// | `max_retries` | a whole number: the retries after the first attempt |
/// | `base_delay`, `max_delay` | `250ms`, `2s`, `1m30s`, `5min`, or a number of seconds |
/// | `exponential_base` | a finite number of at least 1.0 |
/// | `jitter` | `none`, `25%`, `full`, `equal` or `decorrelated` |
///
/// ```
/// use std::time::Duration;
/// use persevere::{PartialPolicy, Policy};
///
/// let fewer: PartialPolicy = "max_retries:2; base_delay:250ms".parse()?;
/// let policy = fewer.over(Policy::AGGRESSIVE);
/// assert_eq!(policy.max_retries(), 2);
/// assert_eq!(policy.base_delay(), Duration::from_millis(250));
/// assert_eq!(policy.exponential_base(), 1.5); // as before
///
/// let error = "max_retrys:2".parse::<PartialPolicy>().unwrap_err().to_string();
/// assert!(error.starts_with("there is no setting `max_retrys`; did you mean `max_retries`?"));
/// # Ok::<(), persevere::InvalidPolicy>(())
/// ```
///
/// A bad constant does not compile:
///
/// ```compile_fail
/// # use persevere::PartialPolicy;
/// const SHRINKING: PartialPolicy = PartialPolicy::new().with_exponential_base(0.5);
/// # let _ = SHRINKING;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[must_use]
pub struct PartialPolicy {
    max_retries: Option<u32>,
    base_delay: Option<Duration>,
    max_delay: Option<Duration>,
    exponential_base: Option<f64>,
    jitter: Option<Jitter>,
}

impl PartialPolicy {
    /// No setting: every policy stays as it is.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// assert_eq!(PartialPolicy::new().over(Policy::AGGRESSIVE), Policy::AGGRESSIVE);
    /// ```
    pub const fn new() -> Self {
        Self {
            max_retries: None,
            base_delay: None,
            max_delay: None,
            exponential_base: None,
            jitter: None,
        }
    }

    /// `policy` with these settings in place of its own.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// let once = PartialPolicy::new().with_max_retries(1);
    /// assert_eq!(once.over(Policy::DEFAULT), Policy::DEFAULT.with_max_retries(1));
    /// ```
    pub const fn over(&self, mut policy: Policy) -> Policy {
        if let Some(max_retries) = self.max_retries {
            policy = policy.with_max_retries(max_retries);
        }
        if let Some(base_delay) = self.base_delay {
            policy = policy.with_base_delay(base_delay);
        }
        if let Some(max_delay) = self.max_delay {
            policy = policy.with_max_delay(max_delay);
        }
        if let Some(exponential_base) = self.exponential_base {
            policy = policy.with_exponential_base(exponential_base);
        }
        if let Some(jitter) = self.jitter {
            policy = policy.with_jitter(jitter);
        }
        policy
    }

    /// Sets how many retries may follow the first attempt; 0 switches retrying off.
    ///
    /// ```
    /// # use persevere::{PartialPolicy, Policy};
    /// let off = PartialPolicy::new().with_max_retries(0);
    /// assert_eq!(off.over(Policy::DEFAULT).max_retries(), 0);
    /// ```
    pub const fn with_max_retries(self, max_retries: u32) -> Self {
        Self { max_retries: Some(max_retries), ..self }
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
        Self { base_delay: Some(base_delay), ..self }
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
        Self { exponential_base: Some(checked.exponential_base()), ..self }
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

    /// Whether no setting is given.
    ///
    /// ```
    /// # use persevere::PartialPolicy;
    /// assert!(PartialPolicy::new().is_empty());
    /// assert!(!PartialPolicy::new().with_max_retries(5).is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.max_retries.is_none()
            && self.base_delay.is_none()
            && self.max_delay.is_none()
            && self.exponential_base.is_none()
            && self.jitter.is_none()
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn max_retries(&self) -> Option<u32> {
        self.max_retries
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn base_delay(&self) -> Option<Duration> {
        self.base_delay
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn max_delay(&self) -> Option<Duration> {
        self.max_delay
    }

    /// The whole policy, if all five settings are given.
    fn whole(&self) -> Option<Policy> {
        let policy = self.over(Policy::DEFAULT);
        (Self::from(policy) == *self).then_some(policy)
    }

    /// These settings, and from `base` those that are missing here.
    fn or(self, base: Self) -> Self {
        Self {
            max_retries: self.max_retries.or(base.max_retries),
            base_delay: self.base_delay.or(base.base_delay),
            max_delay: self.max_delay.or(base.max_delay),
            exponential_base: self.exponential_base.or(base.exponential_base),
            jitter: self.jitter.or(base.jitter),
        }
    }
}

impl From<Policy> for PartialPolicy {
    /// All five settings of `policy`.
    fn from(policy: Policy) -> Self {
        Self {
            max_retries: Some(policy.max_retries()),
            base_delay: Some(policy.base_delay()),
            max_delay: Some(policy.max_delay()),
            exponential_base: Some(policy.exponential_base()),
            jitter: Some(policy.jitter()),
        }
    }
}
