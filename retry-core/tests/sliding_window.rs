//! The window that moves on in time, beside a model that remembers every addition.
//!
//! It is no public type, so its file is compiled here a second time.

#![allow(dead_code, unused_imports, reason = "a part of what is compiled is needed")]
#![allow(unreachable_pub, reason = "it is the library's")]

#[path = "interleavings/clock.rs"]
mod clock;
#[path = "../src/primitives/nanoseconds.rs"]
mod nanoseconds;
#[path = "../src/layers/window.rs"]
mod sliding_window;
#[path = "../src/primitives/striped.rs"]
mod striped;
#[path = "../src/primitives/sync.rs"]
mod sync;
#[path = "../src/time/tick.rs"]
mod tick;

/// The folders in which the library's files look for each other.
mod primitives {
    pub(crate) use crate::{nanoseconds, striped, sync};
}
mod time {
    pub(crate) use crate::{clock, tick};
}

use std::cell::Cell;
use std::time::Duration;

use proptest::prelude::*;

use crate::sliding_window::{SLOTS, SlidingWindow, Slot};
use crate::tick::Tick;

/// A count, a window over it, and the slot of every addition.
struct Counted {
    window: SlidingWindow<1>,
    /// In nanoseconds.
    slot_length: u64,
    count: Cell<u64>,
    /// The latest slot so far: a clock that goes back changes nothing.
    latest: u64,
    added_in: Vec<u64>,
    /// Additions that may be taken back: their slots, in the window's word and in that of the model.
    kept: Vec<(Slot, u64)>,
}

impl Counted {
    fn new(length: Duration, count: u64) -> Self {
        let window = SlidingWindow::new(length);
        window.clear(|| [count]);
        let tenth = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX) / 10;
        let slot_length = tenth.max(1);
        let count = Cell::new(count);
        let (added_in, kept) = (Vec::new(), Vec::new());
        Self { window, slot_length, count, latest: 0, added_in, kept }
    }

    fn reach(&mut self, now: Tick) {
        self.latest = self.latest.max(now.bits() / self.slot_length);
    }

    fn add(&mut self, now: Tick) {
        self.reach(now);
        self.window.advance(now, || [self.count.get()]);
        self.count.set(self.count.get().wrapping_add(1));
        self.added_in.push(self.latest);
    }

    fn add_to_keep(&mut self, now: Tick) {
        self.reach(now);
        let slot = self.window.with_growth(
            now,
            || [self.count.get()],
            |_, slot| {
                self.count.set(self.count.get().wrapping_add(1));
                slot
            },
        );
        self.added_in.push(self.latest);
        self.kept.push((slot, self.latest));
    }

    fn take_back(&mut self, which: usize) {
        if self.kept.is_empty() {
            return;
        }
        let (slot, added_in) = self.kept.swap_remove(which % self.kept.len());
        self.window.take_back(slot, 0, || self.count.set(self.count.get().wrapping_sub(1)));
        let index = self.added_in.iter().position(|slot| *slot == added_in).expect("it was added");
        self.added_in.remove(index);
    }

    fn growth(&mut self, now: Tick) -> u64 {
        self.reach(now);
        self.window.with_growth(now, || [self.count.get()], |[growth], _| growth)
    }

    fn expected(&self) -> u64 {
        let is_within = |slot: &&u64| self.latest - **slot < SLOTS as u64;
        self.added_in.iter().filter(is_within).count() as u64
    }
}

/// How the clock goes on, in nanoseconds: it stands still, steps, jumps, goes back.
fn step() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0),
        6 => 1..2_000_i64,
        2 => 2_000..50_000_i64,
        1 => Just(i64::MAX),
        1 => -3_000..0_i64,
    ]
}

fn length() -> impl Strategy<Value = Duration> {
    prop_oneof![
        1 => Just(Duration::from_nanos(1)),
        6 => (10..20_000_u64).prop_map(Duration::from_nanos),
        1 => Just(Duration::MAX),
    ]
}

/// Where counts begin: also just before they wrap around.
fn beginning() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), Just(u64::MAX - 3)]
}

proptest! {
    #[test]
    fn growth_is_what_was_added_in_the_last_slots_and_not_taken_back(
        length in length(),
        beginning in beginning(),
        steps in prop::collection::vec((step(), 0..5_usize, any::<usize>()), 1..60),
    ) {
        let mut counted = Counted::new(length, beginning);
        let mut now = 1_u64 << 63;
        for (step, what, which) in steps {
            now = now.saturating_add_signed(step);
            match what {
                0 => counted.add(Tick::from_bits(now)),
                1 | 2 => counted.add_to_keep(Tick::from_bits(now)),
                3 => counted.take_back(which),
                _ => {}
            }
            prop_assert_eq!(counted.growth(Tick::from_bits(now)), counted.expected());
        }
    }
}

#[test]
fn an_addition_is_forgotten_between_nine_and_ten_tenths_of_the_length_later() {
    let length = Duration::from_secs(10);
    for late in [0, 1, 500_000_000, 999_999_999] {
        let mut counted = Counted::new(length, 0);
        let slot_begins = (1_u64 << 63).next_multiple_of(1_000_000_000);
        let added = Tick::from_bits(slot_begins + late);
        counted.add(added);
        assert_eq!(counted.growth(added.plus(9 * length / 10)), 1);
        assert_eq!(counted.growth(added.plus(length)), 0);
    }
}

#[test]
fn what_was_before_a_clearing_is_in_no_window() {
    let mut counted = Counted::new(Duration::from_secs(10), 0);
    let now = Tick::from_bits(1 << 63);
    counted.add(now);
    counted.window.clear(|| [counted.count.get()]);
    assert_eq!(counted.growth(now), 0);
    counted.add(now);
    assert_eq!(counted.growth(now), 1);
}

#[test]
fn a_look_is_due_once_a_slot_and_at_each_count_while_the_window_is_watched() {
    let counted = Counted::new(Duration::from_secs(10), 0);
    let begins = Tick::from_bits((1_u64 << 63).next_multiple_of(1_000_000_000));
    let ends = begins.plus(Duration::from_nanos(999_999_999));
    let counts = || [counted.count.get()];
    counted.window.advance(begins, counts);
    assert!(!counted.window.is_due(ends));
    counted.window.watch_if(begins, counts, |_| true);
    assert!(counted.window.is_due(begins));
    counted.window.watch_if(begins, counts, |_| false);
    assert!(!counted.window.is_due(ends));
    counted.window.watch_if(begins, counts, |_| true);
    counted.window.advance(begins, counts);
    assert!(
        !counted.window.is_due(ends),
        "the call that moved the window looks, and may keep watching"
    );
    let next = begins.plus(Duration::from_secs(1));
    assert!(counted.window.is_due(next));
    counted.window.with_growth(next, counts, |_, _| ());
    assert!(counted.window.is_due(next), "a reader leaves it to those who count");
}

#[test]
fn the_window_that_ends_now_is_seen_while_it_is_watched() {
    let mut counted = Counted::new(Duration::from_secs(10), 0);
    let added = Tick::from_bits(1 << 63);
    counted.add(added);
    for (age, expected) in [(0, 1), (11, 0)] {
        let now = added.plus(Duration::from_secs(age));
        let seen = Cell::new(None);
        let look = |[growth]: [u64; 1]| {
            seen.set(Some(growth));
            false
        };
        counted.window.watch_if(now, || [counted.count.get()], look);
        assert_eq!(seen.get(), Some(expected), "{age} s later");
    }
}
