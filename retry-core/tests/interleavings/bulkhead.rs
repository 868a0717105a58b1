//! The permits of a bulkhead, its queue, and the threads that park in it.

#[path = "../../src/layers/bulkhead/parking.rs"]
mod parking;
#[path = "../../src/layers/bulkhead/permit.rs"]
mod permit;
#[path = "../../src/layers/bulkhead/places.rs"]
mod places;

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use self::permit::Permit;
use self::places::Places;
use crate::two_threads;

/// One permit, the number of its holders, and the maximum of that number.
struct Shared {
    places: Places,
    holders: AtomicUsize,
    most: AtomicUsize,
}

/// `free` of one permit are free. Each atomic is touched before the threads begin.
fn one_place(free: usize) -> Shared {
    let places = Places::new(free);
    assert_eq!((places.free(), places.waiting()), (free, 0));
    Shared { places, holders: AtomicUsize::new(0), most: AtomicUsize::new(0) }
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
        assert_eq!((self.places.free(), self.places.waiting()), (1, 0));
        assert!(self.most.load(Ordering::SeqCst) <= 1, "one place, two holders");
    }
}

#[test]
fn two_who_take_what_is_free_never_hold_one_place_both() {
    two_threads(
        || one_place(1),
        |shared, _| {
            let is_taken = shared.places.try_take();
            if is_taken {
                shared.hold(Permit::new(&shared.places));
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
fn a_turn_that_is_dropped_at_any_moment_keeps_no_place() {
    two_threads(
        || one_place(1),
        |shared, _| {
            if shared.places.try_take() {
                shared.hold(Permit::new(&shared.places));
            } else if let Some(queued) = shared.places.join(1) {
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
fn whoever_joins_while_the_place_comes_free_has_it() {
    two_threads(
        || one_place(0),
        |shared, thread| {
            if thread == 0 {
                shared.places.give_back();
            } else {
                let queued = shared.places.join(1).expect("there is room in the queue");
                std::mem::forget(queued); // the place is for it, whether polled or not
            }
        },
        |shared, _| assert_eq!((shared.places.free(), shared.places.waiting()), (0, 0)),
    );
}

#[test]
fn a_thread_that_parks_for_its_turn_is_woken() {
    two_threads(
        || one_place(1),
        |shared, _| {
            if shared.places.try_take() {
                shared.hold(Permit::new(&shared.places));
            } else {
                let queued = shared.places.join(1).expect("there is room in the queue");
                let permit = parking::block_on(queued, None).expect("there is no limit");
                shared.hold(permit);
            }
        },
        |shared, _| shared.assert_all_is_free(),
    );
}
