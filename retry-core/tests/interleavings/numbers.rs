//! The numbers of a race's bodies, and the moments at which attempts begin.

use std::sync::atomic::Ordering;

use crate::numbers_given::Numbers;
use crate::sync::AtomicU32;
use crate::two_threads;

#[test]
fn each_is_given_once() {
    two_threads(
        || {
            let numbers = Numbers::new();
            assert_eq!(numbers.next(), 0); // touched before the threads begin
            numbers
        },
        |numbers, _| [numbers.next(), numbers.next()],
        |numbers, given| {
            let mut given = given.as_flattened().to_vec();
            given.sort_unstable();
            assert_eq!(given, [1, 2, 3, 4]);
            assert_eq!(numbers.next(), 5);
        },
    );
}

/// A call that gave up on one thread gave up before an attempt begins that another one hears of it in.
#[test]
fn who_has_heard_of_one_gets_a_later_one() {
    two_threads(
        || {
            let (numbers, heard) = (Numbers::new(), AtomicU32::new(0));
            let _ = (numbers.next(), heard.load(Ordering::Relaxed)); // touched before the threads begin
            (numbers, heard)
        },
        |(numbers, heard), thread| {
            if thread == 0 {
                heard.store(numbers.next(), Ordering::Release);
                return;
            }
            let one = heard.load(Ordering::Acquire);
            assert!(numbers.next() > one);
        },
        |(numbers, _), _| assert_eq!(numbers.next(), 3),
    );
}
