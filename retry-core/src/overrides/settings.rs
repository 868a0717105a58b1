//! [`Settings`]: what one entry of a table changes.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

#[cfg(feature = "chaos")]
use crate::chaos::Chaos;
use crate::policy::Policy;
use crate::policy::partial::{Beside, InvalidPolicy, PartialPolicy, TimeLimit, Until, entry};

/// What an entry of a table changes for the functions, or the upstreams, that it matches: settings of their
/// policy, their time limits; and until when.
///
/// As text, it has the settings of a [`PartialPolicy`], and beside them:
///
/// | setting | value |
/// |---|---|
/// | `timeout` | the longest time of an attempt: `250ms`, `2s`, or a number of seconds; or `none` |
/// | `deadline` | the longest time of a call, its waits included: as `timeout` |
/// | `max_concurrent`, `max_queue` | of an upstream's bulkhead: how many calls may run, from 1 to 65,536, and wait, from 0 |
/// | `per_second` or `per_minute`, `burst` | of an upstream's rate: how many attempts may begin in that time, and at once, from 1 to 1,000,000 |
/// | `breaker` | of an upstream's circuit breaker: `off`, `force_open` or `force_closed` |
/// | `until` | when the entry ends: a time in UTC, `2026-12-31T18:00:00Z`; or a span from its installation, `+30m` |
/// | `chaos` | faults put in on purpose, `20%return(503)`, with the feature of that name |
///
/// ```
/// use std::time::Duration;
/// use persevere::overrides::Settings;
/// use persevere::PartialPolicy;
///
/// let settings: Settings = "max_retries:1;timeout:2s;deadline:10s;until:+30m".parse()?;
/// let in_code = Settings::from(PartialPolicy::new().with_max_retries(1))
///     .with_timeout(Duration::from_secs(2))
///     .with_deadline(Duration::from_secs(10))
///     .ending_after(Duration::from_secs(30 * 60));
/// assert_eq!(settings, in_code);
/// # Ok::<(), persevere::InvalidPolicy>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Settings {
    policy: PartialPolicy,
    pub(super) beside: Beside,
}

