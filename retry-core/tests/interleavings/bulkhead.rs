//! The permits of a bulkhead, its queue, and the threads that park in it.

#[path = "../../src/layers/bulkhead/adaptive.rs"]
mod adaptive;
#[path = "../../src/layers/bulkhead/callers.rs"]
mod callers;
#[path = "../../src/layers/bulkhead/change.rs"]
mod change;
#[path = "../../src/time/parking.rs"]
mod parking;
#[path = "../../src/layers/bulkhead/permit.rs"]
mod permit;
#[path = "../../src/layers/bulkhead/queued.rs"]
mod queued;
#[path = "../../src/layers/bulkhead/resize.rs"]
mod resize;
#[path = "../../src/layers/bulkhead/semaphore.rs"]
mod semaphore;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use self::adaptive::{Adaptive, End};
use self::permit::Permit;
use self::semaphore::Semaphore;
use crate::two_threads;

impl End {
    /// No deadline drops a permit here.
    const fn dropped() -> Self {
        Self::Unknown
    }
}

/// One permit, the number of its holders, and the maximum of that number.
struct Shared {
    semaphore: Semaphore,
    holders: AtomicUsize,
    most: AtomicUsize,
}

/// `free` of one permit are free. Each atomic is touched before the threads begin.
fn one_permit(free: usize) -> Shared {
    let semaphore = Semaphore::new(free);
    assert_eq!((semaphore.free(), semaphore.waiting()), (free, 0));
    assert_eq!(semaphore.served.load(Ordering::SeqCst), 0);
    Shared { semaphore, holders: AtomicUsize::new(0), most: AtomicUsize::new(0) }
}

impl Shared {
    /// Holds the permit for a moment.
    fn hold(&self, permit: Permit<'_>) {
        let holders = self.holders.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(holders, Ordering::SeqCst);
        loom::thread::yield_now();
        self.holders.fetch_sub(1, Ordering::SeqCst);
        drop(permit);
    }

    fn assert_all_is_free(&self) {
        assert_eq!((self.semaphore.free(), self.semaphore.waiting()), (1, 0));
        assert!(self.most.load(Ordering::SeqCst) <= 1, "one permit, two holders");
    }
}

#[test]
fn two_who_take_what_is_free_never_hold_one_permit_both() {
    two_threads(
        || one_permit(1),
        |shared, _| {
            let is_taken = shared.semaphore.try_take();
            if is_taken {
                shared.hold(Permit::new(&shared.semaphore));
            }
            is_taken
        },
        |shared, taken| {
            assert!(taken.contains(&true));
            shared.assert_all_is_free();
        },
    );
}

#[test]
fn a_caller_that_is_dropped_from_the_queue_at_any_moment_keeps_no_permit() {
    two_threads(
        || one_permit(1),
        |shared, _| {
            if shared.semaphore.try_take() {
                shared.hold(Permit::new(&shared.semaphore));
            } else if let Some(queued) = shared.semaphore.join(1, None) {
                let mut queued = pin!(queued);
                let polled = queued.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                if let std::task::Poll::Ready(permit) = polled {
                    shared.hold(permit);
                }
            }
        },
        |shared, _| shared.assert_all_is_free(),
    );
}

/// Between the test for a free permit and the queue's lock, the last holder may return its permit:
/// without a second test, the next caller would wait for ever beside a free one.
#[test]
fn a_call_that_joins_while_a_permit_is_returned_gets_it() {
    two_threads(
        || one_permit(0),
        |shared, thread| {
            if thread == 0 {
                shared.semaphore.give_back();
            } else {
                let queued = shared.semaphore.join(1, None).expect("there is room in the queue");
                std::mem::forget(queued); // the permit is for it, whether polled or not
            }
        },
        |shared, _| assert_eq!((shared.semaphore.free(), shared.semaphore.waiting()), (0, 0)),
    );
}

#[test]
fn a_thread_that_parks_for_its_turn_is_woken() {
    two_threads(
        || one_permit(1),
        |shared, _| {
            if shared.semaphore.try_take() {
                shared.hold(Permit::new(&shared.semaphore));
            } else {
                let queued = shared.semaphore.join(1, None).expect("there is room in the queue");
                let permit = parking::block_on(queued, None).expect("there is no limit");
                shared.hold(permit);
            }
        },
        |shared, _| shared.assert_all_is_free(),
    );
}

