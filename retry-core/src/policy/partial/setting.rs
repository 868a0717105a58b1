//! One setting, by its name and value.

use std::time::Duration;

#[cfg(feature = "overrides")]
use super::beside::{self, Beside};
use super::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy, list};
use crate::policy::Policy;
use crate::policy::presets::PRESETS;
use crate::policy::retry_limit::RetryLimit;
use crate::primitives::one_line::AtMost;
use crate::primitives::suggest;

/// The value of a setting, as written in a text or a file.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(&'a str),
    #[cfg(feature = "serde")]
    Whole(i128),
    #[cfg(feature = "serde")]
    Fraction(f64),
    /// `["1s", "5s"]`
    #[cfg(feature = "serde")]
    List(&'a [Value<'a>]),
}

/// The names of a policy's settings.
const NAMES: [&str; 7] = [
    "policy",
    "max_retries",
    "base_delay",
    "max_delay",
    "exponential_base",
    "jitter",
    "reset_after",
];

/// Settings as they are read, one after the other.
#[derive(Default)]
pub(super) struct Reading {
    base: Option<Policy>,
    settings: PartialPolicy,
    /// Of an entry of a table, which may have more than a policy.
    #[cfg(feature = "overrides")]
    beside: Option<Beside>,
}

/// The word for a number of retries without limit.
const UNLIMITED: &str = "unlimited";
/// The word for no retries, with every other setting as it was.
const OFF: &str = "off";
/// The word for no reset.
const NEVER: &str = "never";

impl Reading {
    /// Of an entry of a table of overrides.
    #[cfg(feature = "overrides")]
    pub(super) fn of_entry() -> Self {
        Self { beside: Some(Beside::default()), ..Self::default() }
    }

    /// The names of the settings that it knows.
    #[cfg_attr(
        not(feature = "overrides"),
        allow(clippy::unused_self, reason = "there are no entries")
    )]
    pub(super) fn names(&self) -> Vec<&'static str> {
        let names = NAMES.into_iter();
        #[cfg(feature = "overrides")]
        let names = names.chain(self.beside.iter().flat_map(|_| beside::names()));
        names.collect()
    }

    /// What errors say of the names.
    pub(super) fn known(&self) -> String {
        format!("there are {}", listed(&self.names()))
    }

    /// Reads one more setting.
    pub(super) fn set(&mut self, name: &str, value: &Value<'_>) -> Result<(), InvalidPolicy> {
        #[cfg(feature = "overrides")]
        if let Some(beside) = &mut self.beside {
            if beside.set(name, value)? {
                return Ok(());
            }
        } else if beside::names().any(|known| known == name) {
            return Err(InvalidPolicy::new(format!(
                "`{name}` is no setting of a policy: write it in a table of overrides"
            )));
        }
        let settings = &mut self.settings;
        match name {
            "policy" if matches!(value, Value::Text(OFF)) => {
                once("max_retries", &mut settings.retries, RetryLimit::AtMost(0))
            }
            "policy" => once(name, &mut self.base, policy(value)?),
            "max_retries" => once(name, &mut settings.retries, count(value)?),
            "base_delay" => {
                with_unit(name, value)?;
                settings.waits = Some(&[]);
                once(name, &mut settings.base_delay, duration(name, value)?)
            }
            "max_delay" => once(name, &mut settings.max_delay, duration(name, value)?),
            "exponential_base" => {
                settings.waits = Some(&[]);
                once(name, &mut settings.exponential_base, base(value)?)
            }
            "reset_after" => once(name, &mut settings.reset_after, reset(value)?),
            "jitter" => match value {
                Value::Text(text) => once(name, &mut settings.jitter, text.parse()?),
                #[cfg(feature = "serde")]
                _ => Err(InvalidPolicy::new(
                    "a number is not a jitter: write a text, such as \"25%\" or \"full\"",
                )),
            },
            _ => {
                let guess = suggest::did_you_mean(name, self.names());
                let name = AtMost(LONGEST_QUOTED, name);
                let message = format!("there is no setting `{name}`{guess} ({})", self.known());
                Err(InvalidPolicy::new(message))
            }
        }
    }

    pub(super) fn finish(self) -> Result<PartialPolicy, InvalidPolicy> {
        let Some(base) = self.base else { return Ok(self.settings) };
        if self.settings.waits.is_some() && !base.listed_waits().is_empty() {
            return Err(InvalidPolicy::new(
                "a list of waits has no `base_delay` and no `exponential_base`: remove them, or the list",
            ));
        }
        Ok(self.settings.or(base.into()))
    }

    /// As [`finish`](Self::finish), with what it has read beside the policy.
    #[cfg(feature = "overrides")]
    pub(super) fn finish_entry(mut self) -> Result<(PartialPolicy, Beside), InvalidPolicy> {
        let beside = self.beside.take().unwrap_or_default();
        Ok((self.finish()?, beside))
    }
}

/// "`a`, `b` and `c`"
fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, others @ [_, ..])) => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    }
}

pub(super) fn once<T>(name: &str, setting: &mut Option<T>, value: T) -> Result<(), InvalidPolicy> {
    match setting.replace(value) {
        None => Ok(()),
        Some(_) => Err(InvalidPolicy::new(format!("`{name}` is set twice: write it once"))),
    }
}

