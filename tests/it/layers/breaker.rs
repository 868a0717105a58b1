//! `CircuitBreaker`: when it opens and closes, which calls it admits, and what it reports.

use crate::support::circuits;

use std::time::{Duration, Instant};

use circuits::{FAILURE, OK, SECOND, acquire, calls, end, opened, refused, rng, small};
use persevere::breaker::{Permit, State, Tally};
use persevere::{CircuitBreaker, Jitter, Verdict};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

#[test]
fn defaults_are_as_documented() {
    let now = Instant::now();
    let breaker = CircuitBreaker::new();
    calls(&breaker, &[FAILURE; 19], now);
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE], now);
    assert_eq!(breaker.state(), State::Open);
    let first = refused(&breaker, now);
    assert!((5 * SECOND..=Duration::from_millis(6_250)).contains(&first), "{first:?}");

    let probe_at = now + 7 * SECOND;
    let probes: Vec<Permit<'_>> = (0..10).map(|_| acquire(&breaker, probe_at)).collect();
    assert_eq!(refused(&breaker, probe_at), Duration::ZERO);
    drop(probes);
    let probes: Vec<Permit<'_>> = (0..10).map(|_| acquire(&breaker, probe_at)).collect();
    assert_eq!(refused(&breaker, probe_at + 59 * SECOND), Duration::ZERO);
    acquire(&breaker, probe_at + 60 * SECOND).at(now).succeeded(&mut rng());
    drop(probes);

    let breaker = CircuitBreaker::default();
    calls(&breaker, &[OK; 200], now);
    calls(&breaker, &[FAILURE; 49], now);
    assert_eq!(breaker.tally().to_string(), "100 calls, 49 failed, 0 slow");
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE], now);
    assert_eq!(breaker.state(), State::Open, "at half of the last hundred");
}

#[test]
fn old_calls_leave_a_count_window() {
    let now = Instant::now();
    let breaker = small().with_failure_rate(0.75);
    calls(&breaker, &[FAILURE, FAILURE, OK, OK, OK, OK], now);
    assert_eq!(breaker.tally().to_string(), "4 calls, 0 failed, 0 slow");
    calls(&breaker, &[FAILURE, FAILURE], now);
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE], now);
    assert_eq!(breaker.state(), State::Open);
}

/// As resilience4j does: `CircuitBreakerMetrics.onSuccess` checks the thresholds, too.
#[test]
fn a_success_that_makes_the_calls_enough_opens_it() {
    let now = Instant::now();
    let count = || CircuitBreaker::new().with_count_window(10).with_minimum_calls(5);
    let time = || CircuitBreaker::new().with_time_window(10 * SECOND).with_minimum_calls(5);
    for window in [count, time] {
        for (before, then) in [
            ([FAILURE, FAILURE, FAILURE, OK], State::Open),
            ([OK, FAILURE, FAILURE, FAILURE], State::Open),
            ([FAILURE, FAILURE, OK, OK], State::Closed), // two of five
        ] {
            let breaker = window();
            calls(&breaker, &before, now);
            assert_eq!(breaker.state(), State::Closed);
            calls(&breaker, &[OK], now);
            assert_eq!(breaker.state(), then, "{before:?}");
        }
    }
}

#[test]
fn a_success_opens_it_where_those_before_it_have_left_a_time_window() {
    let now = Instant::now();
    let breaker = CircuitBreaker::new().with_time_window(10 * SECOND).with_minimum_calls(4);
    let later = now + 5 * SECOND;
    let at_last = now + 10 * SECOND;
    calls(&breaker, &[OK; 9], now);
    calls(&breaker, &[FAILURE; 3], later);
    assert_eq!(breaker.state(), State::Closed); // three of twelve
    assert_eq!(breaker.at(at_last).tally().to_string(), "3 calls, 3 failed, 0 slow"); // somebody looks
    calls(&breaker, &[OK], at_last);
    assert_eq!(breaker.state(), State::Open); // three of four
}

#[test]
fn shares_that_binary_fractions_miss_are_met() {
    let now = Instant::now();
    let breaker = CircuitBreaker::new().with_failure_rate(0.07); // 0.07 · 100 is above 7
    calls(&breaker, &[OK; 100], now);
    calls(&breaker, &[FAILURE; 6], now);
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE], now);
    assert_eq!(breaker.state(), State::Open);
}

