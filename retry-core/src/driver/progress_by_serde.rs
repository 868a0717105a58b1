//! [`Progress`] as a map of numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Progress;
use crate::engine::ByKind;
use crate::layers::budget::Cause;

const FAILURE: &str = "failure";
const TIMEOUT: &str = "timeout";
/// Nanoseconds in a millisecond.
const MILLISECOND: f64 = 1e6;

#[cfg(feature = "serde")]
impl Serialize for Progress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("retries", &self.retries)?;
        write_span(&mut map, "delay_ms", self.delay)?;
        write_span(&mut map, "waited_ms", self.waited)?;
        if let Some(cause) = self.granted {
            let word = match cause {
                Cause::Failure => FAILURE,
                Cause::Timeout => TIMEOUT,
            };
            map.serialize_entry("granted", word)?;
        }
        if self.attempts_within > 1 {
            map.serialize_entry("attempts_within", &self.attempts_within)?;
        }
        if !self.by_kind.is_none() {
            let by_kind: BTreeMap<u32, u32> = self.by_kind.entries().collect();
            map.serialize_entry("by_kind", &by_kind)?;
        }
        map.end()
    }
}

/// Whole milliseconds as a whole number, others as a fraction: up to 26 days, what is read back is the
/// same to the nanosecond.
#[allow(clippy::cast_precision_loss, reason = "beyond 26 days, a nanosecond is nothing")]
fn write_span<M: SerializeMap>(map: &mut M, key: &str, span: Duration) -> Result<(), M::Error> {
    match u64::try_from(span.as_millis()) {
        Ok(whole) if Duration::from_millis(whole) == span => map.serialize_entry(key, &whole),
        _ => map.serialize_entry(key, &(span.as_nanos() as f64 / MILLISECOND)),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
fn read_span<'de, M: MapAccess<'de>>(map: &mut M) -> Result<Duration, M::Error> {
    let milliseconds: f64 = map.next_value()?;
    if milliseconds < 0.0 || !milliseconds.is_finite() {
        return Err(M::Error::custom("a span of time is not negative"));
    }
    Ok(Duration::from_nanos((milliseconds * MILLISECOND).round() as u64))
}

#[cfg(feature = "serde")]
impl<'de> Deserialize<'de> for Progress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Progress;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a call's progress, such as {\"retries\": 1, \"delay_ms\": 2000}")
    }

    /// What is missing has not happened; keys of another release are passed over.
    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Progress, M::Error> {
        let mut progress = Progress::NONE;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "retries" => progress.retries = map.next_value()?,
                "delay_ms" => progress.delay = read_span(&mut map)?,
                "waited_ms" => progress.waited = read_span(&mut map)?,
                "granted" => {
                    progress.granted = match map.next_value::<String>()?.as_str() {
                        FAILURE => Some(Cause::Failure),
                        TIMEOUT => Some(Cause::Timeout),
                        _ => None,
                    };
                }
                "attempts_within" => progress.attempts_within = map.next_value()?,
                "by_kind" => {
                    let by_kind: BTreeMap<u32, u32> = map.next_value()?;
                    progress.by_kind = ByKind::from_entries(by_kind);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(progress)
    }
}
