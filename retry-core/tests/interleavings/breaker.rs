//! The windows and the states of the circuit breaker.

#[path = "../../src/breaker/circuit.rs"]
mod circuit;
#[path = "../../src/breaker/count_window.rs"]
mod count_window;
#[path = "../../src/breaker/state.rs"]
mod state;
#[path = "../../src/breaker/tally.rs"]
mod tally;

use std::sync::atomic::{AtomicU32, Ordering};

use self::circuit::{Change, Circuit, Opening, Probing, Refusal, Turn};
use self::count_window::CountWindow;
use self::state::State;
use self::tally::{Ended, Tally};
use crate::tick::Tick;
use crate::{NOW, SECOND, two_threads};

const CLEAN: Ended = Ended { failed: false, slow: false };
const FAILED: Ended = Ended { failed: true, slow: false };
const SLOW: Ended = Ended { failed: false, slow: true };

/// An empty window of that length.
fn window(length: u32) -> CountWindow {
    let window = CountWindow::new(length);
    window.clear();
    assert_eq!(window.tally(), Tally::default());
    assert!(!window.is_clean());
    window
}

/// Once clean calls have taken all places, nothing must be left of the others.
fn assert_forgets(window: &CountWindow, length: u32) {
    for _ in 0..length {
        window.record(CLEAN);
    }
    let calls = u64::from(length);
    assert_eq!(window.tally(), Tally { calls, failed: 0, slow: 0 });
    assert!(window.is_clean());
}

#[test]
fn a_window_of_one_holds_one_of_two_calls() {
    two_threads(
        || window(1),
        |window, thread| window.record(if thread == 0 { FAILED } else { SLOW }),
        |window, _| {
            let tally = window.tally();
            assert_eq!((tally.calls, tally.failed + tally.slow), (1, 1));
            assert_forgets(window, 1);
        },
    );
}

#[test]
fn a_window_counts_right_when_two_write_the_same_place() {
    two_threads(
        || {
            let window = window(1);
            window.record(CLEAN);
            window
        },
        |window, _| {
            window.record(FAILED);
            window.record(CLEAN);
        },
        |window, _| {
            assert!(window.tally().failed <= 1);
            assert_forgets(window, 1);
        },
    );
}

#[test]
fn a_window_cleared_while_another_records_counts_right() {
    two_threads(
        || {
            let window = window(2);
            window.record(FAILED);
            window
        },
        |window, thread| if thread == 0 { window.clear() } else { window.record(FAILED) },
        |window, _| {
            assert!(window.tally().failed <= 1);
            assert_forgets(window, 2);
        },
    );
}

/// A circuit, and how often its window was cleared.
struct Circuited {
    circuit: Circuit,
    cleared: AtomicU32,
}

const ONE: Probing = Probing { probes: 1, timeout: SECOND };
const TWO: Probing = Probing { probes: 2, timeout: SECOND };

/// Opens for five seconds, and five more each time.
fn opening(now: Tick) -> Opening<impl FnOnce() -> Tick, impl FnOnce(u32) -> std::time::Duration> {
    Opening { now: move || now, lasts: |openings| 5 * SECOND * (openings + 1) }
}

impl Circuited {
    /// Closed, and touched all over.
    fn closed() -> Self {
        let circuit = Circuit::new();
        circuit.force(State::Closed, || ());
        assert!(circuit.open_in(NOW).is_zero());
        Self { circuit, cleared: AtomicU32::new(0) }
    }

    fn open() -> Self {
        let new = Self::closed();
        let change = new.circuit.trip(new.circuit.turn(), opening(NOW)).expect("it was closed");
        assert_eq!((change.from, change.to), (State::Closed, State::Open));
        new
    }

    fn half_open(probing: Probing) -> (Self, Turn) {
        let new = Self::open();
        let turn = new.admit(probing).0.expect("the time is over");
        (new, turn)
    }

    /// Asks when the circuit has been open long enough.
    fn admit(&self, probing: Probing) -> (Result<Turn, Refusal>, Option<Change>) {
        self.circuit.admit(probing, || NOW.plus(5 * SECOND))
    }

