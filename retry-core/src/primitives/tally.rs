//! [`Tally`]: how many of a kind there are on all threads, so that one load finds out that there are none.

use std::sync::atomic::Ordering;

use crate::primitives::sync::AtomicUsize;

/// It orders nothing else: what is counted is found elsewhere. Whoever has counted one, or was handed
/// something by who did, finds that there are some until that one is gone.
#[derive(Debug)]
pub(crate) struct Tally(AtomicUsize);

impl Tally {
    /// There are none.
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// One that was added is gone.
    pub(crate) fn remove(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}
