//! [`Numbers`]: one after the other, each given once.

use std::sync::atomic::Ordering;

use crate::primitives::sync::AtomicU32;

/// From 0; after 2³² of them, from 0 again. Whoever was given one, and whoever heard of that, gets later ones.
#[derive(Debug)]
pub(crate) struct Numbers(AtomicU32);

impl Numbers {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