/// Not even where none is a large enough share of the calls.
#[test]
fn without_a_failure_it_neither_opens_nor_opens_again() {
    let now = Instant::now();
    let breaker = small().with_failure_rate(1e-12).with_slow_calls(SECOND, 1e-12);
    calls(&breaker, &[OK; 8], now);
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE], now);
    assert_eq!(breaker.state(), State::Open);
    calls(&breaker, &[OK; 2], now + 5 * SECOND);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn only_the_other_sides_troubles_count_as_failures() {
    let now = Instant::now();
    let permanent = [Err(Verdict::PERMANENT); 4];
    let breaker = small();
    calls(&breaker, &permanent, now);
    assert_eq!(breaker.tally().to_string(), "4 calls, 0 failed, 0 slow");
    calls(&breaker, &[Err(Verdict::THROTTLED), FAILURE], now);
    assert_eq!(breaker.state(), State::Open);

    let strict = small().with_permanent_failures_counted();
    calls(&strict, &permanent, now);
    assert_eq!(strict.state(), State::Open);
}

#[test]
fn slow_calls_open_it_too() {
    let now = Instant::now();
    let breaker = small().with_slow_calls(2 * SECOND, 0.5).with_failure_rate(1.0);
    let lasting = |seconds: u32| {
        end(acquire(&breaker, now), OK, now + seconds * SECOND);
    };
    (0..3).for_each(lasting);
    assert_eq!(breaker.tally().to_string(), "3 calls, 0 failed, 1 slow");
    lasting(1);
    assert_eq!(breaker.state(), State::Closed);
    lasting(3);
    assert_eq!(breaker.state(), State::Open);

    // Slow probes decide as well.
    let later = now + 60 * SECOND;
    let [first, second] = [acquire(&breaker, later), acquire(&breaker, later)];
    end(first, OK, later + SECOND);
    end(second, OK, later + 2 * SECOND);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_time_window_forgets_by_the_clock() {
    let now = Instant::now();
    let breaker = CircuitBreaker::new().with_time_window(10 * SECOND).with_minimum_calls(4);
    calls(&breaker, &[FAILURE; 3], now);
    let later = now + 10 * SECOND;
    calls(&breaker, &[FAILURE; 3], later);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.at(later).tally().to_string(), "3 calls, 3 failed, 0 slow");
    calls(&breaker, &[FAILURE], later);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn the_minimum_of_calls_is_no_more_than_a_count_window_holds() {
    let now = Instant::now();
    let breaker = CircuitBreaker::new().with_minimum_calls(u32::MAX).with_count_window(3);
    calls(&breaker, &[FAILURE; 3], now);
    assert_eq!(breaker.state(), State::Open);
    let breaker = CircuitBreaker::new().with_minimum_calls(30).with_time_window(SECOND);
    calls(&breaker, &[FAILURE; 29], now);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn open_durations_double_up_to_their_maximum_and_begin_anew_when_it_has_closed() {
    let mut now = Instant::now();
    let breaker = opened(small(), now);
    for seconds in [5, 10, 20, 40, 60, 60] {
        assert_eq!(refused(&breaker, now), seconds * SECOND);
        assert_eq!(refused(&breaker, now + SECOND), (seconds - 1) * SECOND);
        assert_eq!(breaker.at(now).retry_in(), seconds * SECOND);
        now += seconds * SECOND;
        calls(&breaker, &[FAILURE; 2], now);
    }
    now += 60 * SECOND;
    calls(&breaker, &[OK; 2], now);
    assert_eq!((breaker.state(), breaker.tally().calls), (State::Closed, 0));
    assert_eq!(refused(&opened(breaker, now), now), 5 * SECOND);
}

#[test]
fn open_durations_are_spread_and_never_above_their_maximum() {
    let now = Instant::now();
    let durations: Vec<Duration> = (0..100)
        .map(|seed| {
            let breaker = small()
                .with_minimum_calls(1)
                .with_open_duration(10 * SECOND)
                .with_max_open_duration(11 * SECOND)
                .with_open_jitter(Jitter::Full);
            let mut rng = SmallRng::seed_from_u64(seed);
            acquire(&breaker, now).at(now).failed(Verdict::TRANSIENT, &mut rng);
            breaker.at(now).retry_in()
        })
        .collect();
    assert!(durations.iter().all(|duration| *duration <= 10 * SECOND));
    assert!(durations.iter().any(|duration| *duration < 2 * SECOND));
    assert!(durations.iter().any(|duration| *duration > 8 * SECOND));
}

#[test]
fn probes_decide_when_all_are_in() {
    let now = Instant::now();
    for (outcomes, state) in [
        ([OK, OK, OK, OK], State::Closed),
        ([FAILURE, OK, OK, OK], State::Closed),
        ([FAILURE, FAILURE, OK, OK], State::Open),
        ([Err(Verdict::PERMANENT), FAILURE, OK, OK], State::Closed),
    ] {
        let breaker = opened(small().with_probes(4), now);
        let later = now + 5 * SECOND;
        let probes: Vec<Permit<'_>> = outcomes.iter().map(|_| acquire(&breaker, later)).collect();
        for (probe, outcome) in probes.into_iter().zip(outcomes) {
            assert_eq!(breaker.state(), State::HalfOpen);
            assert_eq!(refused(&breaker, later), Duration::ZERO);
            end(probe, outcome, later);
        }
        assert_eq!(breaker.state(), state, "after {outcomes:?}");
    }
}

#[test]
fn a_probe_that_is_dropped_gives_its_permit_back_and_counts_for_nothing() {
    let now = Instant::now();
    let breaker = opened(small(), now);
    let later = now + 5 * SECOND;
    let [first, second] = [acquire(&breaker, later), acquire(&breaker, later)];
    assert_eq!(refused(&breaker, later), Duration::ZERO);
    drop(first);
    let third = acquire(&breaker, later);
    assert_eq!(refused(&breaker, later), Duration::ZERO);
    end(second, OK, later);
    assert_eq!(breaker.state(), State::HalfOpen);
    end(third, OK, later);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_probe_that_hangs_loses_its_permit_in_time() {
    let now = Instant::now();
    let breaker = opened(small().with_probe_timeout(30 * SECOND), now);
    let later = now + 5 * SECOND;
    let [hangs, returns] = [acquire(&breaker, later), acquire(&breaker, later)];
    end(returns, OK, later);
    assert_eq!(refused(&breaker, later + 29 * SECOND), Duration::ZERO);
    let other = acquire(&breaker, later + 30 * SECOND);
    end(hangs, FAILURE, later + 31 * SECOND); // too late to be counted
    assert_eq!(breaker.state(), State::HalfOpen);
    end(other, OK, later + 31 * SECOND);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn it_does_what_it_is_forced_to() {
    let now = Instant::now();
    let breaker = small().with_max_open_duration(30 * SECOND);

    breaker.force_open();
    assert_eq!((breaker.state(), refused(&breaker, now)), (State::ForcedOpen, 30 * SECOND));
    assert_eq!(breaker.at(now + 3_600 * SECOND).retry_in(), 30 * SECOND);

    breaker.force_closed();
    calls(&breaker, &[FAILURE; 9], now);
    assert_eq!(breaker.state(), State::ForcedClosed);
    assert_eq!(breaker.tally().to_string(), "4 calls, 4 failed, 0 slow");

    breaker.disable();
    calls(&breaker, &[FAILURE; 9], now);
    assert_eq!((breaker.state(), breaker.tally()), (State::Disabled, Tally::default()));

    breaker.reset();
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE; 3], now);
    breaker.reset();
    calls(&breaker, &[FAILURE; 3], now);
    assert_eq!(breaker.state(), State::Closed);
    calls(&breaker, &[FAILURE], now);
    assert_eq!((breaker.state(), refused(&breaker, now)), (State::Open, 5 * SECOND));
    breaker.reset();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_clock_that_stands_still_jumps_or_goes_back_breaks_nothing() {
    let now = Instant::now();
    let age = Duration::from_hours(24 * 365 * 90);
    for breaker in [small(), small().with_time_window(SECOND).with_minimum_calls(4)] {
        let breaker = opened(breaker.with_slow_calls(SECOND, 1.0), now);
        (0..3).for_each(|_| assert_eq!(refused(&breaker, now), 5 * SECOND)); // it stands still
        assert_eq!(refused(&breaker, now + SECOND), 4 * SECOND);
        assert_eq!(refused(&breaker, now), 5 * SECOND); // it goes back
        let [first, second] = [acquire(&breaker, now + age), acquire(&breaker, now + age)];
        end(first, OK, now + age);
        end(second, OK, now); // before it began: not slow
        assert_eq!(breaker.state(), State::Closed);
        calls(&breaker, &[FAILURE; 3], now + 3 * age);
        assert_eq!(breaker.state(), State::Closed);
    }
    let forever = small().with_open_duration(Duration::MAX).with_max_open_duration(Duration::MAX);
    let forever = opened(forever, now);
    assert!(refused(&forever, now + age) > age);
    assert_eq!(forever.state(), State::Open);
}
