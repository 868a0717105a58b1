//! [`Count`]: how often an action may act yet, on all threads together.

use std::sync::atomic::Ordering;

use crate::primitives::sync::AtomicU32;

#[derive(Debug)]
pub(crate) struct Count(AtomicU32);

impl Count {
    pub(crate) fn new(most: u32) -> Self {
        Self(AtomicU32::new(most))
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// Takes one of them; whether there was one.
    pub(crate) fn take(&self) -> bool {
        let mut left = self.0.load(Ordering::Relaxed);
        while left > 0 {
            let less = left - 1;
            // Nothing else is published by it.
            match self.0.compare_exchange_weak(left, less, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => left = now,
            }
        }
        false
    }
}
