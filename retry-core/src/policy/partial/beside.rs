//! [`Beside`]: what an entry of a table of overrides may have beside the settings of a policy.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::InvalidPolicy;
use super::setting::{Value, duration, once, with_unit};
use super::sizes::{self, Sizes};
use super::text::duration_text;
#[cfg(feature = "chaos")]
use crate::chaos::Chaos;

/// The settings' names.
const NAMES: [&str; 3] = ["timeout", "deadline", "until"];

/// What breaks attempts, with the feature of that name.
const CHAOS: &str = "chaos";

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let names = NAMES.into_iter().chain(sizes::NAMES);
    #[cfg(feature = "chaos")]
    let names = names.chain([CHAOS]);
    names
}

/// The word for no limit.
const NONE: &str = "none";

/// What an entry has that is no setting of a policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Beside {
    pub(crate) timeout: Option<TimeLimit>,
    pub(crate) deadline: Option<TimeLimit>,
    pub(crate) until: Option<Until>,
    pub(crate) sizes: Sizes,
    #[cfg(feature = "chaos")]
    pub(crate) chaos: Option<Chaos>,
}

/// A timeout or a deadline from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TimeLimit {
    None,
    After(Duration),
}

/// When an entry ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Until {
    At(SystemTime),
    /// That long from its installation.
    For(Duration),
}

impl Beside {
    pub(crate) const NOTHING: Self = Self {
        timeout: None,
        deadline: None,
        until: None,
        sizes: Sizes::NONE,
        #[cfg(feature = "chaos")]
        chaos: None,
    };

    /// Reads one more setting. One that is no setting of this is `false`.
    pub(super) fn set(&mut self, name: &str, value: &Value<'_>) -> Result<bool, InvalidPolicy> {
        match name {
            "timeout" => once(name, &mut self.timeout, time_limit(name, value)?)?,
            "deadline" => once(name, &mut self.deadline, time_limit(name, value)?)?,
            "until" => once(name, &mut self.until, until(value)?)?,
            #[cfg(feature = "chaos")]
            CHAOS => once(name, &mut self.chaos, chaos(value)?)?,
            #[cfg(not(feature = "chaos"))]
            CHAOS => {
                return Err(InvalidPolicy::new(
                    "`chaos` needs the feature `chaos` of `persevere`: enable it, or remove the setting",
                ));
            }
            _ => return self.sizes.set(name, value),
        }
        Ok(true)
    }

    /// The settings as they are written.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let timeout = self.timeout.map(|timeout| ("timeout", timeout.to_string()));
        let deadline = self.deadline.map(|deadline| ("deadline", deadline.to_string()));
        let until = self.until.map(|until| ("until", until.to_string()));
        let texts =
            [timeout, deadline].into_iter().flatten().chain(self.sizes.texts()).chain(until);
        #[cfg(feature = "chaos")]
        let texts = texts.chain(self.chaos.as_ref().map(|chaos| (CHAOS, chaos.to_string())));
        texts
    }

    /// These, and from `below` those that are missing here. The result has no end.
    pub(crate) fn or(self, below: &Self) -> Self {
        Self {
            timeout: self.timeout.or(below.timeout),
            deadline: self.deadline.or(below.deadline),
            until: None,
            sizes: self.sizes.or(below.sizes),
            #[cfg(feature = "chaos")]
            chaos: self.chaos.or_else(|| below.chaos.clone()),
        }
    }

    /// These but for those that `above` has, too.
    pub(crate) fn without(&self, above: &Self) -> Self {
        Self {
            timeout: self.timeout.filter(|_| above.timeout.is_none()),
            deadline: self.deadline.filter(|_| above.deadline.is_none()),
            until: self.until,
            sizes: self.sizes.without(&above.sizes),
            #[cfg(feature = "chaos")]
            chaos: self.chaos.clone().filter(|_| above.chaos.is_none()),
        }
    }
}

impl TimeLimit {
    pub(crate) fn limit(self) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::After(limit) => Some(limit),
        }
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str(NONE),
            Self::After(limit) => f.write_str(&duration_text(*limit)),
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(time) => write!(f, "{}", humantime::format_rfc3339(*time)),
            Self::For(span) => write!(f, "+{}", duration_text(*span)),
        }
    }
}

fn time_limit(name: &str, value: &Value<'_>) -> Result<TimeLimit, InvalidPolicy> {
    if matches!(value, Value::Text(NONE)) {
        return Ok(TimeLimit::None);
    }
    with_unit(name, value)?;
    match duration(name, value)? {
        Duration::ZERO => Err(InvalidPolicy::new(format!(
            "a `{name}` of zero cuts every attempt: write a time above 0, or `none`"
        ))),
        limit => Ok(TimeLimit::After(limit)),
    }
}

#[cfg(feature = "chaos")]
fn chaos(value: &Value<'_>) -> Result<Chaos, InvalidPolicy> {
    match value {
        Value::Text(text) => text.parse(),
        #[cfg(feature = "serde")]
        Value::Whole(_) | Value::Fraction(_) | Value::List(_) => Err(InvalidPolicy::new(format!(
            "`chaos` is a text such as \"20%return(timeout)\", and not `{value}`"
        ))),
    }
}

fn until(value: &Value<'_>) -> Result<Until, InvalidPolicy> {
    let read = match value {
        Value::Text(text) => match text.strip_prefix('+') {
            Some(span) => humantime::parse_duration(span.trim()).ok().map(Until::For),
            None => time(text).map(Until::At),
        },
        #[cfg(feature = "serde")]
        Value::Whole(_) | Value::Fraction(_) | Value::List(_) => None,
    };
    read.ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`until` is a time in UTC such as `2026-12-31T18:00:00Z`, or a span from installation such \
             as `+30m`, and not `{value}`"
        ))
    })
}

/// A time that can be written again: its year has four digits.
fn time(text: &str) -> Option<SystemTime> {
    humantime::parse_rfc3339(text).ok()
}
