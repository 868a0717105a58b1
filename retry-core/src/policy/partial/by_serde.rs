//! Policies in configuration files, by `serde`.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(feature = "overrides")]
use super::beside::Beside;
use super::jitter_text::jitter_text;
use super::setting::{Reading, Value};
use super::text::{duration_text, reset_text};
use super::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::policy::Policy;
use crate::policy::jitter::Jitter;
use crate::policy::retry_limit::RetryLimit;
use crate::primitives::one_line::AtMost;

/// Reads settings: those of a policy, or the value of an entry of a table, which errors then name.
#[derive(Clone, Copy, Default)]
struct Seed<'a> {
    entry: Option<&'a str>,
}

/// Reads the value of an entry of a table of overrides.
#[cfg(feature = "overrides")]
pub(crate) struct EntrySeed<'a>(pub(crate) &'a str);

#[cfg(feature = "overrides")]
impl<'de> DeserializeSeed<'de> for EntrySeed<'_> {
    type Value = (PartialPolicy, Beside);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let seed = Seed { entry: Some(self.0) };
        let reading = deserializer.deserialize_any(seed)?;
        reading.finish_entry().map_err(|invalid| seed.error(&invalid))
    }
}

impl Seed<'_> {
    #[cfg_attr(
        not(feature = "overrides"),
        allow(clippy::unused_self, reason = "there are no entries")
    )]
    fn reading(self) -> Reading {
        #[cfg(feature = "overrides")]
        if self.entry.is_some() {
            return Reading::of_entry();
        }
        Reading::default()
    }

    fn error<E: Error>(self, invalid: &InvalidPolicy) -> E {
        match self.entry {
            Some(entry) => {
                let entry = AtMost(LONGEST_QUOTED, entry);
                E::custom(format_args!("`{entry}`: {invalid}"))
            }
            None => E::custom(invalid),
        }
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Reading;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy's name, such as \"aggressive\", or a table of its settings")?;
        let quoted = |entry| AtMost(LONGEST_QUOTED, entry);
        self.entry.map_or(Ok(()), |entry| write!(f, " for `{}`", quoted(entry)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Reading, E> {
        let mut reading = self.reading();
        reading.read(text).map_err(|invalid| self.error(&invalid))?;
        Ok(reading)
    }

    /// A list of waits, the value of `policy` without that word.
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Reading, A::Error> {
        let value = Setting { of: self, name: "policy" }.visit_seq(list)?;
        let mut reading = self.reading();
        value
            .with_value(|value| reading.set("policy", value))
            .map_err(|invalid| self.error(&invalid))?;
        Ok(reading)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reading, A::Error> {
        let mut reading = self.reading();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Setting { of: self, name: &name })?;
            value
                .with_value(|value| reading.set(&name, value))
                .map_err(|invalid| self.error(&invalid))?;
        }
        Ok(reading)
    }
}

/// Reads the value of a setting: a text, a number, or a list of these.
#[derive(Clone, Copy)]
struct Setting<'a> {
    of: Seed<'a>,
    name: &'a str,
}

enum OwnedValue {
    Text(String),
    Whole(i128),
    Fraction(f64),
    List(Vec<OwnedValue>),
}

impl OwnedValue {
    /// What `read` makes of it.
    fn with_value<T>(&self, read: impl FnOnce(&Value<'_>) -> T) -> T {
        match self {
            Self::List(list) => {
                let list: Vec<Value<'_>> = list.iter().map(Self::single).collect();
                read(&Value::List(&list))
            }
            value => read(&value.single()),
        }
    }

    /// It as it is; a list within a list is as good as an empty one.
    fn single(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Whole(number) => Value::Whole(*number),
            Self::Fraction(number) => Value::Fraction(*number),
            Self::List(_) => Value::List(&[]),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Setting<'_> {
    type Value = OwnedValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<OwnedValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Setting<'_> {
    type Value = OwnedValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |part| AtMost(LONGEST_QUOTED, part);
        let list = if self.name == "policy" { ", or a list of waits," } else { "" };
        write!(f, "a text or a number{list} for `{}`", quoted(self.name))?;
        self.of.entry.map_or(Ok(()), |entry| write!(f, " of `{}`", quoted(entry)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Text(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Whole(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Whole(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<OwnedValue, E> {
        Ok(OwnedValue::Fraction(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OwnedValue, A::Error> {
        if self.name != "policy" {
            return Err(A::Error::invalid_type(Unexpected::Seq, &self));
        }
        let mut waits = Vec::new();
        while let Some(wait) = list.next_element_seed(self)? {
            waits.push(wait);
        }
        Ok(OwnedValue::List(waits))
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for PartialPolicy {
    /// Reads a text, as `FromStr` does, or a map of settings, from a self-describing format such as TOML,
    /// JSON or YAML.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seed = Seed::default();
        let reading = deserializer.deserialize_any(seed)?; // a text, a list, or a map
        reading.finish().map_err(|invalid| seed.error(&invalid))
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Policy {
    /// As [`PartialPolicy`], over [`Policy::DEFAULT`] unless `policy` names another preset.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(PartialPolicy::deserialize(deserializer)?.over(Self::DEFAULT))
    }
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Jitter {
    /// Reads a text, as `FromStr` does.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(feature = "serde")]
impl Serialize for PartialPolicy {
    /// A map of the settings that are given; durations and jitter as texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write(&mut map)?;
        map.end()
    }
}

impl PartialPolicy {
    /// The entries of the map that it is written as.
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let list = self.list();
        if let Some(list) = list {
            let waits: Vec<String> = list.iter().map(|wait| duration_text(*wait)).collect();
            map.serialize_entry("policy", &waits)?;
        }
        match self.retries {
            Some(RetryLimit::AtMost(max_retries)) => {
                map.serialize_entry("max_retries", &max_retries)?;
            }
            Some(RetryLimit::Unlimited) => {
                map.serialize_entry("max_retries", &RetryLimit::Unlimited.to_string())?;
            }
            None => {}
        }
        if let Some(base_delay) = self.base_delay.filter(|_| list.is_none()) {
            map.serialize_entry("base_delay", &duration_text(base_delay))?;
        }
        if let Some(max_delay) = self.max_delay {
            map.serialize_entry("max_delay", &duration_text(max_delay))?;
        }
        if let Some(exponential_base) = self.exponential_base.filter(|_| list.is_none()) {
            map.serialize_entry("exponential_base", &exponential_base)?;
        }
        if let Some(jitter) = self.jitter {
            map.serialize_entry("jitter", &jitter)?;
        }
        if let Some(reset_after) = self.reset_after {
            map.serialize_entry("reset_after", &reset_text(reset_after))?;
        }
        Ok(())
    }
}

#[cfg(feature = "serde")]
impl Serialize for Policy {
    /// A map of all settings, `reset_after` only if there is one; durations and jitter as texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reset_after = self.reset_after().map(Some);
        PartialPolicy { reset_after, ..PartialPolicy::from(*self) }.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl Serialize for Jitter {
    /// The text from which the same jitter is read.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&jitter_text(*self))
    }
}
