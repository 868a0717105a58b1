//! Which verdict a closure asked before it returned a mere `true`.
//!
//! The attribute asks the type of an error whether it is [`Classify`](crate::Classify). A closure's
//! caller cannot: that takes specialization. But a closure such as `|error|
//! error.classify().is_retryable()` asks by itself, and what it asked knows how long to wait.

use std::cell::Cell;

use crate::classify::Verdict;
use crate::classify::judge::decided;

/// What a closure that judges on this thread has asked.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    /// No closure is judging.
    Unheard,
    /// No verdict so far.
    Nothing,
    /// The verdict in `LAST`.
    Verdict,
}

thread_local! {
    static ASKED: Cell<Asked> = const { Cell::new(Asked::Unheard) };
    static LAST: Cell<Verdict> = const { Cell::new(Verdict::PERMANENT) };
}

/// What an outer closure has asked, which is restored also after a panic.
struct Outer {
    asked: Asked,
    /// The verdict that it asked.
    last: Option<Verdict>,
}

impl Outer {
    /// A closure begins to judge.
    #[inline]
    fn begin() -> Self {
        let asked = ASKED.replace(Asked::Nothing);
        Self { asked, last: (asked == Asked::Verdict).then(|| LAST.get()) }
    }
}

impl Drop for Outer {
    #[inline]
    fn drop(&mut self) {
        ASKED.set(self.asked);
        if let Some(last) = self.last {
            LAST.set(last);
        }
    }
}

/// Notes that a closure asked `verdict`.
pub(crate) fn note(verdict: Verdict) {
    if ASKED.get() != Asked::Unheard {
        ASKED.set(Asked::Verdict);
        LAST.set(verdict);
    }
}

/// The verdict that the closure which judges asked last.
#[inline]
fn last_asked() -> Option<Verdict> {
    (ASKED.get() == Asked::Verdict).then(|| LAST.get())
}

/// The verdict of `judge`, a closure of the user's. If it retries, throttling and `retry_after` are those
/// of the verdict that it asked.
#[inline]
pub fn judged_by_closure<V: Into<Verdict>>(judge: impl FnOnce() -> V) -> Verdict {
    heard_by_closure(judge, &mut false)
}

/// The same; `has_asked` then says whether the closure asked a verdict that retries.
#[inline]
pub(crate) fn heard_by_closure<V: Into<Verdict>>(
    judge: impl FnOnce() -> V,
    has_asked: &mut bool,
) -> Verdict {
    let _outer = Outer::begin();
    let verdict = judge().into();
    *has_asked = last_asked().is_some_and(|verdict| verdict.retries());
    decided(verdict, last_asked)
}
