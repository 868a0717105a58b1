//! What each attempt came to.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

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
    /// use persevere_tasks::engine::Attempts;
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
        if self.0.len() >= ATTEMPTS {
            self.0.drain(..=self.0.len() - ATTEMPTS);
        }
        self.0.push(FailedAttempt {
            at_us: Moment::not_before(began).0,
            took_ms: took.map(millis),
            error: bounded(error, ERROR),
        });
    }

    /// The latest.
    pub fn last(&self) -> Option<&FailedAttempt> {
        self.0.last()
    }

    /// All that are remembered, the latest last.
    pub fn iter(&self) -> impl Iterator<Item = &FailedAttempt> {
        self.0.iter()
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    /// What is stored; nothing, where it is none.
    pub(crate) fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_default())
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(&self.0).expect("numbers and texts can be written")
    }
}
