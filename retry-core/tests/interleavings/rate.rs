//! The turns of a rate, and the queue for them.

#[path = "../../src/layers/rate/pacer.rs"]
mod pacer;
#[path = "../../src/layers/rate/queue.rs"]
mod queue;
#[path = "../../src/layers/rate/spacing.rs"]
mod spacing;

use std::task::Waker;
use std::time::Duration;

use self::pacer::{Asked, Pacer, Place};
use crate::{NOW, SECOND, two_threads};

/// Touched before the threads begin. `free` of a burst of two are free, and come back in a second each.
fn two_at_once(free: u64) -> Pacer {
    let pacer = Pacer::new(SECOND, 2);
    for _ in free..2 {
        assert!(pacer.try_take(NOW));
    }
    assert_eq!((pacer.free(NOW), pacer.waiting()), (free, 0));
    pacer
}

#[test]
fn a_turn_that_is_free_is_taken_once() {
    two_threads(
        || two_at_once(1),
        |pacer, _| pacer.try_take(NOW),
        |pacer, taken| {
            assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
            assert_eq!(pacer.free(NOW), 0);
        },
    );
}

/// One takes what is free without the lock, the other with it.
#[test]
fn a_turn_is_taken_once_with_and_without_the_lock() {
    two_threads(
        || two_at_once(1),
        |pacer, thread| match thread {
            0 => pacer.try_take(NOW),
            _ => pacer.ask(NOW, NOW) == Asked::Taken,
        },
        |pacer, taken| {
            assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
            assert_eq!((pacer.free(NOW), pacer.waiting()), (0, 0));
        },
    );
}

/// Both wait, and leave when they like: nothing is left behind, and no turn is lost.
#[test]
fn those_who_leave_the_queue_leave_nothing_behind() {
    two_threads(
        || two_at_once(0),
        |pacer, _| {
            let later = NOW.plus(SECOND);
            let Asked::Queued(ticket) = pacer.ask(NOW, NOW.plus(SECOND * 9)) else {
                panic!("no turn is free");
            };
            let place = pacer.look(ticket, later, Waker::noop());
            if place != Place::Taken {
                pacer.leave(ticket, later);
            }
            place == Place::Taken
        },
        |pacer, taken| {
            let later = NOW.plus(SECOND);
            assert!(taken.contains(&true), "a turn is free by then");
            assert_eq!((pacer.free(later), pacer.waiting()), (0, 0));
            assert_eq!(pacer.free(NOW.plus(SECOND * 3)), 2);
        },
    );
}

/// Whoever asks while a pause begins has its turn before or after it.
#[test]
fn a_pause_holds_whoever_asks_after_it_began() {
    two_threads(
        || two_at_once(1),
        |pacer, thread| {
            if thread == 0 {
                pacer.hold(NOW, SECOND * 30);
                return true;
            }
            pacer.try_take(NOW)
        },
        |pacer, _| {
            assert!(!pacer.try_take(NOW.plus(SECOND * 29)));
            let end = NOW.plus(SECOND * 30);
            assert!(pacer.try_take(end), "the first one");
            assert!(!pacer.try_take(end.plus(Duration::from_millis(999))), "one by one");
        },
    );
}

/// A turn that is taken while the rate changes counts, by the rate before or after; none is taken twice.
#[test]
fn a_turn_that_is_taken_while_the_rate_changes_stays_taken() {
    two_threads(
        || two_at_once(1),
        |pacer, thread| {
            if thread == 0 {
                pacer.respace(NOW, SECOND * 4, 2);
                return false;
            }
            pacer.try_take(NOW)
        },
        |pacer, taken| {
            assert_eq!(pacer.free(NOW), u64::from(!taken[1]));
            assert_eq!(pacer.waiting(), 0);
            assert_eq!(pacer.free(NOW.plus(SECOND * 8)), 2);
        },
    );
}

/// Whoever waits gets its turn by the new rate, whether it asked before or after.
#[test]
fn a_caller_that_waits_while_the_rate_rises_gets_its_turn_earlier() {
    const BRIEF: Duration = Duration::from_millis(10);
    two_threads(
        || two_at_once(0),
        |pacer, thread| {
            if thread == 0 {
                pacer.respace(NOW, BRIEF, 2);
                return true;
            }
            match pacer.ask(NOW, NOW.plus(SECOND * 9)) {
                Asked::Queued(ticket) => {
                    let place = pacer.look(ticket, NOW.plus(BRIEF), Waker::noop());
                    if place != Place::Taken {
                        pacer.leave(ticket, NOW.plus(BRIEF));
                    }
                    true
                }
                Asked::Taken | Asked::TooLate(_) => false,
            }
        },
        |pacer, asked| {
            assert!(asked[1], "it waits, and none is refused");
            assert_eq!(pacer.waiting(), 0);
            assert_eq!(pacer.free(NOW.plus(BRIEF * 9)), 2);
        },
    );
}
