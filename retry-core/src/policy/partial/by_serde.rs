//! Policies in configuration files, by `serde`.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::jitter_text::jitter_text;
use super::setting::{Reading, Value};
use super::text::duration_text;
use super::{InvalidPolicy, LONGEST_QUOTED, PartialPolicy};
use crate::policy::Policy;
use crate::policy::jitter::Jitter;
use crate::primitives::one_line::AtMost;

/// Reads a [`PartialPolicy`]: the value of `entry`, which errors then name.
#[derive(Clone, Copy, Default)]
pub(crate) struct PartialPolicySeed<'a> {
    pub(crate) entry: Option<&'a str>,
}

impl PartialPolicySeed<'_> {
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

impl<'de> DeserializeSeed<'de> for PartialPolicySeed<'_> {
    type Value = PartialPolicy;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PartialPolicy, D::Error> {
        deserializer.deserialize_any(self) // a text, or a map
    }
}

impl<'de> Visitor<'de> for PartialPolicySeed<'_> {
    type Value = PartialPolicy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy's name, such as \"aggressive\", or a table of its settings")?;
        let quoted = |entry| AtMost(LONGEST_QUOTED, entry);
        self.entry.map_or(Ok(()), |entry| write!(f, " for `{}`", quoted(entry)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PartialPolicy, E> {
        text.parse().map_err(|invalid| self.error(&invalid))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PartialPolicy, A::Error> {
        let mut reading = Reading::default();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Setting { of: self, name: &name })?;
            reading.set(&name, &value.value()).map_err(|invalid| self.error(&invalid))?;
        }
        Ok(reading.finish())
    }
}

/// Reads the value of a setting: a text or a number.
struct Setting<'a> {
    of: PartialPolicySeed<'a>,
    name: &'a str,
}

enum OwnedValue {
    Text(String),
    Whole(i128),
    Fraction(f64),
}

impl OwnedValue {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(text) => Value::Text(text),
            Self::Whole(number) => Value::Whole(*number),
            Self::Fraction(number) => Value::Fraction(*number),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Setting<'_> {
    type Value = OwnedValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<OwnedValue, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Setting<'_> {
    type Value = OwnedValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |part| AtMost(LONGEST_QUOTED, part);
        write!(f, "a text or a number for `{}`", quoted(self.name))?;
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
}

impl<'de> Deserialize<'de> for PartialPolicy {
    /// Reads a text, as `FromStr` does, or a map of settings, from a self-describing format such as TOML,
    /// JSON or YAML.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PartialPolicySeed::default().deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Policy {
    /// As [`PartialPolicy`], over [`Policy::DEFAULT`] unless `policy` names another preset.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(PartialPolicy::deserialize(deserializer)?.over(Self::DEFAULT))
    }
}

impl<'de> Deserialize<'de> for Jitter {
    /// Reads a text, as `FromStr` does.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for PartialPolicy {
    /// A map of the settings that are given; durations and jitter as texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(max_retries) = self.max_retries {
            map.serialize_entry("max_retries", &max_retries)?;
        }
        if let Some(base_delay) = self.base_delay {
            map.serialize_entry("base_delay", &duration_text(base_delay))?;
        }
        if let Some(max_delay) = self.max_delay {
            map.serialize_entry("max_delay", &duration_text(max_delay))?;
        }
        if let Some(exponential_base) = self.exponential_base {
            map.serialize_entry("exponential_base", &exponential_base)?;
        }
        if let Some(jitter) = self.jitter {
            map.serialize_entry("jitter", &jitter)?;
        }
        map.end()
    }
}

impl Serialize for Policy {
    /// A map of all five settings; durations and jitter as texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PartialPolicy::from(*self).serialize(serializer)
    }
}

impl Serialize for Jitter {
    /// The text from which the same jitter is read.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&jitter_text(*self))
    }
}
