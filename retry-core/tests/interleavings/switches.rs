//! The switches of the process, which tests on several threads put into force and take back.

#[path = "../../src/switches/entries.rs"]
mod entries;

use self::entries::{Entries, Number};
use crate::sync::Mutex;
use crate::tally::Tally;
use crate::two_threads;

struct Shared {
    in_force: Tally,
    process: Mutex<Entries<usize>>,
}

impl Shared {
    /// Touched before the threads begin.
    fn new() -> Self {
        let shared = Self { in_force: Tally::new(), process: Mutex::new(Entries::none()) };
        assert!(shared.find().is_empty());
        shared
    }

    fn enter(&self, switch: usize) -> Number {
        self.process.lock().expect("no model panics with it").enter(switch, &self.in_force)
    }

    fn leave(&self, number: Number) -> Option<usize> {
        self.process.lock().expect("no model panics with it").leave(number, &self.in_force)
    }

    /// As a decision does.
    fn find(&self) -> Vec<usize> {
        let entries = self.process.lock().expect("no model panics with it");
        // In this place, so that the lock is touched.
        if !self.in_force.is_any() {
            return Vec::new();
        }
        entries.iter().copied().collect()
    }
}

#[test]
fn each_is_in_force_until_it_is_taken_back_and_then_no_more() {
    two_threads(
        Shared::new,
        |shared, switch| {
            let number = shared.enter(switch);
            assert!(shared.find().contains(&switch));
            assert_eq!(shared.leave(number), Some(switch), "its own");
            assert!(!shared.find().contains(&switch));
        },
        |shared, _| {
            assert!(!shared.in_force.is_any());
            assert!(shared.find().is_empty());
        },
    );
}

#[test]
fn one_that_stays_is_found_whatever_the_other_does() {
    two_threads(
        Shared::new,
        |shared, switch| {
            let number = shared.enter(switch);
            if switch == 0 {
                shared.leave(number);
            }
        },
        |shared, _| {
            assert!(shared.in_force.is_any());
            assert_eq!(shared.find(), [1]);
        },
    );
}
