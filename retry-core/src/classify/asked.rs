//! Which verdict a closure asked before it returned a mere `true`.
//!
//! The attribute asks the type of an error whether it is [`Classify`](crate::Classify). A closure's
//! caller cannot: that takes specialization. But a closure such as `|error|
//! error.classify().is_retryable()` asks by itself, and what it asked knows how long to wait.

use std::cell::Cell;

use crate::classify::Verdict;
use crate::classify::judge::decided;

#[derive(Clone, Copy)]
enum Asked {
    /// No closure is judging on this thread.
    Unheard,
    /// A closure is judging, and has asked no verdict so far.
    Nothing,
    /// A closure is judging, and asked this verdict last.
    Last(Verdict),
}

thread_local! {
    static ASKED: Cell<Asked> = const { Cell::new(Asked::Unheard) };
}

/// Restores what an outer closure has asked, also after a panic.
struct Restore(Asked);

impl Drop for Restore {
    fn drop(&mut self) {
        ASKED.set(self.0);
    }
}

/// Notes that a closure asked `verdict`.
pub(crate) fn note(verdict: Verdict) {
    if !matches!(ASKED.get(), Asked::Unheard) {
        ASKED.set(Asked::Last(verdict));
    }
}

/// The verdict of `judge`, a closure of the user's. If it retries, throttling and `retry_after` are those
/// of the verdict that it asked.
pub fn judged_by_closure<V: Into<Verdict>>(judge: impl FnOnce() -> V) -> Verdict {
    heard_by_closure(judge, &mut false)
}

/// The same; `has_asked` then says whether the closure asked a verdict that retries.
pub(crate) fn heard_by_closure<V: Into<Verdict>>(
    judge: impl FnOnce() -> V,
    has_asked: &mut bool,
) -> Verdict {
    let _restore = Restore(ASKED.replace(Asked::Nothing));
    let verdict = judge().into();
    *has_asked = matches!(ASKED.get(), Asked::Last(asked) if asked.retries());
    decided(verdict, || match ASKED.get() {
        Asked::Last(verdict) => Some(verdict),
        Asked::Unheard | Asked::Nothing => None,
    })
}
