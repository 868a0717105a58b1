//! [`Beside`]: what an entry of a table of overrides may have beside the settings of a policy.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::InvalidPolicy;
use super::setting::{Value, duration, once, with_unit};
use super::sizes::{self, Sizes};
use super::text::duration_text;

/// The settings' names.
const NAMES: [&str; 3] = ["timeout", "deadline", "until"];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(sizes::NAMES)
}

/// The word for no limit.
const NONE: &str = "none";

/// What an entry has that is no setting of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Beside {
    pub(crate) timeout: Option<TimeLimit>,
    pub(crate) deadline: Option<TimeLimit>,
    pub(crate) until: Option<Until>,
    pub(crate) sizes: Sizes,
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
    pub(crate) const NOTHING: Self =
        Self { timeout: None, deadline: None, until: None, sizes: Sizes::NONE };

    /// Reads one more setting. One that is no setting of this is `false`.
    pub(super) fn set(&mut self, name: &str, value: &Value<'_>) -> Result<bool, InvalidPolicy> {
        match name {
            "timeout" => once(name, &mut self.timeout, time_limit(name, value)?)?,
            "deadline" => once(name, &mut self.deadline, time_limit(name, value)?)?,
            "until" => once(name, &mut self.until, until(value)?)?,
            _ => return self.sizes.set(name, value),
        }
        Ok(true)
    }

    /// The settings as they are written.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let timeout = self.timeout.map(|timeout| ("timeout", timeout.to_string()));
        let deadline = self.deadline.map(|deadline| ("deadline", deadline.to_string()));
        let until = self.until.map(|until| ("until", until.to_string()));
        [timeout, deadline].into_iter().flatten().chain(self.sizes.texts()).chain(until)
    }

    /// These, and from `below` those that are missing here. The result has no end.
    pub(crate) fn or(&self, below: &Self) -> Self {
        Self {
            timeout: self.timeout.or(below.timeout),
            deadline: self.deadline.or(below.deadline),
            until: None,
            sizes: self.sizes.or(below.sizes),
        }
    }

    /// These but for those that `above` has, too.
    pub(crate) fn without(&self, above: &Self) -> Self {
        Self {
            timeout: self.timeout.filter(|_| above.timeout.is_none()),
            deadline: self.deadline.filter(|_| above.deadline.is_none()),
            until: self.until,
            sizes: self.sizes.without(&above.sizes),
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
