//! The window that moves on in time.

use std::sync::atomic::Ordering;

use crate::sliding_window::SlidingWindow;
use crate::sync::AtomicU64;
use crate::tick::Tick;
use crate::{NOW, SECOND, two_threads};

/// A count, and a window of ten seconds over it.
struct Counted {
    window: SlidingWindow<1>,
    count: AtomicU64,
}

impl Counted {
    fn new() -> Self {
        let counted = Self { window: SlidingWindow::new(10 * SECOND), count: AtomicU64::new(0) };
        assert_eq!(counted.growth(NOW), 0);
        counted
    }

    fn counts(&self) -> [u64; 1] {
        [self.count.load(Ordering::Relaxed)]
    }

    fn add(&self, now: Tick) {
        self.window.advance(now, || self.counts());
        self.count.fetch_add(1, Ordering::Relaxed);
    }

    fn growth(&self, now: Tick) -> u64 {
        self.window.with_growth(now, || self.counts(), |[growth]| growth)
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
            0 => counted.add(NOW.plus(20 * SECOND)),
            _ => assert!(counted.growth(NOW.plus(20 * SECOND)) <= 1),
        },
        |counted, _| assert_eq!(counted.growth(NOW.plus(20 * SECOND)), 1),
    );
}
