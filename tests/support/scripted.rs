//! A body that fails as scripted, then succeeds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

/// Hands out its failures in order; after the last, every run succeeds with its own number.
pub(crate) struct Script<E> {
    failures: Mutex<std::vec::IntoIter<E>>,
    runs: AtomicU32,
}

impl<E> Script<E> {
    pub(crate) fn of(failures: impl IntoIterator<Item = E>) -> Self {
        let failures: Vec<E> = failures.into_iter().collect();
        Self { failures: Mutex::new(failures.into_iter()), runs: AtomicU32::new(0) }
    }

    pub(crate) fn run(&self) -> Result<u32, E> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        self.failures.lock().unwrap().next().map_or(Ok(run), Err)
    }

    /// How often it ran.
    pub(crate) fn runs(&self) -> u32 {
        self.runs.load(Ordering::Relaxed)
    }
}
