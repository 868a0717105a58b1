//! [`Striped`]: a count that many threads add to without contention.

use std::sync::atomic::Ordering;

use crate::primitives::sync::{AtomicU64, STRIPES, stripe};

/// Alone on its cache lines: two of them, since some processors fetch them in pairs.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

/// A count that only grows, spread over several counters, which the threads share out. It wraps around,
/// so only differences of sums are meaningful.
#[derive(Debug)]
pub(crate) struct Striped([Padded<AtomicU64>; STRIPES]);

impl Striped {
    pub(crate) const fn new() -> Self {
        Self([const { Padded(AtomicU64::new(0)) }; STRIPES])
    }

    /// Adds one, to a cache line that is usually this thread's own.
    #[inline]
    pub(crate) fn increment(&self) {
        self.0[stripe()].0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn sum(&self) -> u64 {
        let parts = self.0.iter().map(|part| part.0.load(Ordering::Relaxed));
        parts.fold(0, u64::wrapping_add)
    }
}
