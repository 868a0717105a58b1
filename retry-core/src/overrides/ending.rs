//! A thread that ends entries with sizes in time, also while no call fails.

use std::panic::catch_unwind;
use std::thread;

use super::in_force;
use super::lookout::Lookout;

static LOOKOUT: Lookout = Lookout::new();

/// A table is in force whose sizes end, or another one after it. The thread begins with the first.
pub(super) fn watch() {
    if in_force::has_sizes() && in_force::next_end().is_some() {
        // Without the thread, the entries end at the next failure.
        LOOKOUT
            .start(|| thread::Builder::new().name("persevere-until".to_owned()).spawn(run).is_ok());
    }
    LOOKOUT.wake();
}

fn run() {
    loop {
        // What listens to the log may panic.
        LOOKOUT.look(in_force::next_end, || drop(catch_unwind(in_force::end_entries)));
    }
}
