//! How often chaos may act, and whether it has.

#[path = "../../src/call/acted.rs"]
mod acted;
#[path = "../../src/chaos/count.rs"]
mod count;

use self::acted::Acted;
use self::count::Count;
use crate::two_threads;

/// Touched before the threads begin.
fn left(most: u32) -> Count {
    let count = Count::new(most);
    assert_eq!(count.is_used_up(), most == 0);
    count
}

#[test]
fn the_last_of_them_is_taken_once() {
    two_threads(
        || left(1),
        |count, _| count.take(),
        |count, [mine, other]| {
            assert_ne!(mine, other);
            assert!(count.is_used_up());
        },
    );
}

/// Two threads, four tries, three that are left.
#[test]
fn all_are_taken_and_no_more() {
    two_threads(
        || left(3),
        |count, _| [count.take(), count.take()],
        |count, taken| {
            assert_eq!(taken.as_flattened().iter().filter(|taken| **taken).count(), 3);
            assert!(count.is_used_up() && !count.take());
        },
    );
}

#[test]
fn one_that_is_seen_used_up_is_never_taken_again() {
    two_threads(
        || left(1),
        |count, thread| match thread {
            0 => count.take(),
            _ => count.is_used_up() && count.take(),
        },
        |_, [taken, again]| assert!(taken && !again),
    );
}

/// Two bodies of a race on two threads; the call's events are made once both have ended.
#[test]
fn a_call_in_which_any_body_was_broken_says_so() {
    two_threads(
        || {
            let acted = Acted::not();
            assert!(!acted.has()); // touched before the threads begin
            acted
        },
        |acted, _| {
            acted.note();
            assert!(acted.has());
        },
        |acted, _| assert!(acted.has()),
    );
}
