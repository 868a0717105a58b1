//! How far a task has come.

use std::time::Duration;

use persevere_core::budget::Cause;
use persevere_core::driver;
use persevere_core::engine::ByKind;
use serde_json::{Map, Value};

use super::moment::millis;

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
const FAILURE: &str = "failure";
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
const TIMEOUT: &str = "timeout";

/// How far a task has come. Failures, crashes, postponements and releases are four numbers, and only
/// failures feed the policy.
///
/// It is stored as a JSON object, whose unknown keys, another release's, are kept and written back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Attempts that failed.
    pub failures: u32,
    /// Retries used: failures that another attempt followed, or will follow.
    pub retries: u32,
    /// The waits before retries, added up, in milliseconds.
    pub waited_ms: u64,
    /// The wait before the last retry, in milliseconds; `None` before the first.
    pub delay_ms: Option<u64>,
    /// How often it was put off without an attempt: by a circuit breaker, a bulkhead, a rate.
    pub postponed: u32,
    /// How often a worker gave it back because it was shutting down.
    pub released: u32,
    /// How often its worker was lost during an attempt.
    pub crashes: u32,
    /// What the retry that is due follows for which a budget gave a permit; `None` if none did.
    pub granted: Option<Cause>,
    /// How many attempts one attempt makes, where functions within it retry, too; 0 where that was not
    /// noticed.
    pub attempts_within: u32,
    /// The retries by the kind of failure that they followed, of kinds that have a limit of their own.
    pub by_kind: ByKind,
    pub(crate) unknown: Map<String, Value>,
}

/// What a merge with this makes of what is stored: as [`Progress::start_again`].
#[cfg(any(feature = "sqlite", feature = "postgres", test))]
pub(crate) const START_AGAIN: &str = "{\"failures\":0,\"retries\":0,\"waited_ms\":0,\
    \"delay_ms\":null,\"postponed\":0,\"released\":0,\"crashes\":0,\"granted\":null,\
    \"attempts_within\":0,\"by_kind\":null}";