impl Settings {
    /// Changes nothing.
    ///
    /// ```
    /// # use persevere::overrides::Settings;
    /// assert!(Settings::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self { policy: PartialPolicy::new(), beside: Beside::NOTHING }
    }

    /// Sets the longest time of an attempt.
    ///
    /// # Panics
    ///
    /// If `timeout` is zero. In a constant, that is a compile error.
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        assert!(!timeout.is_zero(), "a timeout of zero cuts every attempt: give a time above 0");
        self.beside.timeout = Some(TimeLimit::After(timeout));
        self
    }

    /// Attempts may take as long as they want.
    pub const fn without_timeout(mut self) -> Self {
        self.beside.timeout = Some(TimeLimit::None);
        self
    }

    /// Sets the longest time of a call, its waits included.
    ///
    /// # Panics
    ///
    /// If `deadline` is zero. In a constant, that is a compile error.
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        assert!(!deadline.is_zero(), "a deadline of zero cuts every attempt: give a time above 0");
        self.beside.deadline = Some(TimeLimit::After(deadline));
        self
    }

    /// Calls may take as long as they want. The deadline of a call around them still holds.
    pub const fn without_deadline(mut self) -> Self {
        self.beside.deadline = Some(TimeLimit::None);
        self
    }

    /// The entry ends then.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use persevere::overrides::Settings;
    ///
    /// let settings = Settings::new().ending_at(SystemTime::UNIX_EPOCH + Duration::from_secs(86_400));
    /// assert_eq!(settings.to_string(), "until:1970-01-02T00:00:00Z");
    /// ```
    pub const fn ending_at(mut self, time: SystemTime) -> Self {
        self.beside.until = Some(Until::At(time));
        self
    }

    /// The entry ends that long after its table was installed, or after its scope began.
    pub const fn ending_after(mut self, span: Duration) -> Self {
        self.beside.until = Some(Until::For(span));
        self
    }

    /// The changes to the policy.
    pub const fn policy(&self) -> PartialPolicy {
        self.policy
    }

    /// `policy` with these changes.
    pub const fn over(&self, policy: Policy) -> Policy {
        self.policy.over(policy)
    }

    /// The timeout: `Some(None)` if there shall be none, `None` if it stays as it is.
    #[must_use]
    #[allow(clippy::option_option, reason = "not given, given as none, or given")]
    pub fn timeout(&self) -> Option<Option<Duration>> {
        self.beside.timeout.map(TimeLimit::limit)
    }

    /// The deadline: `Some(None)` if there shall be none, `None` if it stays as it is.
    #[must_use]
    #[allow(clippy::option_option, reason = "not given, given as none, or given")]
    pub fn deadline(&self) -> Option<Option<Duration>> {
        self.beside.deadline.map(TimeLimit::limit)
    }

    /// Breaks attempts, by [`chaos`](crate::chaos).
    ///
    /// ```
    /// use persevere::overrides::Settings;
    ///
    /// let settings = Settings::new().with_chaos("20%return(503)".parse()?);
    /// assert_eq!(settings.to_string(), "chaos:20%return(503)");
    /// # Ok::<(), persevere::InvalidPolicy>(())
    /// ```
    #[cfg(feature = "chaos")]
    pub fn with_chaos(mut self, chaos: Chaos) -> Self {
        self.beside.chaos = Some(chaos);
        self
    }

    /// What breaks attempts, if anything does.
    #[cfg(feature = "chaos")]
    #[must_use]
    pub const fn chaos(&self) -> Option<&Chaos> {
        self.beside.chaos.as_ref()
    }

    /// As [`chaos`](Self::chaos), each action's count as if new.
    #[cfg(feature = "chaos")]
    pub(super) fn begin_chaos(&mut self) {
        if let Some(chaos) = &mut self.beside.chaos {
            *chaos = chaos.anew();
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        Self { beside: Beside { until: None, ..self.beside.clone() }, ..*self } == Self::new()
    }

    #[cfg(feature = "serde")]
    pub(super) const fn of(policy: PartialPolicy, beside: Beside) -> Self {
        Self { policy, beside }
    }

    pub(super) const fn until(&self) -> Option<Until> {
        self.beside.until
    }

    /// The settings as they are written, without `until`.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let beside = Beside { until: None, ..self.beside.clone() };
        self.policy.texts().chain(beside.texts())
    }

    /// What it has beside the policy, as it is written.
    #[cfg(feature = "serde")]
    pub(super) fn beside_texts(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        self.beside.texts()
    }

    /// These settings, and from `below` those that are missing here. The result has no end.
    pub(super) fn or(self, below: &Self) -> Self {
        Self { policy: self.policy.or(below.policy), beside: self.beside.or(&below.beside) }
    }

    /// These settings but for those that `above` has, too.
    pub(super) fn without(&self, above: &Self) -> Self {
        Self {
            policy: self.policy.without(&above.policy),
            beside: self.beside.without(&above.beside),
        }
    }
}

impl From<PartialPolicy> for Settings {
    /// The changes to a policy.
    fn from(policy: PartialPolicy) -> Self {
        Self { policy, ..Self::new() }
    }
}

impl From<Policy> for Settings {
    /// A whole policy.
    fn from(policy: Policy) -> Self {
        PartialPolicy::from(policy).into()
    }
}

#[cfg(feature = "chaos")]
impl From<Chaos> for Settings {
    /// What breaks attempts.
    fn from(chaos: Chaos) -> Self {
        Self::new().with_chaos(chaos)
    }
}

impl FromStr for Settings {
    type Err = InvalidPolicy;

    fn from_str(text: &str) -> Result<Self, InvalidPolicy> {
        let (policy, beside) = entry(text)?;
        Ok(Self { policy, beside })
    }
}

impl fmt::Display for Settings {
    /// The text from which `FromStr` reads the same settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if !self.policy.is_empty() {
            write!(f, "{}", self.policy)?;
            separator = ";";
        }
        for (name, value) in self.beside.texts() {
            write!(f, "{separator}{name}:{value}")?;
            separator = ";";
        }
        Ok(())
    }
}
