//! `CircuitBreaker`: what a listener, a subscriber and a random source that are not its own can do
//! to it.

use crate::support::circuits;

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use circuits::{FAILURE, OK, SECOND, acquire, calls, end, opened, refused, small};
use persevere::breaker::{State, Transition};
use persevere::{CircuitBreaker, Verdict};
use rand::TryRng;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

fn panics(transition: &Transition) {
    panic!("at {transition}");
}

#[test]
fn a_listener_that_panics_costs_neither_the_call_nor_the_probe() {
    let now = Instant::now();
    let breaker = opened(small().with_listener(panics), now); // it panics at the opening
    let later = now + 5 * SECOND;
    let [first, second] = [acquire(&breaker, later), acquire(&breaker, later)]; // and here
    assert_eq!(breaker.state(), State::HalfOpen);
    end(first, OK, later);
    end(second, OK, later); // and at the closing
    assert_eq!(breaker.state(), State::Closed);
    breaker.force_open();
    assert_eq!(breaker.state(), State::ForcedOpen);
}

#[test]
fn a_listener_that_panicked_gets_the_later_changes() {
    static REPORTED: AtomicU32 = AtomicU32::new(0);
    let breaker = small().with_listener(|transition| {
        REPORTED.fetch_add(1, Ordering::Relaxed);
        panics(transition);
    });
    breaker.force_open();
    breaker.force_closed();
    breaker.reset();
    assert_eq!(REPORTED.load(Ordering::Relaxed), 3);
}

/// Panics at each event with that message, and counts the errors that name a panic.
struct Subscribed {
    panics_at: &'static str,
    panics_reported: &'static AtomicU32,
}

impl Subscriber for Subscribed {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = String::new();
        event.record(&mut |_: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            use std::fmt::Write as _;
            write!(text, "{value:?} ").expect("a string takes it");
        });
        if text.contains("panicked") {
            self.panics_reported.fetch_add(1, Ordering::Relaxed);
        }
        assert!(!text.contains(self.panics_at), "{text}");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// While there is one subscriber, `tracing` asks whoever first logs an event whether anybody wants it: a
/// test's thread that has none would say no for all.
fn second_subscriber() -> tracing::Dispatch {
    tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default())
}

#[test]
fn a_subscriber_that_panics_leaves_the_probe_free() {
    static NONE: AtomicU32 = AtomicU32::new(0);
    let now = Instant::now();
    let breaker = opened(small().with_probes(1), now);
    let later = now + 5 * SECOND;
    let subscribed = Subscribed { panics_at: "open -> half-open", panics_reported: &NONE };
    let _second = second_subscriber();
    tracing::subscriber::with_default(subscribed, || {
        let asked = catch_unwind(AssertUnwindSafe(|| breaker.at(later).try_acquire().is_ok()));
        assert!(asked.is_err(), "the subscriber panicked");
    });
    assert_eq!(breaker.state(), State::HalfOpen);
    end(acquire(&breaker, later), OK, later); // the only probe
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn the_first_panic_of_a_listener_is_logged() {
    static REPORTED: AtomicU32 = AtomicU32::new(0);
    let breaker = small().with_listener(panics);
    let subscribed = Subscribed { panics_at: "\0", panics_reported: &REPORTED };
    let _second = second_subscriber();
    tracing::subscriber::with_default(subscribed, || {
        breaker.force_open();
        assert_eq!(REPORTED.load(Ordering::Relaxed), 1);
        breaker.force_closed();
    });
    assert_eq!(REPORTED.load(Ordering::Relaxed), 1);
}

/// A random source that uses the circuit breaker it is drawn for.
struct Curious<'b> {
    breaker: &'b CircuitBreaker,
    now: Instant,
    drawn: u32,
}

impl TryRng for Curious<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|drawn| (drawn >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.drawn += 1;
        let _ = (self.breaker.at(self.now).tally(), self.breaker.at(self.now).retry_in());
        drop(self.breaker.at(self.now).try_acquire());
        Ok(0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        self.try_next_u64().map(drop)
    }
}

#[test]
fn the_callers_random_source_may_use_the_circuit_breaker() {
    let now = Instant::now();
    let jittered = || {
        CircuitBreaker::new().with_minimum_calls(4).with_probes(2).with_open_duration(5 * SECOND)
    };
    for breaker in [jittered(), jittered().with_time_window(10 * SECOND)] {
        let mut rng = Curious { breaker: &breaker, now, drawn: 0 };
        for drawn in [0, 0, 0, 1] {
            acquire(&breaker, now).at(now).failed(Verdict::TRANSIENT, &mut rng);
            assert_eq!(rng.drawn, drawn);
        }
        assert_eq!(refused(&breaker, now), 5 * SECOND);

        // The last of the probes decides, and only it draws; the second opening is the longer one.
        let later = now + 5 * SECOND;
        let mut rng = Curious { breaker: &breaker, now: later, drawn: 0 };
        let probes = [acquire(&breaker, later), acquire(&breaker, later)];
        for (drawn, probe) in probes.into_iter().enumerate() {
            probe.at(later).failed(Verdict::TRANSIENT, &mut rng);
            assert_eq!(rng.drawn as usize, drawn);
        }
        assert_eq!(refused(&breaker, later), 10 * SECOND);

        // Probes that succeed draw nothing.
        let last = later + 10 * SECOND;
        let mut rng = Curious { breaker: &breaker, now: last, drawn: 0 };
        let probes = [acquire(&breaker, last), acquire(&breaker, last)];
        for probe in probes {
            probe.at(last).succeeded(&mut rng);
        }
        assert_eq!((breaker.state(), rng.drawn), (State::Closed, 0));
    }
}

#[test]
fn a_random_source_that_resets_the_circuit_decides() {
    /// Resets it while it is about to open.
    struct Resets<'b>(&'b CircuitBreaker);

    impl TryRng for Resets<'_> {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            self.0.reset();
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            self.0.reset();
            Ok(0)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            bytes.fill(0);
            Ok(())
        }
    }

    let now = Instant::now();
    let breaker = CircuitBreaker::new().with_minimum_calls(2).with_probes(1);
    calls(&breaker, &[FAILURE], now);
    acquire(&breaker, now).at(now).failed(Verdict::TRANSIENT, &mut Resets(&breaker));
    assert_eq!(breaker.state(), State::Closed);

    calls(&breaker, &[FAILURE; 2], now);
    let probe = acquire(&breaker, now + 60 * SECOND);
    probe.at(now + 60 * SECOND).failed(Verdict::TRANSIENT, &mut Resets(&breaker));
    assert_eq!(breaker.state(), State::Closed);
}