    fn probed(&self, turn: Turn, ended: Ended, probing: Probing) -> Option<Change> {
        let is_failing = |tally: Tally| {
            assert_eq!(tally.calls, u64::from(probing.probes), "it decides when all are in");
            tally.failed > 0
        };
        let clear = || {
            self.cleared.fetch_add(1, Ordering::Relaxed);
        };
        let opening = opening(NOW.plus(5 * SECOND));
        self.circuit.probed(turn, ended, probing, is_failing, opening, clear)
    }
}

#[test]
fn two_that_find_it_failing_open_it_once() {
    two_threads(
        Circuited::closed,
        |it, _| it.circuit.trip(it.circuit.turn(), opening(NOW)).is_some(),
        |it, tripped| {
            // One may have read the turn after the other had opened it: it opens an open one.
            assert!(tripped.contains(&true));
            assert_eq!(it.circuit.turn().state(), State::Open);
        },
    );
}

#[test]
fn who_sees_it_open_sees_for_how_long() {
    two_threads(
        Circuited::closed,
        |it, thread| match thread {
            0 => {
                it.circuit.trip(it.circuit.turn(), opening(NOW));
            }
            _ => {
                if it.circuit.turn().state() == State::Open {
                    assert_eq!(it.circuit.open_in(NOW), 5 * SECOND);
                }
            }
        },
        |it, _| assert_eq!(it.admit(ONE).0.map(Turn::state), Ok(State::HalfOpen)),
    );
}

#[test]
fn of_two_that_ask_for_the_only_probe_one_gets_it() {
    two_threads(
        Circuited::open,
        |it, _| it.admit(ONE),
        |_, asked| {
            assert_eq!(asked.iter().filter(|(admission, _)| admission.is_ok()).count(), 1);
            assert_eq!(asked.iter().filter(|(_, change)| change.is_some()).count(), 1);
            assert!(asked.iter().any(|(admission, _)| *admission == Err(Refusal::Probing)));
        },
    );
}

#[test]
fn the_last_probe_decides_and_only_once() {
    two_threads(
        || {
            let (it, turn) = Circuited::half_open(TWO);
            assert_eq!(it.admit(TWO), (Ok(turn), None));
            (it, turn)
        },
        |(it, turn), thread| it.probed(*turn, if thread == 0 { FAILED } else { CLEAN }, TWO),
        |(it, _), changes| {
            let open = Change {
                from: State::HalfOpen,
                to: State::Open,
                open_for: Some(10 * SECOND), // its second opening
            };
            assert_eq!(changes.iter().flatten().collect::<Vec<_>>(), [&open]);
            assert_eq!(it.cleared.load(Ordering::Relaxed), 0);
        },
    );
}

#[test]
fn two_probes_that_succeed_close_it_once() {
    two_threads(
        || {
            let (it, turn) = Circuited::half_open(TWO);
            assert_eq!(it.admit(TWO), (Ok(turn), None));
            (it, turn)
        },
        |(it, turn), _| it.probed(*turn, CLEAN, TWO),
        |(it, _), changes| {
            assert_eq!(changes.iter().flatten().count(), 1);
            assert_eq!(it.circuit.turn().state(), State::Closed);
            assert_eq!(it.cleared.load(Ordering::Relaxed), 1);
        },
    );
}

#[test]
fn a_place_given_back_goes_to_one_other() {
    two_threads(
        || Circuited::half_open(ONE),
        |(it, turn), thread| match thread {
            0 => {
                it.circuit.give_back(*turn);
                None
            }
            _ => it.admit(ONE).0.ok(),
        },
        |(it, turn), [_, admitted]| {
            assert!(admitted.is_none_or(|admitted| admitted == *turn));
            let again = it.admit(ONE).0.ok();
            assert_eq!([admitted, again].iter().flatten().count(), 1);
        },
    );
}

#[test]
fn a_probe_that_ends_after_a_reset_changes_nothing() {
    two_threads(
        || Circuited::half_open(ONE),
        |(it, turn), thread| match thread {
            0 => it.circuit.force(State::ForcedOpen, || ()),
            _ => it.probed(*turn, CLEAN, ONE),
        },
        |(it, _), _| assert_eq!(it.circuit.turn().state(), State::ForcedOpen),
    );
}
