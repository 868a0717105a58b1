//! The windows and the states of the circuit breaker.

#[path = "../../src/layers/breaker/circuit.rs"]
mod circuit;
#[path = "../../src/layers/breaker/count_window.rs"]
mod count_window;
#[path = "../../src/layers/breaker/probes.rs"]
mod probes;
#[path = "../../src/layers/breaker/state.rs"]
mod state;
#[path = "../../src/layers/breaker/tally.rs"]
mod tally;
#[path = "../../src/layers/breaker/time_window.rs"]
mod time_window;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use self::circuit::{Change, Circuit, Epoch, Opening, Refusal};
use self::count_window::CountWindow;
use self::probes::Probing;
use self::state::State;
use self::tally::{CallEnd, Tally};
use self::time_window::TimeWindow;
use crate::{LONG_AGO, NOW, SECOND, two_threads};

const CLEAN: CallEnd = CallEnd { failed: false, slow: false };
const FAILED: CallEnd = CallEnd { failed: true, slow: false };
const SLOW: CallEnd = CallEnd { failed: false, slow: true };

/// An empty window of that length.
fn window(length: u32) -> CountWindow {
    let window = CountWindow::new(length);
    window.clear();
    assert_eq!(window.tally(), Tally::default());
    assert!(!window.is_clean());
    window
}

/// Once successful calls fill the window, no trace of the others may remain.
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
        |window, thread| match thread {
            0 => window.clear(),
            _ => {
                window.record(FAILED);
            }
        },
        |window, _| {
            assert!(window.tally().failed <= 1);
            assert_forgets(window, 2);
        },
    );
}

/// An empty window of ten seconds.
fn time_window() -> TimeWindow {
    let window = TimeWindow::new(10 * SECOND);
    window.record(FAILED, LONG_AGO);
    window.record(SLOW, LONG_AGO);
    assert_eq!(window.tally(NOW), Tally::default());
    window
}

#[test]
fn no_call_is_lost_when_a_slot_of_a_time_window_begins() {
    two_threads(
        time_window,
        |window, thread| {
            window.record(if thread == 0 { FAILED } else { SLOW }, NOW.plus(SECOND));
        },
        |window, _| {
            let both = Tally { calls: 2, failed: 1, slow: 1 };
            assert_eq!(window.tally(NOW.plus(SECOND)), both);
            assert_eq!(window.tally(NOW.plus(10 * SECOND)), both);
            assert_eq!(window.tally(NOW.plus(11 * SECOND)), Tally::default());
        },
    );
}

#[test]
fn a_time_window_cleared_while_another_records_counts_right() {
    two_threads(
        || {
            let window = time_window();
            window.record(FAILED, NOW);
            window
        },
        |window, thread| {
            if thread == 0 {
                window.clear();
            } else {
                window.record(FAILED, NOW);
            }
        },
        |window, _| {
            let tally = window.tally(NOW);
            assert!(tally.calls <= 1 && tally.failed == tally.calls, "{tally:?}");
            assert_eq!(window.tally(NOW.plus(10 * SECOND)), Tally::default());
        },
    );
}

