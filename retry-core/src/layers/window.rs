//! [`SlidingWindow`]: how much counts have grown within a span of time that ends now.
//!
//! The counts themselves only grow, and are kept by the window's owner. The window remembers what
//! they were when each of its slots began; what they have grown since its oldest slot began is the
//! sum over the window. So counting is an addition and a look at the clock, and only the first
//! call of a new slot writes what others read.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::primitives::nanoseconds::Nanoseconds;
use crate::primitives::striped::Padded;
use crate::primitives::sync::{AtomicU64, Mutex};
use crate::time::tick::Tick;

/// A window moves on by a tenth of its length, as Finagle's `WindowedAdder` does in its retry
/// budget.
pub(crate) const SLOTS: usize = 10;

/// A slot of a window, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u64);

impl Slot {
    /// The slot of what no window counts.
    pub(crate) const NONE: Self = Self(0);
}

/// A window over `K` counts that grow.
#[derive(Debug)]
pub(crate) struct SlidingWindow<const K: usize> {
    /// In nanoseconds, at least 1.
    slot_length: u64,
    /// From when on a count has more to do than to look here: from the end of the current slot, or
    /// at once while the window is watched.
    boundary: AtomicU64,
    marks: Padded<Mutex<Marks<K>>>,
}

/// What the counts were when each slot began; slot `s` in place `s % SLOTS`.
#[derive(Debug)]
struct Marks<const K: usize> {
    slot: u64,
    counts: [[u64; K]; SLOTS],
}

impl<const K: usize> SlidingWindow<K> {
    /// `length` must not be zero.
    pub(crate) const fn new(length: Duration) -> Self {
        let slot_length = Nanoseconds::of(length).count() / SLOTS as u64;
        Self {
            slot_length: if slot_length == 0 { 1 } else { slot_length },
            boundary: AtomicU64::new(0),
            marks: Padded(Mutex::new(Marks { slot: 0, counts: [[0; K]; SLOTS] })),
        }
    }

    /// Moves on to `now`, before a count grows, if that [is due](Self::is_due).
    pub(crate) fn advance(&self, now: Tick, counts: impl Fn() -> [u64; K]) {
        if self.is_due(now) {
            self.move_on(now, counts);
        }
    }

    /// Whether a new slot has begun, or the window is watched: one relaxed load.
    pub(crate) fn is_due(&self, now: Tick) -> bool {
        now.bits() >= self.boundary.load(Ordering::Relaxed)
    }

    /// Moves on to `now`. The watch ends, unless it is [begun](Self::watch_if) again.
    #[cold]
    pub(crate) fn move_on(&self, now: Tick, counts: impl Fn() -> [u64; K]) {
        let mut marks = self.lock();
        marks.reach(now.bits() / self.slot_length, counts());
        self.boundary.store(self.end_of(marks.slot), Ordering::Relaxed);
    }

    /// What `look` makes of the counts' growth within the window that ends `now`, and of the slot
    /// in which what it counts itself is counted. Nobody else looks at the same time.
    pub(crate) fn with_growth<T>(
        &self,
        now: Tick,
        counts: impl Fn() -> [u64; K],
        look: impl FnOnce([u64; K], Slot) -> T,
    ) -> T {
        let mut marks = self.lock();
        let growth = marks.reach(now.bits() / self.slot_length, counts());
        look(growth, Slot(marks.slot))
    }

    /// As [`with_growth`](Self::with_growth), and the window is watched from now on if `look` gives
    /// `true`: each count [is due](Self::is_due) to look again.
    pub(crate) fn watch_if(
        &self,
        now: Tick,
        counts: impl Fn() -> [u64; K],
        look: impl FnOnce([u64; K]) -> bool,
    ) {
        let mut marks = self.lock();
        let growth = marks.reach(now.bits() / self.slot_length, counts());
        // Under the lock, so that of two who look the later one has the last word.
        let boundary = if look(growth) { 0 } else { self.end_of(marks.slot) };
        self.boundary.store(boundary, Ordering::Relaxed);
    }

    /// Takes back one of what was counted in `slot` at `index`, as if it had never been: `take`
    /// lowers the count, and so do the marks of all slots that began after `slot`.
    pub(crate) fn take_back(&self, slot: Slot, index: usize, take: impl FnOnce()) {
        let mut marks = self.lock();
        take();
        let since = marks.slot.saturating_sub(slot.0).min(SLOTS as u64);
        for back in 0..since {
            let mark = place(marks.slot - back);
            marks.counts[mark][index] = marks.counts[mark][index].wrapping_sub(1);
        }
    }

    fn lock(&self) -> impl std::ops::DerefMut<Target = Marks<K>> + '_ {
        self.marks.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_of(&self, slot: u64) -> u64 {
        slot.saturating_add(1).saturating_mul(self.slot_length)
    }

    /// Empties the window: what was counted so far is not in it any more. Nor is the time: a clock that has
    /// gone back since is believed.
    pub(crate) fn clear(&self, counts: impl Fn() -> [u64; K]) {
        let mut marks = self.lock();
        *marks = Marks { slot: 0, counts: [counts(); SLOTS] };
        self.boundary.store(0, Ordering::Relaxed);
    }
}

impl<const K: usize> Marks<K> {
    /// Goes on to `slot`, unless it is there or beyond it; gives the growth.
    fn reach(&mut self, slot: u64, counts: [u64; K]) -> [u64; K] {
        if slot > self.slot {
            self.move_on(slot, counts);
        }
        self.growth(counts)
    }

    /// The slots between the last one and `slot` have begun with the same counts.
    fn move_on(&mut self, slot: u64, counts: [u64; K]) {
        let begun = (slot - self.slot).min(SLOTS as u64);
        for back in 0..begun {
            self.counts[place(slot - back)] = counts;
        }
        self.slot = slot;
    }

    fn growth(&self, counts: [u64; K]) -> [u64; K] {
        let oldest = self.counts[place(self.slot.wrapping_add(1))];
        std::array::from_fn(|index| counts[index].wrapping_sub(oldest[index]))
    }
}

#[allow(clippy::cast_possible_truncation, reason = "it is below `SLOTS`")]
const fn place(slot: u64) -> usize {
    (slot % SLOTS as u64) as usize
}
