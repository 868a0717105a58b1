//! [`Coalesced`]: work that many ask for and one does, for all of them.

use std::sync::TryLockError;
use std::sync::atomic::Ordering;

use crate::primitives::sync::{AtomicBool, AtomicU64, Mutex, fence};

/// Work that brings something in line with what was asked for last. `M` is what is remembered between two
/// times.
pub(super) struct Coalesced<M> {
    /// Whether something is not as it is without anything asked.
    is_changed: AtomicBool,
    /// How often it was asked for.
    asked: AtomicU64,
    /// Who finds it taken leaves the work to who has it.
    working: Mutex<M>,
}

impl<M> Coalesced<M> {
    pub(super) const fn new(memory: M) -> Self {
        Self {
            is_changed: AtomicBool::new(false),
            asked: AtomicU64::new(0),
            working: Mutex::new(memory),
        }
    }

    /// Whether there may be something to take back.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed.load(Ordering::Relaxed)
    }

    /// Does what is `wanted`, or leaves it to who does it at this moment. Never waits: what `act` runs may ask
    /// for it, too.
    pub(super) fn run<W>(
        &self,
        wanted: impl Fn() -> W,
        is_change: impl Fn(&W) -> bool,
        act: impl Fn(&W, &mut M),
    ) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        // Either this finds the work left, or who leaves it finds what was asked here: not neither.
        fence(Ordering::SeqCst);
        loop {
            let mut memory = match self.working.try_lock() {
                Ok(memory) => memory,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return,
            };
            let asked = self.asked.load(Ordering::Relaxed);
            // Before it reads what is wanted: who takes that back a moment later asks for it.
            self.is_changed.store(true, Ordering::Relaxed);
            let wanted = wanted();
            self.is_changed.store(is_change(&wanted), Ordering::Relaxed);
            act(&wanted, &mut memory);
            drop(memory);
            fence(Ordering::SeqCst); // with the one above
            if self.asked.load(Ordering::Relaxed) == asked {
                return;
            }
        }
    }
}
