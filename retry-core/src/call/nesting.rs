//! Noticing that a retried call runs within another, so that their attempts multiply.
//!
//! It costs nothing until something fails: marks are left and looked for by decisions alone, which
//! follow failures. A call that has used up its retries leaves a mark on its thread. Suppose that the
//! next decision there is about a call that has failed before, in the same task, and that the mark is
//! newer than the start of that call's last attempt: then the marked call ran within the attempt. One
//! other case looks the same: a sibling in the same task (`join!`) that gives up while the attempt is in
//! flight.

use std::cell::Cell;
use std::num::NonZero;
use std::task::Waker;

use crate::primitives::numbers::Numbers;

/// A task, known by the waker that wakes it.
///
/// It keeps the waker's two addresses, and no clone of the waker, which would keep a finished task's
/// memory. They are folded into 32 bits, since every waiting call carries them: two tasks look the same
/// with a probability of 1 in 2³².
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Task(NonZero<u32>);

impl Task {
    pub(crate) fn woken_by(waker: &Waker) -> Self {
        let vtable = std::ptr::from_ref(waker.vtable()).addr();
        let both = waker.data().addr() ^ vtable.rotate_left(usize::BITS / 2);
        // Times the golden ratio (Knuth, "The Art of Computer Programming", section 6.4): the upper
        // half of the product depends on all bits.
        let spread = (both as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let folded = u32::try_from(spread >> 32).unwrap_or(u32::MAX);
        Self(NonZero::new(folded).unwrap_or(NonZero::<u32>::MIN))
    }
}

/// A position in the order of all failures and waits, on all threads. It wraps around.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment(u32);

impl Moment {
    pub(crate) fn next() -> Self {
        static MOMENTS: Numbers = Numbers::new();
        Self(MOMENTS.next())
    }

    /// Whether this came after `other`, given that fewer than half of all moments lie between them.
    pub(crate) fn is_after(self, other: Self) -> bool {
        self.0 != other.0 && self.0.wrapping_sub(other.0) < u32::MAX / 2
    }
}

/// What a call leaves on its thread when it has used up its retries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) function: &'static str,
    /// The number of its attempts, multiplied by those of the calls within it.
    pub(crate) attempts: u64,
    /// The task that it ran in; `None` in blocking code, which has its thread to itself.
    pub(crate) task: Option<Task>,
    pub(crate) moment: Moment,
}

/// Recognises the calls that run within an attempt, by their marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nesting {
    /// The task that the attempt runs in; `None` if that is unknown, or in blocking code.
    task: Option<Task>,
    /// When the attempt began.
    began: Moment,
    /// The number of attempts that a call within this attempt makes; 1 if no such call was noticed.
    attempts: u32,
}

impl Nesting {
    /// For an attempt that begins now; `attempts` is what earlier attempts of the call have noticed.
    pub(crate) fn now(attempts: u32) -> Self {
        Self { task: None, began: Moment::next(), attempts }
    }

    /// The number of attempts that a call within this attempt makes; 1 if no such call was noticed.
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Another attempt begins, or still waits to begin.
    pub(crate) fn begin(&mut self) {
        self.began = Moment::next();
    }

    /// As [`begin`](Self::begin), in the task that `waker` wakes.
    pub(crate) fn begin_in_task_of(&mut self, waker: &Waker) {
        self.task = Some(Task::woken_by(waker));
        self.begin();
    }

    /// `mark`, if its call gave up within the attempt, and none was noticed before.
    pub(crate) fn notice(&mut self, mark: Mark) -> Option<Mark> {
        let is_within = self.attempts == 1
            && (mark.task.is_none() || mark.task == self.task)
            && mark.moment.is_after(self.began);
        is_within.then(|| {
            self.attempts = u32::try_from(mark.attempts).unwrap_or(u32::MAX);
            mark
        })
    }

    /// The mark that the call leaves when it has used up its retries, after `attempts` in all.
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

/// Keeps the mark that was there, and puts it back when it is dropped.
#[derive(Debug)]
pub(crate) struct Aside(Option<Mark>);

/// Until the result is dropped, the calls on this thread do not count as within the call that runs
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