impl Progress {
    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
    /// The stored progress. A number that is missing or malformed is 0; a text that is no object is empty progress.
    pub(crate) fn parse(text: &str) -> Self {
        let mut keys: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        let mut number = |key: &str| keys.remove(key).and_then(|value| value.as_u64());
        let mut small = |key: &str| number(key).map_or(0, |n| u32::try_from(n).unwrap_or(u32::MAX));
        let mut progress = Self {
            failures: small("failures"),
            retries: small("retries"),
            postponed: small("postponed"),
            released: small("released"),
            crashes: small("crashes"),
            attempts_within: small("attempts_within"),
            ..Self::default()
        };
        progress.waited_ms = number("waited_ms").unwrap_or(0);
        progress.delay_ms = number("delay_ms");
        progress.granted = match keys.remove("granted").as_ref().and_then(Value::as_str) {
            Some(FAILURE) => Some(Cause::Failure),
            Some(TIMEOUT) => Some(Cause::Timeout),
            _ => None,
        };
        progress.by_kind = by_kind(keys.remove("by_kind"));
        Self { unknown: keys, ..progress }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
    /// As it is stored.
    pub(crate) fn text(&self) -> String {
        let mut keys = self.unknown.clone();
        keys.insert("failures".to_owned(), self.failures.into());
        keys.insert("retries".to_owned(), self.retries.into());
        keys.insert("waited_ms".to_owned(), self.waited_ms.into());
        keys.insert("delay_ms".to_owned(), self.delay_ms.into());
        keys.insert("postponed".to_owned(), self.postponed.into());
        keys.insert("released".to_owned(), self.released.into());
        keys.insert("crashes".to_owned(), self.crashes.into());
        let granted =
            self.granted.map(|cause| if cause == Cause::Timeout { TIMEOUT } else { FAILURE });
        keys.insert("granted".to_owned(), granted.into());
        keys.insert("attempts_within".to_owned(), self.attempts_within.into());
        if !self.by_kind.is_none() {
            let entries = self.by_kind.entries();
            let entries = entries.map(|(kind, retries)| (kind.to_string(), retries.into()));
            keys.insert("by_kind".to_owned(), Value::Object(entries.collect()));
        }
        Value::Object(keys).to_string()
    }

    /// Adds a crash, and returns the pause that must follow it: 1 s after the first, and twice as
    /// long after each further one.
    pub(crate) fn crashed(&mut self) -> Duration {
        self.crashes = self.crashes.saturating_add(1);
        let exponent = self.crashes - 1;
        Duration::from_secs(1_u64.checked_shl(exponent).unwrap_or(u64::MAX))
    }

    /// Its worker was to end, and gave it back in mid-attempt.
    pub(crate) fn released(&mut self) {
        self.released = self.released.saturating_add(1);
    }

    /// Nothing counted any more, as for a new task; another release's keys stay.
    pub(crate) fn start_again(&mut self) {
        *self = Self { unknown: std::mem::take(&mut self.unknown), ..Self::default() };
    }

    /// As a call takes it up again.
    pub(crate) fn resumed(&self) -> driver::Progress {
        let mut progress = driver::Progress::NONE;
        progress.retries = self.retries;
        progress.waited = self.waited();
        progress.delay = Duration::from_millis(self.delay_ms.unwrap_or(0));
        progress.granted = self.granted;
        progress.attempts_within = self.attempts_within.max(1);
        progress.by_kind = self.by_kind;
        progress
    }

    /// A retry was decided on, with which the call has come that far.
    pub(crate) fn come_to(&mut self, progress: &driver::Progress) {
        self.retries = progress.retries;
        self.waited_ms = millis(progress.waited);
        self.delay_ms = Some(millis(progress.delay));
        self.granted = progress.granted;
        self.attempts_within = progress.attempts_within;
        self.by_kind = progress.by_kind;
    }

    /// The waits before retries, added up.
    pub fn waited(&self) -> Duration {
        Duration::from_millis(self.waited_ms)
    }
}

/// From its stored form; what is malformed counts nothing.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
fn by_kind(stored: Option<Value>) -> ByKind {
    let Some(Value::Object(entries)) = stored else { return ByKind::NONE };
    ByKind::from_entries(entries.iter().filter_map(|(kind, retries)| {
        let retries = u32::try_from(retries.as_u64()?).unwrap_or(u32::MAX);
        Some((kind.parse().ok()?, retries))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_written_back() {
        let stored = r#"{"colour":"red","crashes":2,"delay_ms":null,"retries":1,"waited_ms":1000}"#;
        let mut progress = Progress::parse(stored);
        assert_eq!((progress.crashes, progress.retries, progress.delay_ms), (2, 1, None));
        progress.delay_ms = Some(40);
        let again = Progress::parse(&progress.text());
        assert_eq!(again, progress);
        assert!(progress.text().contains(r#""colour":"red""#));
    }

    #[test]
    fn retries_by_kind_are_written_back() {
        let stored = r#"{"by_kind":{"7":2,"9":1,"x":3},"retries":3}"#;
        let progress = Progress::parse(stored);
        assert_eq!(progress.by_kind.entries().collect::<Vec<_>>(), [(7, 2), (9, 1)]);
        assert_eq!(Progress::parse(&progress.text()), progress);
        assert!(Progress::parse(r#"{"by_kind":[1]}"#).by_kind.is_none());
    }

    #[test]
    fn what_is_no_progress_is_none() {
        for text in ["", "[]", "null", "{", r#"{"retries":"many","crashes":-1}"#] {
            let progress = Progress::parse(text);
            assert_eq!((progress.retries, progress.crashes), (0, 0), "{text}");
        }
        let many = Progress::parse(r#"{"retries":99999999999}"#);
        assert_eq!(many.retries, u32::MAX);
    }

    #[test]
    fn a_merge_begins_anew_as_the_method_does() {
        let stored = r#"{"colour":"red","crashes":2,"delay_ms":5,"failures":3,"retries":1}"#;
        let mut merged: Map<String, Value> = serde_json::from_str(stored).expect("an object");
        merged.extend(serde_json::from_str::<Map<String, Value>>(START_AGAIN).expect("an object"));
        let mut progress = Progress::parse(stored);
        progress.start_again();
        assert_eq!(Progress::parse(&Value::Object(merged).to_string()), progress);
        assert_eq!((progress.failures, progress.unknown.len()), (0, 1));
    }

    #[test]
    fn each_crash_doubles_the_pause() {
        let mut progress = Progress::default();
        let pauses: Vec<_> = (0..4).map(|_| progress.crashed().as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8]);
        let mut worn = Progress { crashes: u32::MAX, ..Progress::default() };
        assert_eq!(worn.crashed(), Duration::from_secs(u64::MAX));
    }
}
