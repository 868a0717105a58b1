//! The sliding window.

use std::sync::atomic::Ordering;

use crate::sliding_window::SlidingWindow;
use crate::sync::AtomicU64;
use crate::tick::Tick;
use crate::{LONG_AGO, NOW, SECOND, two_threads};

/// A count, and a window of ten seconds over it.
struct Counted {
    window: SlidingWindow<1>,
    count: AtomicU64,
}

impl Counted {
    fn new() -> Self {
        let counted = Self { window: SlidingWindow::new(10 * SECOND), count: AtomicU64::new(0) };
        counted.add(LONG_AGO);
        assert_eq!(counted.growth(NOW), 0);
        counted
    }

    fn counts(&self) -> [u64; 1] {
        [self.count.load(Ordering::Relaxed)]
    }

    /// Adds, and returns whether a check was due.
    fn add(&self, now: Tick) -> bool {
        let is_due = self.window.is_due(now);
        self.window.advance(now, || self.counts());
        self.count.fetch_add(1, Ordering::Relaxed);
        is_due
    }

    fn growth(&self, now: Tick) -> u64 {
        self.window.with_growth(now, || self.counts(), |[growth], _| growth)
    }
}

#[test]
fn what_two_count_is_there_until_it_is_old_and_then_no_more() {
    two_threads(
        Counted::new,
        |counted, thread| match thread {
            0 => counted.add(NOW),
            _ => counted.add(NOW.plus(SECOND)),
        },
        |counted, _| {
            assert_eq!(counted.growth(NOW.plus(9 * SECOND)), 2);
            assert_eq!(counted.growth(NOW.plus(11 * SECOND)), 0);
        },
    );
}

#[test]
fn growth_seen_while_another_counts_is_none_or_one() {
    two_threads(
        Counted::new,
        |counted, thread| match thread {
            0 => {
                counted.add(NOW.plus(20 * SECOND));
            }
            _ => assert!(counted.growth(NOW.plus(20 * SECOND)) <= 1),
        },
        |counted, _| assert_eq!(counted.growth(NOW.plus(20 * SECOND)), 1),
    );
}

#[test]
fn a_watch_that_one_begins_is_not_lost_to_another_who_counts() {
    two_threads(
        Counted::new,
        |counted, thread| match thread {
            0 => {
                counted.window.watch_if(NOW, || counted.counts(), |_| true);
                false
            }
            _ => counted.add(NOW),
        },
        |counted, [_, looked]| {
            // The thread that has to look ends the watch, or continues it.
            assert!(looked || counted.add(NOW));
        },
    );
}

#[test]
fn what_one_takes_back_is_as_if_it_had_never_been() {
    two_threads(
        || {
            let counted = Counted::new();
            let slot = counted.window.with_growth(
                NOW,
                || counted.counts(),
                |_, slot| {
                    counted.count.fetch_add(1, Ordering::Relaxed);
                    slot
                },
            );
            (counted, slot)
        },
        |(counted, slot), thread| match thread {
            0 => counted.window.take_back(*slot, 0, || {
                counted.count.fetch_sub(1, Ordering::Relaxed);
            }),
            _ => {
                counted.add(NOW.plus(SECOND));
            }
        },
        |(counted, _), _| {
            assert_eq!(counted.growth(NOW.plus(SECOND)), 1);
            assert_eq!(counted.growth(NOW.plus(10 * SECOND)), 1);
            assert_eq!(counted.growth(NOW.plus(11 * SECOND)), 0);
        },
    );
}
