//! The list of those who wait for a shutdown, or for a scope's word.

use std::sync::Arc;
use std::task::Waker;

use super::Woken;
use super::waiters::Waiters;
use crate::two_threads;

struct Shared {
    waiters: Waiters,
    woken: [Arc<Woken>; 2],
}

impl Shared {
    fn new() -> Self {
        let waiters = Waiters::new();
        // Touched before the threads begin.
        let mut place = None;
        assert!(!waiters.wait(&mut place, Waker::noop()));
        waiters.leave(place.expect("it waits"));
        Self { waiters, woken: [Arc::default(), Arc::default()] }
    }

    fn waker(&self, thread: usize) -> Waker {
        Waker::from(Arc::clone(&self.woken[thread]))
    }
}

#[test]
fn who_waits_as_the_word_is_said_is_woken_or_knows() {
    two_threads(
        Shared::new,
        |shared, thread| {
            if thread == 1 {
                shared.waiters.wake();
                return true;
            }
            let mut place = None;
            let first = shared.waiters.wait(&mut place, &shared.waker(0));
            // A second poll, by another waker.
            first || shared.waiters.wait(&mut place, &shared.waker(1))
        },
        |shared, [knows, _]| {
            let woken = [shared.woken[0].times(), shared.woken[1].times()];
            if knows {
                assert!(woken[0] <= 1 && woken[1] == 0, "{woken:?}");
            } else {
                assert_eq!(woken, [0, 1], "the last waker, once");
            }
        },
    );
}

#[test]
fn who_leaves_as_the_word_is_said_leaves_the_other_in_its_place() {
    two_threads(
        || {
            let shared = Shared::new();
            let mut place = None;
            assert!(!shared.waiters.wait(&mut place, &shared.waker(0)));
            (shared, place)
        },
        |(shared, stays), thread| {
            if thread == 0 {
                shared.waiters.wake();
                return true;
            }
            let mut place = None;
            let knows = shared.waiters.wait(&mut place, &shared.waker(1));
            if let Some(place) = place {
                assert!(stays.is_some());
                shared.waiters.leave(place);
            }
            knows
        },
        |(shared, _), [_, knows]| {
            assert_eq!(shared.woken[0].times(), 1, "who stays is woken once");
            let left = shared.woken[1].times();
            assert!(left <= usize::from(!knows), "who knows is not woken");
            assert!(shared.waiters.wait(&mut None, Waker::noop()), "it is said for good");
        },
    );
}

#[test]
fn two_who_come_and_go_have_a_place_each() {
    two_threads(
        Shared::new,
        |shared, thread| {
            let mut place = None;
            assert!(!shared.waiters.wait(&mut place, &shared.waker(thread)));
            if thread == 0 {
                shared.waiters.leave(place.expect("it waits"));
            }
        },
        |shared, _| {
            shared.waiters.wake();
            assert_eq!([0, 1].map(|thread: usize| shared.woken[thread].times()), [0, 1]);
        },
    );
}
