//! The work of bringing layers in line with the table, which one thread does for all.

use std::sync::atomic::Ordering;

use super::coalesced::Coalesced;
use crate::sync::{AtomicU32, Mutex};
use crate::two_threads;

/// The size of a layer in the code.
const OF_CODE: u32 = 0;

struct Shared {
    /// What the table in force says.
    table: Mutex<u32>,
    work: Coalesced<u32>,
    /// What the layer has.
    layer: AtomicU32,
}

impl Shared {
    /// Touched before the threads begin.
    fn new(size: u32) -> Self {
        let shared = Self {
            table: Mutex::new(OF_CODE),
            work: Coalesced::new(0),
            layer: AtomicU32::new(OF_CODE),
        };
        shared.run();
        assert!(!shared.work.is_changed());
        shared.install(size);
        assert_eq!(shared.layer(), size);
        shared
    }

    fn table(&self) -> u32 {
        *self.table.lock().expect("no model panics with it")
    }

    fn layer(&self) -> u32 {
        self.layer.load(Ordering::Relaxed)
    }

    fn install(&self, size: u32) {
        *self.table.lock().expect("no model panics with it") = size;
        if self.work.is_changed() || self.table() != OF_CODE {
            self.run();
        }
    }

    fn run(&self) {
        let set = |&size: &u32, times: &mut u32| {
            *times += 1;
            // Nobody else works: what one has set, the next one finds.
            let before = self.layer();
            assert_eq!(self.layer.swap(size, Ordering::Relaxed), before);
        };
        self.work.run(|| self.table(), |size| *size != OF_CODE, set);
    }
}

#[test]
fn what_was_asked_for_last_is_done() {
    two_threads(
        || Shared::new(OF_CODE),
        |shared, thread| shared.install(if thread == 0 { 1 } else { 2 }),
        |shared, _| assert_eq!(shared.layer(), shared.table()),
    );
}

#[test]
fn a_size_that_is_taken_back_while_it_is_set_does_not_stay() {
    two_threads(
        || Shared::new(OF_CODE),
        |shared, thread| shared.install(if thread == 0 { 1 } else { OF_CODE }),
        |shared, _| {
            assert_eq!(shared.layer(), shared.table());
            assert_eq!(shared.work.is_changed(), shared.table() != OF_CODE);
        },
    );
}

#[test]
fn one_that_is_taken_back_as_another_takes_its_place_leaves_what_is_in_force() {
    two_threads(
        || Shared::new(1),
        |shared, thread| shared.install(if thread == 0 { 2 } else { OF_CODE }),
        |shared, _| {
            assert_eq!(shared.layer(), shared.table());
            assert_eq!(shared.work.is_changed(), shared.table() != OF_CODE);
        },
    );
}