/// The circuit opens at three calls of which one failed, at the first check that sees them.
#[test]
fn a_success_that_makes_the_calls_enough_is_looked_at() {
    fn is_enough(window: &TimeWindow, ended: CallEnd) -> bool {
        let is_due = window.record(ended, NOW) || !ended.is_clean();
        is_due && window.watch(NOW, |tally| tally.calls < 3 && tally.failed > 0).calls >= 3
    }

    two_threads(
        || {
            let window = time_window();
            assert!(!is_enough(&window, FAILED));
            window
        },
        |window, _| is_enough(window, CLEAN),
        |window, opened| {
            // Of two that end at the same moment neither may have seen the other: the next call has.
            assert!(opened.contains(&true) || is_enough(window, CLEAN));
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

/// Open for five seconds, and five more each time.
fn open_for(openings: u32) -> Duration {
    5 * SECOND * (openings + 1)
}

impl Circuited {
    /// Makes a closed circuit, and touches each of its atomics.
    fn closed() -> Self {
        let circuit = Circuit::new();
        circuit.force(State::Closed, || ());
        assert!(circuit.open_in(NOW).is_zero());
        Self { circuit, cleared: AtomicU32::new(0) }
    }

    fn trip(&self) -> Option<Change> {
        self.circuit.trip(self.circuit.epoch(), open_for(0), || NOW)
    }

    fn open() -> Self {
        let new = Self::closed();
        let change = new.trip().expect("it was closed");
        assert_eq!((change.from, change.to), (State::Closed, State::Open));
        new
    }

    fn half_open(probing: Probing) -> (Self, Epoch) {
        let new = Self::open();
        let epoch = new.admit(probing).0.expect("the time is over");
        (new, epoch)
    }

    /// Asks when the circuit has been open long enough.
    fn admit(&self, probing: Probing) -> (Result<Epoch, Refusal>, Option<Change>) {
        self.circuit.admit(probing, || NOW.plus(5 * SECOND))
    }

    fn probed(&self, epoch: Epoch, ended: CallEnd, probing: Probing) -> Option<Change> {
        let is_failing = |tally: Tally| {
            assert_eq!(tally.calls, u64::from(probing.probes), "it decides when all are in");
            tally.failed > 0
        };
        let clear = || {
            self.cleared.fetch_add(1, Ordering::Relaxed);
        };
        let probed = |lasts| {
            let opening = Opening { now: || NOW.plus(5 * SECOND), lasts };
            self.circuit.probed(epoch, ended, probing, is_failing, opening, clear)
        };
        probed(None).unwrap_or_else(|undrawn| {
            let drawn = probed(Some(open_for(undrawn.openings)));
            drawn.expect("it has been drawn")
        })
    }
}

#[test]
fn two_that_find_it_failing_open_it_once() {
    two_threads(
        Circuited::closed,
        |it, _| it.trip().is_some(),
        |it, tripped| {
            // One may have read the epoch after the other had opened it: it opens an open one.
            assert!(tripped.contains(&true));
            assert_eq!(it.circuit.epoch().state(), State::Open);
        },
    );
}

#[test]
fn who_sees_it_open_sees_for_how_long() {
    two_threads(
        Circuited::closed,
        |it, thread| match thread {
            0 => {
                it.trip();
            }
            _ => {
                if it.circuit.epoch().state() == State::Open {
                    assert_eq!(it.circuit.open_in(NOW), 5 * SECOND);
                }
            }
        },
        |it, _| assert_eq!(it.admit(ONE).0.map(Epoch::state), Ok(State::HalfOpen)),
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
            let (it, epoch) = Circuited::half_open(TWO);
            assert_eq!(it.admit(TWO), (Ok(epoch), None));
            (it, epoch)
        },
        |(it, epoch), thread| it.probed(*epoch, if thread == 0 { FAILED } else { CLEAN }, TWO),
        |(it, _), changes| {
            let open = Change {
                from: State::HalfOpen,
                to: State::Open,
                open_for: Some(10 * SECOND), // its second opening
            };
            assert_eq!(changes.iter().flatten().collect::<Vec<_>>(), [&open]);
            assert_eq!(it.cleared.load(Ordering::Relaxed), 0);
            assert_eq!(it.circuit.open_in(NOW.plus(5 * SECOND)), 10 * SECOND);
        },
    );
}

#[test]
fn two_probes_that_succeed_close_it_once() {
    two_threads(
        || {
            let (it, epoch) = Circuited::half_open(TWO);
            assert_eq!(it.admit(TWO), (Ok(epoch), None));
            (it, epoch)
        },
        |(it, epoch), _| it.probed(*epoch, CLEAN, TWO),
        |(it, _), changes| {
            assert_eq!(changes.iter().flatten().count(), 1);
            assert_eq!(it.circuit.epoch().state(), State::Closed);
            assert_eq!(it.cleared.load(Ordering::Relaxed), 1);
        },
    );
}

#[test]
fn a_permit_given_back_goes_to_one_other() {
    two_threads(
        || Circuited::half_open(ONE),
        |(it, epoch), thread| match thread {
            0 => {
                it.circuit.give_back(*epoch);
                None
            }
            _ => it.admit(ONE).0.ok(),
        },
        |(it, epoch), [_, admitted]| {
            assert!(admitted.is_none_or(|admitted| admitted == *epoch));
            let again = it.admit(ONE).0.ok();
            assert_eq!([admitted, again].iter().flatten().count(), 1);
        },
    );
}

#[test]
fn a_probe_that_ends_after_a_reset_changes_nothing() {
    two_threads(
        || Circuited::half_open(ONE),
        |(it, epoch), thread| match thread {
            0 => it.circuit.force(State::ForcedOpen, || ()),
            _ => it.probed(*epoch, CLEAN, ONE),
        },
        |(it, _), _| assert_eq!(it.circuit.epoch().state(), State::ForcedOpen),
    );
}
