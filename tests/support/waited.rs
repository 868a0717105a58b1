//! Waits that are noted, and not made: for `sleep = note` and `sleep = note_later`.
#![allow(dead_code, reason = "not every file has async functions, or waits of whole seconds")]

use std::cell::RefCell;
use std::future::{Ready, ready};
use std::time::Duration;

thread_local! {
    static WAITS: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

/// In place of a sleep that blocks.
pub(crate) fn note(wait: Duration) {
    WAITS.with_borrow_mut(|waits| waits.push(wait));
}

/// In place of an async sleep.
pub(crate) fn note_later(wait: Duration) -> Ready<()> {
    note(wait);
    ready(())
}

/// What this thread has noted since it was last asked.
pub(crate) fn waited() -> Vec<Duration> {
    WAITS.take()
}

/// [`waited`] in seconds, fractions left out.
pub(crate) fn waited_secs() -> Vec<u64> {
    waited().iter().map(Duration::as_secs).collect()
}
