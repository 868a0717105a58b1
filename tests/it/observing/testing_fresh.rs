//! Layers as if new, for one test at a time.
#![deny(warnings, clippy::pedantic)]

use crate::support::paused;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use persevere::breaker::State;
use persevere::budget::Cause;
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Hedge, Keyed, Rejection, Upstream, Verdict, retry, testing,
};
use tokio::time::sleep;

fn fail(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
}

#[test]
fn all_that_layers_remember_is_as_new_at_the_begin_and_at_the_end() {
    static TOKENS: Budget = Budget::new();
    static RATIO: Budget = Budget::ratio(0.5).with_min_per_second(0);
    static ADAPTIVE: Budget = Budget::adaptive(2.0);
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static BY_TIME: CircuitBreaker =
        CircuitBreaker::new().with_time_window(Duration::from_secs(10));
    static PLACES: Bulkhead = Bulkhead::adaptive(1..=10);
    static HEDGE: Hedge = Hedge::after_quantile(0.5).with_min_samples(1);
    static HOSTS: Keyed<CircuitBreaker> = Keyed::new(10, CircuitBreaker::new);

    let use_up = || {
        TOKENS.try_acquire(Cause::Failure).expect("it is full").failed(Verdict::TRANSIENT);
        (0..4).for_each(|_| RATIO.begin());
        RATIO.try_acquire(Cause::Failure).expect("two are left").failed(Verdict::TRANSIENT);
        (0..4).for_each(|_| ADAPTIVE.failed(Verdict::TRANSIENT));
        [&CIRCUIT, &BY_TIME].into_iter().for_each(fail);
        PLACES.try_acquire().expect("one is free").succeeded();
        HEDGE.record(Duration::from_secs(1));
        HOSTS.of("a").force_open();
    };
    let shown = || {
        let budgets = [&TOKENS, &RATIO, &ADAPTIVE].map(|budget| budget.available().to_string());
        let tallies = [&CIRCUIT, &BY_TIME].map(|circuit| circuit.tally().failed);
        (budgets, tallies, PLACES.limit(), HEDGE.delay(), HOSTS.len())
    };
    let new = shown();
    use_up();
    assert_ne!(shown(), new);
    let fresh =
        testing::fresh(&[&TOKENS, &RATIO, &ADAPTIVE, &CIRCUIT, &BY_TIME, &PLACES, &HEDGE, &HOSTS]);
    assert_eq!(shown(), new);
    use_up();
    fresh.reset();
    assert_eq!(shown(), new);
    use_up();
    drop(fresh);
    assert_eq!(shown(), new);
}

static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_count_window(4);
static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED).with_breaker(&CIRCUIT);

/// Each of these would open the circuit of the others, if they were not kept apart.
#[test]
fn tests_of_the_same_layers_run_one_after_the_other() {
    static RUNNING: AtomicU32 = AtomicU32::new(0);

    #[retry(upstream = SEARCH, max_retries = 0)]
    fn search(fails: bool) -> Result<u8, Rejection> {
        if fails { Err(Rejection::TimedOut) } else { Ok(1) }
    }

    thread::scope(|scope| {
        for number in 0..8 {
            scope.spawn(move || {
                let _fresh = if number % 2 == 0 {
                    testing::fresh(&[&SEARCH])
                } else {
                    testing::fresh(&[&CIRCUIT]) // the same circuit
                };
                assert_eq!(RUNNING.fetch_add(1, Ordering::SeqCst), 0, "alone");
                for _ in 0..4 {
                    assert_eq!(search(true), Err(Rejection::TimedOut), "not the circuit's refusal");
                }
                assert_eq!(CIRCUIT.state(), State::Open);
                assert!(matches!(search(false), Err(Rejection::CircuitOpen { .. })));
                RUNNING.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    let _fresh = testing::fresh(&[&SEARCH]);
    assert_eq!(search(false), Ok(1));
}

#[test]
fn a_guard_within_another_on_the_same_thread_does_not_wait() {
    static ONE: CircuitBreaker = CircuitBreaker::new();
    static OTHER: CircuitBreaker = CircuitBreaker::new();

    let outer = testing::fresh(&[&ONE]);
    ONE.force_open();
    let inner = testing::fresh(&[&ONE, &OTHER]);
    assert_eq!(ONE.state(), State::Closed);
    ONE.force_open();
    drop(inner);
    assert_eq!(ONE.state(), State::ForcedOpen, "it is the outer one's still");
    let waits = thread::spawn(|| drop(testing::fresh(&[&ONE])));
    assert!(!waits.is_finished());
    drop(outer);
    waits.join().unwrap();
}

/// Two tests, as of two programs' clocks: the first one's is paused, and jumps ahead.
#[test]
fn a_circuit_does_not_stay_open_by_a_clock_that_has_gone_back() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_count_window(2).with_probes(1);

    paused::runtime().block_on(async {
        sleep(Duration::from_hours(3)).await;
        (0..2).for_each(|_| fail(&CIRCUIT));
        assert!(CIRCUIT.try_acquire().is_err());
    });
    assert_eq!(CIRCUIT.state(), State::Open);
    let probe = CIRCUIT.try_acquire();
    assert_eq!(CIRCUIT.state(), State::HalfOpen, "hours ago, by this clock");
    drop(probe);

    // Nor does a probe that hung then keep the circuit half-open.
    paused::runtime().block_on(async {
        sleep(Duration::from_hours(3)).await;
        std::mem::forget(CIRCUIT.try_acquire());
        assert!(CIRCUIT.try_acquire().is_err(), "the only probe is out");
    });
    assert!(CIRCUIT.try_acquire().is_ok());
}
