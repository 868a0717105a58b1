//! A thread that ends entries with sizes in time, also while no call fails.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::in_force;

static IS_RUNNING: AtomicBool = AtomicBool::new(false);

/// Held while the thread looks for the next end, so that it misses no table.
static LOOKING: Mutex<()> = Mutex::new(());

static IS_INSTALLED: Condvar = Condvar::new();

/// A table is in force whose sizes end, or another one after it. The thread begins with the first.
pub(super) fn watch() {
    if in_force::has_sizes() && in_force::next_end().is_some() {
        start();
    }
    if IS_RUNNING.load(Ordering::Acquire) {
        drop(LOOKING.lock());
        IS_INSTALLED.notify_all();
    }
}

fn start() {
    if !IS_RUNNING.swap(true, Ordering::AcqRel) {
        let begun = thread::Builder::new().name("persevere-until".to_owned()).spawn(run);
        // Without the thread, the entries end at the next failure.
        IS_RUNNING.store(begun.is_ok(), Ordering::Release);
    }
}

fn run() {
    let mut looking = LOOKING.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        looking = match in_force::next_end() {
            None => IS_INSTALLED.wait(looking).unwrap_or_else(PoisonError::into_inner),
            Some(Duration::ZERO) => {
                drop(looking);
                // What listens to the log may panic.
                drop(catch_unwind(in_force::end_entries));
                LOOKING.lock().unwrap_or_else(PoisonError::into_inner)
            }
            Some(left) => {
                let woken = IS_INSTALLED.wait_timeout(looking, left);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        };
    }
}
