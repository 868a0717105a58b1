//! [`Sizes`]: what an entry of a table may change of an upstream's layers.

use std::time::Duration;

use super::InvalidPolicy;
use super::setting::{Value, once};

/// The settings' names.
pub(super) const NAMES: [&str; 6] =
    ["max_concurrent", "max_queue", "per_second", "per_minute", "burst", "breaker"];

/// More than any service takes at a time.
const MOST_PERMITS: u32 = 65_536;

/// More than any process sends in a second.
const MOST_TURNS: u32 = 1_000_000;

/// What an entry changes of the layers of the upstreams that it matches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sizes {
    pub(crate) max_concurrent: Option<u32>,
    pub(crate) max_queue: Option<u32>,
    pub(crate) rate: Option<PerTime>,
    pub(crate) burst: Option<u32>,
    pub(crate) breaker: Option<Forced>,
}

/// How many attempts of a time may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PerTime {
    pub(crate) turns: u32,
    pub(crate) time: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Second,
    Minute,
}

/// What an operator forces a circuit breaker into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forced {
    /// Every call goes through, and none is counted: [`CircuitBreaker::disable`](crate::CircuitBreaker::disable).
    Off,
    /// Every call is refused: [`CircuitBreaker::force_open`](crate::CircuitBreaker::force_open).
    Open,
    /// Every call goes through, and is counted:
    /// [`CircuitBreaker::force_closed`](crate::CircuitBreaker::force_closed).
    Closed,
}

impl Forced {
    const ALL: [(&'static str, Self); 3] =
        [("off", Self::Off), ("force_open", Self::Open), ("force_closed", Self::Closed)];

    const fn text(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Open => "force_open",
            Self::Closed => "force_closed",
        }
    }
}

impl PerTime {
    /// The time between two turns, rounded up, so that no time has one more.
    pub(crate) fn interval(self) -> Duration {
        let nanoseconds: u64 = match self.time {
            Time::Second => 1_000_000_000,
            Time::Minute => 60_000_000_000,
        };
        Duration::from_nanos(nanoseconds.div_ceil(u64::from(self.turns).max(1)))
    }
}

impl Sizes {
    pub(crate) const NONE: Self =
        Self { max_concurrent: None, max_queue: None, rate: None, burst: None, breaker: None };

    /// The first that is beyond its bound, which code can write.
    pub(crate) fn beyond(&self) -> Option<(&'static str, u32, u32)> {
        let numbers = [
            ("max_concurrent", self.max_concurrent, MOST_PERMITS),
            ("max_queue", self.max_queue, MOST_TURNS),
            ("per_second", self.rate.map(|rate| rate.turns), MOST_TURNS),
            ("burst", self.burst, MOST_TURNS),
        ];
        let numbers = numbers.into_iter().filter_map(|(name, it, most)| Some((name, it?, most)));
        numbers.into_iter().find(|(_, number, most)| number > most)
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Reads one more setting. One that is no setting of this is `false`.
    pub(super) fn set(&mut self, name: &str, value: &Value<'_>) -> Result<bool, InvalidPolicy> {
        match name {
            "max_concurrent" => {
                let permits = number(name, value, 1, MOST_PERMITS)?;
                once(name, &mut self.max_concurrent, permits)?;
            }
            "max_queue" => {
                let callers = number(name, value, 0, MOST_TURNS)?;
                once(name, &mut self.max_queue, callers)?;
            }
            "per_second" | "per_minute" => {
                let turns = number(name, value, 1, MOST_TURNS)?;
                let time = if name == "per_second" { Time::Second } else { Time::Minute };
                if self.rate.is_some_and(|rate| rate.time != time) {
                    return Err(InvalidPolicy::new(
                        "`per_second` and `per_minute` are one rate: write one of them",
                    ));
                }
                once(name, &mut self.rate, PerTime { turns, time })?;
            }
            "burst" => {
                let turns = number(name, value, 1, MOST_TURNS)?;
                once(name, &mut self.burst, turns)?;
            }
            "breaker" => once(name, &mut self.breaker, forced(value)?)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The settings as they are written.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let rate = self.rate.map(|PerTime { turns, time }| match time {
            Time::Second => ("per_second", turns.to_string()),
            Time::Minute => ("per_minute", turns.to_string()),
        });
        let number = |name, number: Option<u32>| number.map(|it| (name, it.to_string()));
        let settings = [
            number("max_concurrent", self.max_concurrent),
            number("max_queue", self.max_queue),
            rate,
            number("burst", self.burst),
            self.breaker.map(|forced| ("breaker", forced.text().to_owned())),
        ];
        settings.into_iter().flatten()
    }

    /// These settings, and from `below` those that are missing here.
    pub(crate) fn or(self, below: Self) -> Self {
        Self {
            max_concurrent: self.max_concurrent.or(below.max_concurrent),
            max_queue: self.max_queue.or(below.max_queue),
            rate: self.rate.or(below.rate),
            burst: self.burst.or(below.burst),
            breaker: self.breaker.or(below.breaker),
        }
    }

    /// These settings but for those that `above` has, too.
    pub(crate) fn without(self, above: &Self) -> Self {
        Self {
            max_concurrent: self.max_concurrent.filter(|_| above.max_concurrent.is_none()),
            max_queue: self.max_queue.filter(|_| above.max_queue.is_none()),
            rate: self.rate.filter(|_| above.rate.is_none()),
            burst: self.burst.filter(|_| above.burst.is_none()),
            breaker: self.breaker.filter(|_| above.breaker.is_none()),
        }
    }
}

fn number(name: &str, value: &Value<'_>, least: u32, most: u32) -> Result<u32, InvalidPolicy> {
    let read = match value {
        Value::Text(text) => text.parse().ok(),
        #[cfg(feature = "serde")]
        Value::Whole(number) => u32::try_from(*number).ok(),
        #[cfg(feature = "serde")]
        Value::Fraction(_) | Value::List(_) => None,
    };
    read.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`{name}` is a whole number from {least} to {most}, and not `{value}`"
        ))
    })
}

fn forced(value: &Value<'_>) -> Result<Forced, InvalidPolicy> {
    let read = match value {
        Value::Text(text) => Forced::ALL.iter().find(|(name, _)| name == text),
        #[cfg(feature = "serde")]
        Value::Whole(_) | Value::Fraction(_) | Value::List(_) => None,
    };
    read.map(|(_, forced)| *forced).ok_or_else(|| {
        InvalidPolicy::new(format!(
            "`breaker` is `off`, `force_open` or `force_closed`, and not `{value}`"
        ))
    })
}
