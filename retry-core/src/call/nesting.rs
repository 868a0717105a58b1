//! Noticing that a retried call runs within another, so that their attempts multiply.
//!
//! Free until something fails: only decisions, which follow failures, leave and look for traces.
//! A call that gives up after retrying leaves a mark on its thread. If the next decision there is
//! about a call that has failed before, in the same task, and the mark is newer than the start of
//! its last attempt, the marked call has run within that attempt. What can still be mistaken for
//! it is a sibling in the same task (`join!`) that gives up while the attempt is in flight.

use std::cell::Cell;
use std::num::NonZero;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Waker;

/// Whose turn it was: the task that a waker wakes; `None` for blocking code, which is its thread.
///
/// By address, and not by a clone of the waker, which would keep a finished task's memory; the two
/// addresses folded into half of one, since every waiting call carries it. Of two tasks on one
/// thread, one in four thousand million pairs looks the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task(NonZero<u32>);

impl Task {
    pub(crate) fn woken_by(waker: &Waker) -> Self {
        let vtable = std::ptr::from_ref(waker.vtable()).addr();
        let both = waker.data().addr() ^ vtable.rotate_left(usize::BITS / 2);
        // By the golden ratio (Knuth, "The Art of Computer Programming", section 6.4): the upper
        // half of the product hangs on all bits.
        let spread = (both as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let folded = u32::try_from(spread >> 32).unwrap_or(u32::MAX);
        Self(NonZero::new(folded).unwrap_or(NonZero::<u32>::MIN))
    }
}

/// A place in the order of all failures and waits, on every thread. It wraps around.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u32);

impl Moment {
    pub(crate) fn next() -> Self {
        static MOMENTS: AtomicU32 = AtomicU32::new(0);
        Self(MOMENTS.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether this came after `other`, if they are less than half of all moments apart.
    pub(crate) fn is_after(self, other: Self) -> bool {
        self.0 != other.0 && self.0.wrapping_sub(other.0) < u32::MAX / 2
    }
}

/// A call that has used up its retries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) function: &'static str,
    /// How many attempts it made, those of calls within it multiplied in.
    pub(crate) attempts: u64,
    pub(crate) task: Option<Task>,
    pub(crate) moment: Moment,
}

/// How a call tells the calls that run within its attempt from others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Within {
    /// The task that the attempt runs in; `None` if that is not known, or in blocking code.
    task: Option<Task>,
    /// When the attempt began.
    began: Moment,
    /// How many attempts one attempt of this call makes, by what was noticed: 1 if nothing was.
    attempts: u32,
}

impl Within {
    /// That of an attempt which begins now.
    pub(crate) fn now(attempts: u32) -> Self {
        Self { task: None, began: Moment::next(), attempts }
    }

    /// How many attempts one attempt of the call makes, by what was noticed: 1 if nothing was.
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Another attempt begins, or goes on waiting to begin.
    pub(crate) fn begin(&mut self) {
        self.began = Moment::next();
    }

    /// As [`begin`](Self::begin), in the task that `waker` wakes.
    pub(crate) fn begin_in_task_of(&mut self, waker: &Waker) {
        self.task = Some(Task::woken_by(waker));
        self.begin();
    }

    /// The mark of a call that gave up within the attempt: the first time that one is there.
    pub(crate) fn notice(&mut self, mark: Mark) -> Option<Mark> {
        let is_within = self.attempts == 1
            && (mark.task.is_none() || mark.task == self.task)
            && mark.moment.is_after(self.began);
        is_within.then(|| {
            self.attempts = u32::try_from(mark.attempts).unwrap_or(u32::MAX);
            mark
        })
    }

    /// The mark to leave when the call has used up its retries, `attempts` in all.
    pub(crate) fn mark(&self, function: &'static str, attempts: u64) -> Mark {
        let attempts = attempts.saturating_mul(u64::from(self.attempts));
        Mark { function, attempts, task: self.task, moment: Moment::next() }
    }
}

thread_local! {
    static LAST: Cell<Option<Mark>> = const { Cell::new(None) };
}

/// Leaves a mark for the next decision on this thread.
pub(crate) fn leave(mark: Mark) {
    LAST.set(Some(mark));
}

/// Takes the mark that the last decision on this thread left.
pub(crate) fn take() -> Option<Mark> {
    LAST.take()
}

/// The mark that was there, which is put back when this is dropped.
#[derive(Debug)]
pub(crate) struct Aside(Option<Mark>);

/// Until it is dropped, what happens on this thread is not taken to happen within the call that runs
/// there.
pub(crate) fn set_aside() -> Aside {
    Aside(take())
}

impl Drop for Aside {
    fn drop(&mut self) {
        LAST.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn moments_keep_their_order_when_the_count_wraps_around() {
        assert!(Moment(1).is_after(Moment(0)));
        assert!(!Moment(0).is_after(Moment(0)));
        assert!(!Moment(0).is_after(Moment(1)));
        assert!(Moment(3).is_after(Moment(u32::MAX)));
        assert!(!Moment(u32::MAX).is_after(Moment(3)));
    }
}
