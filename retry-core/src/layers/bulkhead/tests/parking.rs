//! Waiting for a future by parking the thread, by a clock of the test's own.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::task::Poll;
use std::time::Duration;

use crate::time::clock::Instant;
use crate::time::parking::{block_on, block_on_with};

const SECOND: Duration = Duration::from_secs(1);

/// Blocks on a future that is ready at its poll number `ready_at`; each time the thread is
/// parked, it wakes up after a second. Gives what came out, and for how long it was to park.
fn parked(ready_at: u32, limit: Option<Duration>) -> (Option<u32>, Vec<Option<Duration>>) {
    let (start, passed) = (Instant::now(), Cell::new(Duration::ZERO));
    let (mut polls, parked) = (0, RefCell::new(Vec::new()));
    let future = poll_fn(|_| {
        polls += 1;
        if polls == ready_at { Poll::Ready(polls) } else { Poll::Pending }
    });
    let park = |left| {
        parked.borrow_mut().push(left);
        passed.set(passed.get() + SECOND);
    };
    let output = block_on_with(future, limit, || start + passed.get(), park);
    (output, parked.take())
}

#[test]
fn ready_at_once_parks_not() {
    assert_eq!(parked(1, Some(Duration::ZERO)), (Some(1), vec![]));
    assert_eq!(block_on(ready(7), None), Some(7));
}

#[test]
fn woken_for_no_reason_it_parks_for_what_is_left() {
    let left = |seconds| Some(SECOND * seconds);
    assert_eq!(parked(3, left(5)), (Some(3), vec![left(5), left(4)]));
    assert_eq!(parked(9, left(3)), (None, vec![left(3), left(2), left(1)]));
}

#[test]
fn ready_when_the_time_is_over_is_ready() {
    assert_eq!(parked(2, Some(SECOND)), (Some(2), vec![Some(SECOND)]));
}

#[test]
fn without_limit_or_with_one_too_far_it_parks_without_end() {
    assert_eq!(parked(3, None), (Some(3), vec![None, None]));
    assert_eq!(parked(3, Some(Duration::MAX)), (Some(3), vec![None, None]));
}

#[test]
fn no_time_is_none() {
    assert_eq!(block_on(pending::<()>(), Some(Duration::ZERO)), None);
}

#[test]
fn a_wake_before_the_thread_parks_is_not_lost() {
    let mut polls = 0;
    let future = poll_fn(|context| {
        polls += 1;
        context.waker().wake_by_ref();
        if polls == 1_000 { Poll::Ready(()) } else { Poll::Pending }
    });
    assert_eq!(block_on(future, None), Some(()));
}
