//! Overrides in configuration files, by `serde`.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::layer::{Layer, Source};
use super::{Overrides, Settings};
use crate::policy::partial::EntrySeed;

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Overrides {
    /// Reads a map of patterns and settings, a list of such maps, or a text as in `FromStr`, from a
    /// self-describing format, such as TOML, JSON or YAML. Errors name the entry. The table's source is
    /// [`Source::File`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Table)
    }
}

struct Table;

impl<'de> Visitor<'de> for Table {
    type Value = Overrides;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of policies by function name")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Overrides, E> {
        let table: Overrides = text.parse().map_err(E::custom)?;
        Ok(table.of_source(Source::File))
    }

    /// Layers, the last of which wins.
    fn visit_seq<A: SeqAccess<'de>>(self, mut layers: A) -> Result<Overrides, A::Error> {
        let mut table = Overrides::new();
        while let Some(layer) = layers.next_element::<Overrides>()? {
            table = table.overlaid(layer);
        }
        Ok(table)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Overrides, A::Error> {
        let mut table = Overrides::new();
        while let Some(pattern) = map.next_key::<String>()? {
            let settings = map.next_value_seed(SettingsSeed(&pattern))?;
            table = table.with(pattern, settings).map_err(A::Error::custom)?;
        }
        Ok(table.of_source(Source::File))
    }
}

struct SettingsSeed<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for SettingsSeed<'_> {
    type Value = Settings;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Settings, D::Error> {
        let (policy, beside) = EntrySeed(self.0).deserialize(deserializer)?;
        Ok(Settings::of(policy, beside))
    }
}

#[cfg(feature = "serde")]
impl Serialize for Overrides {
    /// Writes a map of patterns and settings, the most specific first; of several layers, a list of such
    /// maps.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.layers() {
            [] => serializer.serialize_map(Some(0))?.end(),
            [layer] => layer.serialize(serializer),
            layers => serializer.collect_seq(layers),
        }
    }
}

impl Serialize for Layer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(pattern, settings)| (pattern.text(), settings)))
    }
}

impl Serialize for Settings {
    /// A map of the settings that are given; times, durations and jitter as texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.policy().write(&mut map)?;
        for (name, value) in self.beside_texts() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}
