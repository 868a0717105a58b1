//! Overrides in configuration files, by `serde`.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Overrides;
use super::table::Layer;
use crate::policy::partial::PartialPolicySeed;

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Overrides {
    /// Reads a map of patterns and policies, a list of such maps, or a text as in `FromStr`, from a self-describing format,
    /// such as TOML, JSON or YAML. Errors name the entry.
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
        text.parse().map_err(E::custom)
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
            let seed = PartialPolicySeed { entry: Some(&pattern) };
            let policy = map.next_value_seed(seed)?;
            table = table.with(pattern, policy).map_err(A::Error::custom)?;
        }
        Ok(table)
    }
}

#[cfg(feature = "serde")]
impl Serialize for Overrides {
    /// Writes a map of patterns and settings, the most specific first; of several layers, a list of such
    /// maps.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.layers() {
            [] => serializer.collect_map(self.entries()),
            [layer] => OfLayer(layer).serialize(serializer),
            layers => serializer.collect_seq(layers.iter().map(OfLayer)),
        }
    }
}

struct OfLayer<'a>(&'a Layer);

impl Serialize for OfLayer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(pattern, policy)| (pattern.text(), policy)))
    }
}
