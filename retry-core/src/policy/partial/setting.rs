//! One setting, by its name and value.

use std::time::Duration;

use super::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::policy::Policy;
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
}

/// The settings' names.
pub(super) const NAMES: [&str; 6] =
    ["policy", "max_retries", "base_delay", "max_delay", "exponential_base", "jitter"];

pub(super) const PRESETS: [&str; 3] = ["default", "aggressive", "conservative"];

/// Settings as they are read, one after the other.
#[derive(Default)]
pub(super) struct Reading {
    base: Option<Policy>,
    settings: PartialPolicy,
}

impl Reading {
    /// Reads one more setting.
    pub(super) fn set(&mut self, name: &str, value: &Value<'_>) -> Result<(), InvalidPolicy> {
        let settings = &mut self.settings;
        match name {
            "policy" => once(name, &mut self.base, preset(value)?),
            "max_retries" => once(name, &mut settings.max_retries, count(value)?),
            "base_delay" => {
                with_unit(name, value)?;
                once(name, &mut settings.base_delay, duration(name, value)?)
            }
            "max_delay" => once(name, &mut settings.max_delay, duration(name, value)?),
            "exponential_base" => once(name, &mut settings.exponential_base, base(value)?),
            "jitter" => match value {
                Value::Text(text) => once(name, &mut settings.jitter, text.parse()?),
                #[cfg(feature = "serde")]
                _ => Err(InvalidPolicy::new(
                    "a number is not a jitter: write a text, such as \"25%\" or \"full\"",
                )),
            },
            _ => {
                let guess = suggest::did_you_mean(name, NAMES);
                let name = AtMost(LONGEST_QUOTED, name);
                let message = format!("there is no setting `{name}`{guess} ({})", known());
                Err(InvalidPolicy::new(message))
            }
        }
    }

    pub(super) fn finish(self) -> PartialPolicy {
        match self.base {
            Some(base) => self.settings.or(base.into()),
            None => self.settings,
        }
    }
}

pub(super) fn known() -> String {
    let [names @ .., last] = NAMES;
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("there are {} and `{last}`", names.join(", "))
}

fn once<T>(name: &str, setting: &mut Option<T>, value: T) -> Result<(), InvalidPolicy> {
    match setting.replace(value) {
        None => Ok(()),
        Some(_) => Err(InvalidPolicy::new(format!("`{name}` is set twice: write it once"))),
    }
}

fn preset(value: &Value<'_>) -> Result<Policy, InvalidPolicy> {
    let name = value.to_string(); // a preset's is short
    Policy::named(&name).ok_or_else(|| {
        let guess = suggest::did_you_mean(&name, PRESETS);
        InvalidPolicy::new(format!(
            "there is no policy `{name}`{guess} (there are `default`, `aggressive` and \
             `conservative`)"
        ))
    })
}

fn count(value: &Value<'_>) -> Result<u32, InvalidPolicy> {
    let count = match value {
        Value::Text(text) => text.parse().ok(),
        #[cfg(feature = "serde")]
        Value::Whole(number) => u32::try_from(*number).ok(),
        #[cfg(feature = "serde")]
        Value::Fraction(_) => None,
    };
    count.ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`max_retries` is a whole number from 0 to 4294967295, and not `{value}`: the retries \
             that may follow the first attempt"
        ))
    })
}

fn duration(name: &str, value: &Value<'_>) -> Result<Duration, InvalidPolicy> {
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
    let duration = match value {
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
    };
    duration.ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`{name}` is a duration such as `250ms`, `2s`, `1m30s`, or a number of seconds, and \
             not `{value}`"
        ))
    })
}

/// Refuses a bare number of 60 or more, which may be meant in milliseconds.
fn with_unit(name: &str, value: &Value<'_>) -> Result<(), InvalidPolicy> {
    let seconds = match value {
        Value::Text(text) => text.parse().ok(),
        #[cfg(feature = "serde")]
        #[allow(clippy::cast_precision_loss, reason = "it is compared with 60")]
        Value::Whole(whole) => Some(*whole as f64),
        #[cfg(feature = "serde")]
        Value::Fraction(fraction) => Some(*fraction),
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
        }
    }
}
