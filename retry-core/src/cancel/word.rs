//! [`Word`]: what is said once, for good, to all that wait for it.

use std::sync::atomic::Ordering;
use std::task::Waker;

use super::waiters::{Place, Waiters};
use crate::primitives::sync::AtomicBool;

#[derive(Debug)]
pub(super) struct Word {
    is_said: AtomicBool,
    waiters: Waiters,
}

impl Word {
    /// It is not said yet.
    pub(super) const fn new() -> Self {
        Self { is_said: AtomicBool::new(false), waiters: Waiters::new() }
    }

    /// Says it, and wakes all that wait, unless it has been said. Who is woken finds that it is said.
    pub(super) fn say(&self) {
        if !self.is_said.swap(true, Ordering::SeqCst) {
            self.waiters.wake();
        }
    }

    /// One relaxed load.
    #[inline]
    pub(super) fn is_said(&self) -> bool {
        self.is_said.load(Ordering::Relaxed)
    }

    /// Whether it is said. If not, `waker` is woken when it is, at `place`, which [`leave`](Self::leave) frees.
    pub(super) fn wait(&self, place: &mut Option<Place>, waker: &Waker) -> bool {
        self.waiters.wait(place, waker)
    }

    /// Waits no more.
    pub(super) fn leave(&self, place: &mut Option<Place>) {
        if let Some(place) = place.take() {
            self.waiters.leave(place);
        }
    }
}
