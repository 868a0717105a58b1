//! [`SlidingWindow`]: how much counts have grown within a span of time that ends now.
//!
//! The counts themselves only grow, and are kept by whoever has them. The window remembers what
//! they were when each of its slots began; what they have grown since its oldest slot began is the
//! sum over the window. So counting is an addition and a look at the clock, and only the first
//! call of a new slot writes what others read.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::nanoseconds::Nanoseconds;
use crate::striped::Padded;
use crate::sync::{AtomicU64, Mutex};
use crate::tick::Tick;

/// A window moves on by a tenth of its length, as Finagle's `WindowedAdder` does in its retry
/// budget.
pub(crate) const SLOTS: usize = 10;

/// A window over `K` counts that grow.
#[derive(Debug)]
pub(crate) struct SlidingWindow<const K: usize> {
    /// In nanoseconds, at least 1.
    slot_length: u64,
    /// When the current slot ends.
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

    /// Moves on to `now`, before a count grows: one relaxed load, unless a new slot has begun.
    pub(crate) fn advance(&self, now: Tick, counts: impl Fn() -> [u64; K]) {
        if now.bits() >= self.boundary.load(Ordering::Relaxed) {
            self.advance_boundary(now, counts);
        }
    }

    #[cold]
    fn advance_boundary(&self, now: Tick, counts: impl Fn() -> [u64; K]) {
        self.with_growth(now, counts, |_| ());
    }

    /// What `look` makes of the counts' growth within the window that ends `now`. Nobody else
    /// looks at the same time.
    pub(crate) fn with_growth<T>(
        &self,
        now: Tick,
        counts: impl Fn() -> [u64; K],
        look: impl FnOnce([u64; K]) -> T,
    ) -> T {
        let mut marks = self.marks.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = counts();
        let slot = now.bits() / self.slot_length;
        if slot > marks.slot {
            marks.move_on(slot, counts);
            let end = slot.saturating_add(1).saturating_mul(self.slot_length);
            self.boundary.store(end, Ordering::Relaxed);
        }
        look(marks.growth(counts))
    }

    /// Begins anew: what has been counted so far is in no window.
    pub(crate) fn clear(&self, counts: impl Fn() -> [u64; K]) {
        let mut marks = self.marks.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.counts = [counts(); SLOTS];
    }
}

impl<const K: usize> Marks<K> {
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