/// The caller that a permit is handed to finds that out without the lock.
#[test]
fn who_is_handed_a_permit_sees_what_was_done_under_it() {
    two_threads(
        || {
            let done = crate::sync::AtomicUsize::new(0);
            done.store(0, Ordering::SeqCst);
            (one_permit(0), done)
        },
        |(shared, done), thread| {
            if thread == 0 {
                done.store(1, Ordering::Relaxed);
                shared.semaphore.give_back();
            } else {
                let queued = shared.semaphore.join(1, None).expect("there is room in the queue");
                let permit = parking::block_on(queued, None).expect("there is no limit");
                assert_eq!(done.load(Ordering::Relaxed), 1);
                drop(permit);
            }
        },
        |(shared, _), _| shared.assert_all_is_free(),
    );
}

/// One permit by a limit that adapts, which the first answer raises to two.
fn adaptive() -> Shared {
    let semaphore = Semaphore::adaptive(Adaptive::new(1, 2));
    assert_eq!((semaphore.free(), semaphore.waiting(), semaphore.limit()), (1, 0, Some(1)));
    assert!(!semaphore.try_take(), "touched, and never free");
    assert_eq!(semaphore.served.load(Ordering::SeqCst), 0);
    Shared { semaphore, holders: AtomicUsize::new(0), most: AtomicUsize::new(0) }
}

#[test]
fn a_caller_that_waits_is_let_in_by_whoever_ends_however_the_limit_moves() {
    two_threads(
        adaptive,
        |shared, _| {
            let permit = shared.semaphore.try_take_adaptive().or_else(|| {
                let queued = shared.semaphore.join(1, None).expect("there is room in the queue");
                parking::block_on(queued, None)
            });
            let permit = permit.expect("there is no limit");
            permit.end(End::Answered { is_first: true });
        },
        |shared, _| {
            let limit = shared.semaphore.limit();
            assert_eq!(Some(shared.semaphore.free()), limit, "all permits came back");
            assert_eq!(shared.semaphore.waiting(), 0);
        },
    );
}

#[test]
fn no_more_are_in_flight_than_the_limit_was_at_its_highest() {
    two_threads(
        adaptive,
        |shared, thread| {
            let Some(permit) = shared.semaphore.try_take_adaptive() else { return };
            if thread == 0 { permit.end(End::Dropped) } else { shared.hold(permit) }
        },
        |shared, _| {
            assert_eq!((shared.semaphore.free(), shared.semaphore.limit()), (1, Some(1)));
            assert!(shared.most.load(Ordering::SeqCst) <= 1);
        },
    );
}

#[test]
fn a_caller_that_is_dropped_from_the_queue_of_a_limit_that_adapts_keeps_no_permit() {
    two_threads(
        adaptive,
        |shared, _| match shared.semaphore.try_take_adaptive() {
            Some(permit) => shared.hold(permit),
            None => drop(shared.semaphore.join(1, None)),
        },
        |shared, _| shared.assert_all_is_free(),
    );
}

/// One takes what is free without the lock, and gives it back, while another makes it less or more.
#[test]
fn permits_that_become_fewer_while_one_is_out_go_when_it_comes_back() {
    two_threads(
        || {
            let shared = one_permit(2);
            shared.most.store(0, Ordering::SeqCst);
            shared
        },
        |shared, thread| {
            if thread == 0 {
                shared.semaphore.resize(1);
            } else if shared.semaphore.try_take() {
                shared.hold(Permit::new(&shared.semaphore));
            }
        },
        |shared, _| shared.assert_all_is_free(),
    );
}

#[test]
fn a_caller_that_waits_gets_a_permit_that_is_added() {
    two_threads(
        || one_permit(0),
        |shared, thread| {
            if thread == 0 {
                shared.semaphore.resize(1);
            } else if !shared.semaphore.try_take() {
                let queued = shared.semaphore.join(1, None).expect("there is room in the queue");
                std::mem::forget(queued); // the permit is for it, whether polled or not
            }
        },
        |shared, _| assert_eq!((shared.semaphore.free(), shared.semaphore.waiting()), (0, 0)),
    );
}

/// Whatever the order of a size that goes down and up, and of a call: in the end the size is what is free.
#[test]
fn a_size_that_goes_down_and_up_leaves_no_permit_behind() {
    two_threads(
        || one_permit(1),
        |shared, thread| {
            if thread == 0 {
                shared.semaphore.resize(3);
                shared.semaphore.resize(1);
            } else if shared.semaphore.try_take() {
                shared.semaphore.give_back();
            }
        },
        |shared, _| shared.assert_all_is_free(),
    );
}