/// A preset's name, or a list of waits.
fn policy(value: &Value<'_>) -> Result<Policy, InvalidPolicy> {
    let waits = |list: &[Value<'_>]| {
        let waits: Result<Vec<Duration>, _> = list.iter().map(wait).collect();
        Ok(Policy::waits(list::kept(&waits?)?))
    };
    match value {
        #[cfg(feature = "serde")]
        Value::List(list) => return waits(list),
        Value::Text(text) => {
            if let Some(list) = text.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
                let list: Vec<Value<'_>> = match list.trim() {
                    "" => Vec::new(),
                    list => list.split(',').map(|wait| Value::Text(wait.trim())).collect(),
                };
                return waits(&list);
            }
        }
        #[cfg(feature = "serde")]
        Value::Whole(_) | Value::Fraction(_) => {}
    }
    let name = value.to_string(); // a preset's is short
    Policy::named(&name).ok_or_else(|| {
        let names = PRESETS.map(|(name, _)| name);
        let guess = suggest::did_you_mean(&name, names);
        let presets = listed(&names);
        InvalidPolicy::new(format!(
            "there is no policy `{name}`{guess} (there are {presets}; or write a list of waits, \
             `[1s, 5s, 30s]`)"
        ))
    })
}

fn count(value: &Value<'_>) -> Result<RetryLimit, InvalidPolicy> {
    let count = match value {
        Value::Text(UNLIMITED) => return Ok(RetryLimit::Unlimited),
        Value::Text(text) => text.parse().ok(),
        #[cfg(feature = "serde")]
        Value::Whole(number) => u32::try_from(*number).ok(),
        #[cfg(feature = "serde")]
        Value::Fraction(_) | Value::List(_) => None,
    };
    count.map(RetryLimit::AtMost).ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`max_retries` is a whole number from 0 to 4294967295, and not `{value}`: the retries \
             that may follow the first attempt; or `unlimited`"
        ))
    })
}

fn reset(value: &Value<'_>) -> Result<Option<Duration>, InvalidPolicy> {
    if matches!(value, Value::Text(NEVER)) {
        return Ok(None);
    }
    with_unit("reset_after", value)?;
    match duration("reset_after", value)? {
        Duration::ZERO => Err(InvalidPolicy::new(
            "a `reset_after` of zero would count every failure as the first: write a time above 0, \
             or `never`",
        )),
        ran => Ok(Some(ran)),
    }
}

/// One of a list.
fn wait(value: &Value<'_>) -> Result<Duration, InvalidPolicy> {
    with_unit("policy", value)?;
    seconds(value).ok_or_else(|| {
        InvalidPolicy::new(format!(
            "a wait in the list of `policy` is a duration such as `250ms`, `2s`, `1m30s`, or a number \
             of seconds, and not `{value}`"
        ))
    })
}

pub(super) fn duration(name: &str, value: &Value<'_>) -> Result<Duration, InvalidPolicy> {
    seconds(value).ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`{name}` is a duration such as `250ms`, `2s`, `1m30s`, or a number of seconds, and \
             not `{value}`"
        ))
    })
}

/// The duration that `value` spells.
fn seconds(value: &Value<'_>) -> Option<Duration> {
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    match value {
        Value::Text(text) => match text.parse::<u64>() {
            Ok(whole) => Some(Duration::from_secs(whole)),
            Err(_) => {
                humantime::parse_duration(text).ok().or_else(|| text.parse().ok().and_then(seconds))
            }
        },
        #[cfg(feature = "serde")]
        Value::Whole(whole) => u64::try_from(*whole).ok().map(Duration::from_secs),
        #[cfg(feature = "serde")]
        Value::Fraction(fraction) => seconds(*fraction),
        #[cfg(feature = "serde")]
        Value::List(_) => None,
    }
}

/// Refuses a bare number of 60 or more, which may be meant in milliseconds.
pub(super) fn with_unit(name: &str, value: &Value<'_>) -> Result<(), InvalidPolicy> {
    let seconds = match value {
        Value::Text(text) => text.parse().ok(),
        #[cfg(feature = "serde")]
        #[allow(clippy::cast_precision_loss, reason = "it is compared with 60")]
        Value::Whole(whole) => Some(*whole as f64),
        #[cfg(feature = "serde")]
        Value::Fraction(fraction) => Some(*fraction),
        #[cfg(feature = "serde")]
        Value::List(_) => None,
    };
    let is_bare = |seconds: f64| seconds >= 60.0 && Duration::try_from_secs_f64(seconds).is_ok();
    match seconds.filter(|seconds| is_bare(*seconds)) {
        None => Ok(()),
        Some(number) => Err(InvalidPolicy::new(format!(
            "`{name}` of {value} may be milliseconds or seconds: write `{number}ms` or `{number}s`"
        ))),
    }
}

fn base(value: &Value<'_>) -> Result<f64, InvalidPolicy> {
    let base = match value {
        Value::Text(text) => text.parse().ok(),
        #[cfg(feature = "serde")]
        #[allow(clippy::cast_precision_loss, reason = "a factor needs no 64 bits")]
        Value::Whole(whole) => Some(*whole as f64),
        #[cfg(feature = "serde")]
        Value::Fraction(fraction) => Some(*fraction),
        #[cfg(feature = "serde")]
        Value::List(_) => None,
    };
    base.filter(|base| Policy::accepts_exponential_base(*base)).ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`exponential_base` is a finite number of at least 1.0, and not `{value}`: the factor \
             from one wait to the next"
        ))
    })
}

impl std::fmt::Display for Value<'_> {
    /// The value as errors quote it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => AtMost(LONGEST_QUOTED, text).fmt(f),
            #[cfg(feature = "serde")]
            Self::Whole(number) => number.fmt(f),
            #[cfg(feature = "serde")]
            Self::Fraction(number) => write!(f, "{number:?}"),
            #[cfg(feature = "serde")]
            Self::List(_) => f.write_str("[…]"),
        }
    }
}
