//! How many of a kind there are: tables, scopes, switches.

use crate::tally::Tally;
use crate::two_threads;

/// Touched before the threads begin.
fn none() -> Tally {
    let tally = Tally::new();
    assert!(!tally.is_any());
    tally
}

#[test]
fn who_has_one_sees_it_whatever_the_other_does() {
    two_threads(
        none,
        |tally, _| {
            tally.add();
            assert!(tally.is_any());
            tally.remove();
            tally.add();
            assert!(tally.is_any());
            tally.remove();
        },
        |tally, _| assert!(!tally.is_any(), "all are gone"),
    );
}

#[test]
fn one_that_stays_is_seen_when_the_other_is_gone() {
    two_threads(
        none,
        |tally, thread| {
            tally.add();
            if thread == 0 {
                tally.remove();
            }
        },
        |tally, _| {
            assert!(tally.is_any());
            tally.remove();
            assert!(!tally.is_any());
        },
    );
}
