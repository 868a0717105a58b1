//! [`Recorder`]: keeps the events of a scope, and compares them with what a test expects.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::recorded::{Recorded, RecordedCall};
use crate::events::event::{Event, EventKind};

/// Keeps every [`Event`] of the scopes that it listens to by [`recording`](crate::testing::recording), in the
/// order in which they happen.
///
/// A call that succeeds at once makes no event, so a recorder does not see it. Clones share their
/// events.
///
/// ```
/// use persevere::testing::{self, Flaky, Recorder};
/// use persevere::{EventKind, Policy};
///
/// let recorder = Recorder::new();
/// let _scope = testing::no_waiting().without_jitter().recording(&recorder).on_this_thread();
///
/// let flaky = Flaky::failing(2, || "busy").then(|| Ok(3));
/// let outcome = Policy::DEFAULT.retry_blocking(|| flaky.call()).on(|_| true).call();
/// assert_eq!(outcome, Ok(3));
///
/// recorder.assert("3 attempts, waited 2 s then 4 s, succeeded");
/// assert_eq!(recorder.attempts(), 3);
/// assert_eq!(recorder.waits().len(), 2);
/// assert_eq!(recorder.outcome(), Some(EventKind::LateSuccess));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    heard: Arc<Mutex<Vec<Recorded>>>,
    /// The only function whose events are shown, if set by [`of`](Self::of).
    function: Option<String>,
    /// The only id whose events are shown, if set by [`about`](Self::about).
    id: Option<String>,
}

impl PartialEq for Recorder {
    /// Whether both are clones of one recorder.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.heard, &other.heard)
    }
}

impl Recorder {
    /// Makes a recorder without events.
    ///
    /// ```
    /// # use persevere::testing::Recorder;
    /// Recorder::new().assert("nothing failed");
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A view of one function's events, by its name in events, or the end of that name after a `::`.
    ///
    /// ```
    /// use persevere::testing::{self, Recorder};
    /// use persevere::Policy;
    ///
    /// let recorder = Recorder::new();
    /// let _scope = testing::off().recording(&recorder).on_this_thread();
    /// for name in ["shop::pay", "shop::ship", "shop::pay"] {
    ///     assert_eq!(Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).name(name).call(), None);
    /// }
    /// recorder.of("pay").assert("1 attempt, gave up; 1 attempt, gave up");
    /// recorder.of("shop::ship").assert("1 attempt, gave up");
    /// ```
    #[must_use]
    pub fn of(&self, function: impl Into<String>) -> Self {
        Self { function: Some(function.into()), ..self.clone() }
    }

    /// A view of the events of calls with that `id`.
    ///
    /// ```
    /// use persevere::testing::{self, Recorder};
    /// use persevere::Policy;
    ///
    /// let recorder = Recorder::new();
    /// let _scope = testing::off().recording(&recorder).on_this_thread();
    /// for order in ["7", "8"] {
    ///     assert_eq!(Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).id(order).call(), None);
    /// }
    /// recorder.about("7").assert("1 attempt, gave up");
    /// ```
    #[must_use]
    pub fn about(&self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self.clone() }
    }

    /// Every event, in the order in which they happened.
    #[must_use]
    pub fn events(&self) -> Vec<Recorded> {
        self.heard().iter().filter(|event| self.looks_at(event)).cloned().collect()
    }

    /// The calls that the events belong to, in the order of their first failures. Two concurrent calls
    /// of one function, with the same `id` or none, are distinguished by their attempt numbers, and
    /// may be mixed up where those are equal.
    #[must_use]
    pub fn calls(&self) -> Vec<RecordedCall> {
        RecordedCall::all(&self.events())
    }

    /// The number of attempts that have ended, in all calls together.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.calls().iter().map(|call| call.attempts).fold(0, u32::saturating_add)
    }

    /// The planned waits, jitter included, call by call.
    #[must_use]
    pub fn waits(&self) -> Vec<Duration> {
        self.calls().into_iter().flat_map(|call| call.waits).collect()
    }

    /// How the last call ended: [`EventKind::LateSuccess`] or [`EventKind::GiveUp`]; `None` if it has
    /// not ended, or nothing failed.
    #[must_use]
    pub fn outcome(&self) -> Option<EventKind> {
        self.calls().last().and_then(|call| call.outcome)
    }

    /// What [`assert`](Self::assert) compares: the calls, with `; ` between them, or
    /// `nothing failed`.
    #[must_use]
    pub fn summary(&self) -> String {
        let calls: Vec<String> = self.calls().iter().map(ToString::to_string).collect();
        if calls.is_empty() { "nothing failed".to_owned() } else { calls.join("; ") }
    }

    /// Forgets all events.
    ///
    /// ```
    /// # use persevere::testing::Recorder;
    /// let recorder = Recorder::new();
    /// recorder.clear();
    /// recorder.assert("nothing failed");
    /// ```
    pub fn clear(&self) {
        self.heard().clear();
    }

    /// Compares what was heard with `expected`.
    ///
    /// A call reads `3 attempts, waited 2 s then 4 s, gave up`: attempts that have ended, the waits
    /// that were planned, as log lines write them, and `succeeded`, `gave up`, or `not over`.
    /// Several calls have `; ` between them, in the order of their first failures; none is
    /// `nothing failed`.
    ///
    /// # Panics
    ///
    /// If they differ: with both, and the events' log lines.
    ///
    /// ```should_panic
    /// # use persevere::testing::{self, Recorder};
    /// # use persevere::Policy;
    /// let recorder = Recorder::new();
    /// let _scope = testing::off().recording(&recorder).on_this_thread();
    /// let _ = Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).call();
    /// recorder.assert("nothing failed");
    /// ```
    #[track_caller]
    pub fn assert(&self, expected: &str) {
        let heard = self.summary();
        if heard == expected {
            return;
        }
        let mut message = format!("expected: {expected}\n   heard: {heard}");
        for event in self.events() {
            let _ = write!(message, "\n          {}", event.line); // a `String` takes all
        }
        panic!("{message}");
    }

    pub(super) fn hear(&self, event: &Event<'_>) {
        let recorded = Recorded::of(event); // users' code, before the lock is taken
        self.heard().push(recorded);
    }

    fn looks_at(&self, event: &Recorded) -> bool {
        let is_named = |name: &String| {
            event
                .function
                .strip_suffix(name.as_str())
                .is_some_and(|module| module.is_empty() || module.ends_with("::"))
        };
        self.function.as_ref().is_none_or(is_named)
            && self.id.as_ref().is_none_or(|id| event.id.as_ref() == Some(id))
    }

    fn heard(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
