//! The thread that ends entries in time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::lookout::Lookout;
use crate::sync::Mutex;
use crate::two_threads;

/// Loom has no clock: an entry ends at once, or never.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Never,
    Later,
    Now,
}

struct Shared {
    lookout: Lookout,
    in_force: Mutex<Ends>,
}

impl Shared {
    fn new(in_force: Ends) -> Self {
        let shared = Self { lookout: Lookout::new(), in_force: Mutex::new(Ends::Now) };
        // Touched before the threads begin.
        shared.lookout.start(|| true);
        shared.look();
        shared.lookout.wake();
        shared.lookout.start(|| unreachable!("it runs"));
        shared.install(in_force);
        shared
    }

    fn install(&self, ends: Ends) {
        *self.in_force.lock().expect("no model panics with it") = ends;
    }

    fn ends(&self) -> Ends {
        *self.in_force.lock().expect("no model panics with it")
    }

    /// The thread looks once.
    fn look(&self) {
        let next_end = || match self.ends() {
            Ends::Never => None,
            Ends::Later => Some(Duration::MAX),
            Ends::Now => Some(Duration::ZERO),
        };
        self.lookout.look(next_end, || self.install(Ends::Never));
    }

    /// The thread looks until it has ended an entry. Without a wake-up it sleeps for ever, which loom reports.
    fn look_until_it_ends_one(&self) {
        while self.ends() != Ends::Never {
            self.look();
        }
    }
}

#[test]
fn the_thread_misses_no_table() {
    for before in [Ends::Never, Ends::Later] {
        two_threads(
            move || Shared::new(before),
            |shared, thread| {
                if thread == 0 {
                    shared.install(Ends::Now);
                    shared.lookout.wake();
                } else {
                    // Before the table, or after.
                    shared.look();
                    shared.look_until_it_ends_one();
                }
            },
            |shared, _| assert!(shared.ends() == Ends::Never),
        );
    }
}

#[test]
fn two_who_install_the_first_table_start_one_thread() {
    two_threads(
        || {
            let lookout = Lookout::new();
            lookout.wake(); // touched before the threads begin
            (lookout, AtomicUsize::new(0))
        },
        |(lookout, started), _| {
            lookout.start(|| {
                started.fetch_add(1, Ordering::Relaxed);
                true
            });
        },
        |(_, started), _| assert_eq!(started.load(Ordering::Relaxed), 1),
    );
}
