//! [`Acted`]: whether chaos has acted in a call.

use std::sync::atomic::Ordering;

use crate::primitives::sync::AtomicBool;

/// The events of the call say so. Its bodies may run on several threads; whoever has a body's outcome finds out.
#[derive(Debug)]
pub struct Acted(AtomicBool);

impl Acted {
    /// In a call that begins.
    #[must_use]
    pub const fn not() -> Self {
        Self(AtomicBool::new(false))
    }

    /// It has.
    pub(crate) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for Acted {
    fn default() -> Self {
        Self::not()
    }
}
