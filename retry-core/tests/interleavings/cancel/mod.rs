//! What ends calls from outside: a word that is said once, and who waits for it.

mod said;
#[path = "../../../src/cancel/waiters.rs"]
mod waiters;
mod waiting;
#[path = "../../../src/cancel/word.rs"]
mod word;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Woken {
    fn times(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
