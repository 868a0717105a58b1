//! What each attempt came to.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::moment::{Moment, millis};
use super::text::bounded;

/// How many of the last attempts a row remembers.
const ATTEMPTS: usize = 20;
/// How many bytes of each one's error.
const ERROR: usize = 1_024;

/// The last attempts of a task that failed, 20 at most, the latest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts(Vec<FailedAttempt>);

/// An attempt that failed, or whose worker was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedAttempt {
    at_us: i64,
    took_ms: Option<u64>,
    error: String,
    /// Another release's.
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl FailedAttempt {
    /// When it began.
    pub fn began(&self) -> SystemTime {
        Moment(self.at_us).time()
    }

    /// How long it ran, in whole milliseconds; `None` if its worker was lost.
    pub fn took(&self) -> Option<Duration> {
        self.took_ms.map(Duration::from_millis)
    }

    /// Its error, of which 1 KiB is kept.
    pub fn error(&self) -> &str {
        &self.error
    }
}

impl Attempts {
    /// Adds an attempt, and forgets the first one where there are too many.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use persevere::tasks::engine::Attempts;
    ///
    /// let mut attempts = Attempts::default();
    /// for number in 1..=30 {
    ///     let error = format!("attempt {number} failed");
    ///     attempts.add(SystemTime::UNIX_EPOCH, Some(Duration::from_millis(5)), &error);
    /// }
    /// assert_eq!(attempts.iter().count(), 20);
    /// assert_eq!(attempts.last().unwrap().error(), "attempt 30 failed");
    /// ```
    pub fn add(&mut self, began: SystemTime, took: Option<Duration>, error: &str) {
        self.forget_all_but(ATTEMPTS - 1);
        self.0.push(FailedAttempt {
            at_us: Moment::not_before(began).0,
            took_ms: took.map(millis),
            error: bounded(error, ERROR),
            unknown: Map::new(),
        });
    }

    fn forget_all_but(&mut self, last: usize) {
        self.0.drain(..self.0.len().saturating_sub(last));
    }

    /// The latest.
    pub fn last(&self) -> Option<&FailedAttempt> {
        self.0.last()
    }

    /// All that are remembered, the latest last.
    pub fn iter(&self) -> impl Iterator<Item = &FailedAttempt> {
        self.0.iter()
    }

    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
    /// What is stored, as far as one would be added; nothing, where it is none.
    pub(crate) fn parse(text: &str) -> Self {
        let mut attempts = Self(serde_json::from_str(text).unwrap_or_default());
        attempts.forget_all_but(ATTEMPTS);
        for attempt in &mut attempts.0 {
            attempt.error = bounded(&attempt.error, ERROR);
        }
        attempts
    }

    #[cfg(any(feature = "sqlite", feature = "postgres", feature = "restate", test))]
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&self.0).expect("numbers and texts can be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_another_release_stay() {
        let stored = r#"[{"at_us":5,"took_ms":null,"error":"busy","host":"b"}]"#;
        assert_eq!(Attempts::parse(stored).text(), stored);
    }

    #[test]
    fn foreign_texts_are_cut_or_nothing() {
        for text in ["", "{", "5", r#"[{"at_us":"now"}]"#] {
            assert_eq!(Attempts::parse(text), Attempts::default(), "{text}");
        }
        let one = format!(
            r#"{{"at_us":{},"took_ms":{},"error":"{}"}}"#,
            i64::MIN,
            u64::MAX,
            "x".repeat(5_000)
        );
        let attempts = Attempts::parse(&format!("[{}]", vec![one; 50].join(",")));
        assert_eq!(attempts.iter().count(), ATTEMPTS);
        let last = attempts.last().expect("20 of them");
        assert!(last.error().len() < 1_030, "{}", last.error().len());
        assert_eq!(last.took(), Some(Duration::from_millis(u64::MAX)));
        let _ = last.began();
    }
}
