//! [`Lookout`]: a thread that sleeps until an entry ends, or another table is there.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::primitives::sync::{AtomicBool, Condvar, Mutex};

pub(super) struct Lookout {
    is_running: AtomicBool,
    /// Held while the thread looks for the next end, so that it misses no table.
    looking: Mutex<()>,
    is_installed: Condvar,
}

impl Lookout {
    /// Without a thread yet.
    pub(super) const fn new() -> Self {
        Self {
            is_running: AtomicBool::new(false),
            looking: Mutex::new(()),
            is_installed: Condvar::new(),
        }
    }

    /// Starts the thread by `spawn`, which returns whether it could, unless it runs.
    pub(super) fn start(&self, spawn: impl FnOnce() -> bool) {
        if !self.is_running.swap(true, Ordering::AcqRel) {
            let is_running = spawn();
            self.is_running.store(is_running, Ordering::Release);
        }
    }

    /// A table has been installed: the thread looks again.
    pub(super) fn wake(&self) {
        if self.is_running.load(Ordering::Acquire) {
            drop(self.looking.lock());
            self.is_installed.notify_all();
        }
    }

    /// The thread looks once: it sleeps until the next end, or the next table, and calls `end` for one that is over.
    pub(super) fn look(&self, next_end: impl Fn() -> Option<Duration>, end: impl FnOnce()) {
        let looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        match next_end() {
            None => drop(self.is_installed.wait(looking)),
            Some(Duration::ZERO) => {
                drop(looking);
                end();
            }
            Some(left) => drop(self.is_installed.wait_timeout(looking, left)),
        }
    }
}
