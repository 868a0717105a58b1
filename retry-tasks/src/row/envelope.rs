//! What accompanies a task's arguments.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::moment::millis;

/// What accompanies a task's arguments, and does not change. It is stored as a JSON object, in which
/// another release's keys stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// W3C's `traceparent` of the span that enqueued the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The program that enqueued it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enqueued_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_within_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline_ms: Option<u64>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

impl Envelope {
    pub(crate) fn new(enqueued_by: Option<String>, traceparent: Option<String>) -> Self {
        Self { traceparent, enqueued_by, ..Self::default() }
    }

    /// From when it is due, the span within which it may begin.
    pub fn start_within(&self) -> Option<Duration> {
        self.start_within_ms.map(Duration::from_millis)
    }

    /// Sets [`start_within`](Self::start_within).
    pub fn set_start_within(&mut self, span: Duration) {
        self.start_within_ms = Some(millis(span));
    }

    /// From when it is first due, the span after which no attempt begins: this task's own.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline_ms.map(Duration::from_millis)
    }

    /// Sets [`deadline`](Self::deadline).
    pub fn set_deadline(&mut self, span: Duration) {
        self.deadline_ms = Some(millis(span));
    }

    #[cfg(any(feature = "sqlite", feature = "postgres", test))]
    /// What is stored; an empty one, where it is none.
    pub(crate) fn parse(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    #[cfg(any(feature = "sqlite", feature = "postgres", test))]
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts can be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_another_release_stay() {
        let envelope = Envelope::parse(r#"{"deadline_ms":5,"tenant":7}"#);
        assert_eq!(envelope.deadline(), Some(Duration::from_millis(5)));
        assert_eq!(envelope.text(), r#"{"deadline_ms":5,"tenant":7}"#);
    }

    #[test]
    fn spans_of_centuries_are_the_longest_one() {
        let mut envelope = Envelope::default();
        envelope.set_deadline(Duration::MAX);
        assert_eq!(envelope.deadline(), Some(Duration::from_millis(u64::MAX)));
    }
}
