//! [`PartialPolicy`]: some settings of a policy, from a text or an override.

#[cfg(feature = "overrides")]
mod beside;
#[cfg(feature = "serde")]
mod by_serde;
#[cfg(feature = "chaos")]
mod chaos_text;
mod error;
mod jitter_text;
mod list;
mod setting;
mod settings;
#[cfg(feature = "overrides")]
mod sizes;
mod text;

use std::time::Duration;

#[cfg(feature = "overrides")]
pub(crate) use self::beside::{Beside, TimeLimit, Until};
#[cfg(all(feature = "serde", feature = "overrides"))]
pub(crate) use self::by_serde::EntrySeed;
pub use self::error::InvalidPolicy;
pub(crate) use self::error::LONGEST_QUOTED;
#[cfg(feature = "overrides")]
pub use self::sizes::Forced;
#[cfg(feature = "overrides")]
pub(crate) use self::sizes::{PerTime, Sizes, Time};
#[cfg(feature = "overrides")]
pub(crate) use self::text::entry;
use crate::policy::Policy;
use crate::policy::jitter::Jitter;
use crate::policy::retry_limit::RetryLimit;

/// Some settings of a [`Policy`], which replace those of another policy: see [`over`](Self::over).
///
/// Policies are read from it, too. In a text, settings are separated by `;`, and a `:` stands between a
/// setting and its value. A preset's name, or a list of waits, stands for all settings; other settings take
/// precedence over it, in any order.
///
/// ```text
/// aggressive
/// max_retries:2;base_delay:250ms
/// off
/// policy:aggressive;jitter:full
/// [1s, 5s, 30s];max_retries:10
/// ```
///
/// | setting | value |
/// |---|---|
/// | `policy` | a preset's name, such as `interactive` ([all](Policy)); or a [list of waits](Policy::waits), `[1s, 5s, 30s]`; `policy:` may be left out |
/// | `max_retries` | a whole number: the retries after the first attempt; or `unlimited` |
/// | `base_delay`, `max_delay` | `250ms`, `2s`, `1m30s`, `5min`, or a number of seconds |
/// | `exponential_base` | a finite number of at least 1.0 |
/// | `jitter` | `none`, `25%`, `full`, `equal` or `decorrelated` |
/// | `reset_after` | a duration; or `never` |
///
/// `off` is `max_retries:0`: no retries, and all else as it was.
///
/// A list that is read in this way is kept until the process ends, once for all policies that have it: 64
/// waits at most, and 1024 lists.
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
    retries: Option<RetryLimit>,
    base_delay: Option<Duration>,
    max_delay: Option<Duration>,
    exponential_base: Option<f64>,
    jitter: Option<Jitter>,
    /// `Some(None)` is never.
    #[allow(clippy::option_option, reason = "not given, given as never, or given")]
    reset_after: Option<Option<Duration>>,
    /// A list of waits. Whoever sets `base_delay` or `exponential_base` sets an empty one, so that a list
    /// below does not stay.
    waits: Option<&'static [Duration]>,
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
            retries: None,
            base_delay: None,
            max_delay: None,
            exponential_base: None,
            jitter: None,
            reset_after: None,
            waits: None,
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
        if let Some(base_delay) = self.base_delay {
            policy = policy.with_base_delay(base_delay);
        }
        if let Some(exponential_base) = self.exponential_base {
            policy = policy.with_exponential_base(exponential_base);
        }
        if let Some(list @ [_, ..]) = self.waits {
            policy = policy.with_waits(list);
        }
        match self.retries {
            Some(RetryLimit::AtMost(max_retries)) => policy = policy.with_max_retries(max_retries),
            Some(RetryLimit::Unlimited) => policy = policy.with_unlimited_retries(),
            None => {}
        }
        if let Some(max_delay) = self.max_delay {
            policy = policy.with_max_delay(max_delay);
        }
        if let Some(jitter) = self.jitter {
            policy = policy.with_jitter(jitter);
        }
        match self.reset_after {
            Some(Some(reset_after)) => policy = policy.with_reset_after(reset_after),
            Some(None) => policy = policy.without_reset(),
            None => {}
        }
        policy
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
        self.retries.is_none()
            && self.base_delay.is_none()
            && self.max_delay.is_none()
            && self.exponential_base.is_none()
            && self.jitter.is_none()
            && self.reset_after.is_none()
            && self.waits.is_none()
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn retries(&self) -> Option<RetryLimit> {
        self.retries
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn base_delay(&self) -> Option<Duration> {
        self.base_delay
    }

    #[cfg(feature = "overrides")]
    pub(crate) const fn max_delay(&self) -> Option<Duration> {
        self.max_delay
    }

    /// The list of waits that takes the place of a schedule, if there is one.
    fn list(&self) -> Option<&'static [Duration]> {
        self.waits.filter(|list| !list.is_empty())
    }

    /// The whole policy, if all settings are given.
    fn whole(&self) -> Option<Policy> {
        let policy = self.over(Policy::DEFAULT);
        (Self::from(policy) == *self).then_some(policy)
    }

    /// These settings but for those that `other` has, too.
    #[cfg(feature = "overrides")]
    pub(crate) fn without(self, other: &Self) -> Self {
        fn unless<T>(setting: Option<T>, is_set: bool) -> Option<T> {
            setting.filter(|_| !is_set)
        }
        Self {
            retries: unless(self.retries, other.retries.is_some()),
            base_delay: unless(self.base_delay, other.base_delay.is_some()),
            max_delay: unless(self.max_delay, other.max_delay.is_some()),
            exponential_base: unless(self.exponential_base, other.exponential_base.is_some()),
            jitter: unless(self.jitter, other.jitter.is_some()),
            reset_after: unless(self.reset_after, other.reset_after.is_some()),
            waits: unless(self.waits, other.waits.is_some()),
        }
    }

    /// These settings, and from `base` those that are missing here.
    pub(crate) fn or(self, base: Self) -> Self {
        Self {
            retries: self.retries.or(base.retries),
            base_delay: self.base_delay.or(base.base_delay),
            max_delay: self.max_delay.or(base.max_delay),
            exponential_base: self.exponential_base.or(base.exponential_base),
            jitter: self.jitter.or(base.jitter),
            reset_after: self.reset_after.or(base.reset_after),
            waits: self.waits.or(base.waits),
        }
    }
}

impl From<Policy> for PartialPolicy {
    /// All settings of `policy`.
    fn from(policy: Policy) -> Self {
        Self {
            retries: Some(policy.retry_limit()),
            base_delay: Some(policy.base_delay()),
            max_delay: Some(policy.max_delay()),
            exponential_base: Some(policy.exponential_base()),
            jitter: Some(policy.jitter()),
            reset_after: Some(policy.reset_after()),
            waits: Some(policy.listed_waits()),
        }
    }
}
