//! What a recorder keeps: single events, and the calls that they belong to.

use std::fmt;
use std::time::Duration;

use crate::classify::Verdict;
use crate::events::event::{Event, EventKind};
use crate::primitives::bounded::written_out;
use crate::primitives::span_text::SpanText;

/// An [`Event`], recorded in owned values.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::{EventKind, Policy};
///
/// let recorder = Recorder::new();
/// let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
/// let outcome = Policy::DEFAULT.retry_blocking(|| Err::<u8, _>("busy")).on(|_| true).call();
/// assert!(outcome.is_err());
///
/// let first = &recorder.events()[0];
/// assert_eq!((first.kind, first.attempt), (EventKind::Retry, 1));
/// assert_eq!(first.error.as_deref(), Some("\"busy\""));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recorded {
    /// [`Event::kind`].
    pub kind: EventKind,
    /// [`Event::function`].
    pub function: &'static str,
    /// [`Event::id`], as text of at most 64 KiB.
    pub id: Option<String>,
    /// [`Event::attempt`], counted from 1.
    pub attempt: u32,
    /// [`Event::max_retries`]; `u32::MAX` if unlimited.
    pub max_retries: u32,
    /// [`Event::delay`]: the planned wait, skipped or not.
    pub delay: Option<Duration>,
    /// [`Event::waited`]: the sum of the earlier planned waits.
    pub waited: Duration,
    /// [`Event::verdict`].
    pub verdict: Option<Verdict>,
    /// [`Event::error`], as text of at most 64 KiB.
    pub error: Option<String>,
    /// The log line: the event's `Display`.
    pub line: String,
    /// [`Event::counts_anew`].
    pub counts_anew: bool,
    /// Whether a hook used up the time that was left for the retry reported before.
    is_called_off: bool,
}

impl Recorded {
    pub(super) fn of(event: &Event<'_>) -> Self {
        Self {
            kind: event.kind(),
            function: event.function(),
            id: event.id().map(|id| written_out(format_args!("{id}"))),
            attempt: event.attempt(),
            max_retries: event.max_retries(),
            delay: event.delay(),
            waited: event.waited(),
            verdict: event.verdict(),
            error: event.error().map(|error| written_out(format_args!("{error}"))),
            line: event.to_string(),
            counts_anew: event.counts_anew(),
            is_called_off: event.is_called_off,
        }
    }
}

/// A call that made at least one event.
///
/// Its `Display` is what [`Recorder::assert`](crate::testing::Recorder::assert) compares.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RecordedCall {
    /// [`Event::function`]: the function's name.
    pub function: &'static str,
    /// [`Event::id`], as text.
    pub id: Option<String>,
    /// The number of attempts that have ended, the successful one included.
    pub attempts: u32,
    /// The planned waits between them, jitter included, in order.
    pub waits: Vec<Duration>,
    /// How it ended: [`EventKind::LateSuccess`] or [`EventKind::GiveUp`]; `None` while it goes on,
    /// or if its future was dropped.
    pub outcome: Option<EventKind>,
    /// The number of the attempt that ended last, and of the one that follows it.
    last: u32,
    next: u32,
}

impl RecordedCall {
    /// The calls that `events` belong to, in the order of their first failures.
    ///
    /// An event belongs to the latest call of that function and id that has not ended and is at the
    /// attempt before.
    pub(super) fn all<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Vec<Self> {
        let mut calls: Vec<Self> = Vec::new();
        for event in events {
            if matches!(event.kind, EventKind::Nested { .. }) {
                continue;
            }
            let known = calls.iter_mut().rev().find(|call| call.is_followed_by(event));
            let call = match known {
                Some(call) => call,
                None => {
                    calls.push(Self::begun(event));
                    let Some(call) = calls.last_mut() else { continue };
                    call
                }
            };
            if event.is_called_off {
                call.waits.pop(); // planned, but not begun
            }
            if !event.is_called_off {
                // Of a call that began before the recorder listened, its attempts until then count.
                call.attempts += event.attempt.saturating_sub(call.next.saturating_sub(1));
            }
            call.last = event.attempt;
            call.next = if event.counts_anew { 2 } else { event.attempt.saturating_add(1) };
            call.waits.extend(event.delay);
            call.outcome = (event.kind != EventKind::Retry).then_some(event.kind);
        }
        calls
    }

    fn begun(event: &Recorded) -> Self {
        Self {
            function: event.function,
            id: event.id.clone(),
            attempts: 0,
            waits: Vec::new(),
            outcome: None,
            last: 0,
            next: 1,
        }
    }

    fn is_followed_by(&self, event: &Recorded) -> bool {
        let (attempts, waits) = match (event.is_called_off, &self.waits[..]) {
            (true, [before @ .., _called_off]) => (self.last, before),
            (_, waits) => (self.next, waits),
        };
        self.outcome.is_none()
            && attempts == event.attempt
            && (self.function, &self.id) == (event.function, &event.id)
            && waits.iter().sum::<Duration>() == event.waited
    }
}

impl fmt::Display for RecordedCall {
    /// As in `3 attempts, waited 2 s then 4 s, gave up`. Waits are rounded as in log lines: to tenths
    /// of a second below a minute.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.attempts == 1 { "" } else { "s" };
        write!(f, "{} attempt{plural}", self.attempts)?;
        for (index, wait) in self.waits.iter().enumerate() {
            let word = if index == 0 { ", waited" } else { " then" };
            write!(f, "{word} {}", SpanText(*wait))?;
        }
        f.write_str(match self.outcome {
            Some(EventKind::LateSuccess) => ", succeeded",
            Some(_) => ", gave up",
            None => ", not over",
        })
    }
}
