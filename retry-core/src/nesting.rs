//! Noticing that a retried call runs within another, so that their attempts multiply.
//!
//! Free until something fails: only decisions, which follow failures, leave and look for traces.
//! A call that gives up after retrying leaves a mark on its thread. If the next decision there is
//! about a call that has failed before, in the same task, and the mark is newer than the start of
//! its last attempt, the marked call has run within that attempt. What can still be mistaken for
//! it is a sibling in the same task (`join!`) that gives up while the attempt is in flight.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

/// Whose turn it was: the task that a waker wakes; `None` for blocking code, which is its thread.
///
/// By address, and not by a clone of the waker, which would keep a finished task's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    data: usize,
    vtable: usize,
}

impl Task {
    pub(crate) fn woken_by(waker: &Waker) -> Self {
        Self { data: waker.data().addr(), vtable: std::ptr::from_ref(waker.vtable()).addr() }
    }
}

/// A call that has used up its retries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) function: &'static str,
    /// How many attempts it made, those of calls within it multiplied in.
    pub(crate) attempts: u64,
    pub(crate) task: Option<Task>,
    /// When, on the count of all failures and waits.
    pub(crate) sequence: u64,
}

thread_local! {
    static LAST: Cell<Option<Mark>> = const { Cell::new(None) };
}

static SEQUENCE: AtomicU64 = AtomicU64::new(0);

/// A place in the order of all failures and waits, on every thread.
pub(crate) fn next_in_sequence() -> u64 {
    SEQUENCE.fetch_add(1, Ordering::Relaxed)
}

/// Leaves a mark for the next decision on this thread.
pub(crate) fn leave(mark: Mark) {
    LAST.set(Some(mark));
}

/// Takes the mark that the last decision on this thread left.
pub(crate) fn take() -> Option<Mark> {
    LAST.take()
}
