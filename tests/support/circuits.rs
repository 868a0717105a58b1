//! A small circuit breaker, and calls through it whose clock is given.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::time::{Duration, Instant};

use persevere::breaker::{Permit, State};
use persevere::{CircuitBreaker, Jitter, Rejection, Verdict};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) const OK: Result<(), Verdict> = Ok(());
pub(crate) const FAILURE: Result<(), Verdict> = Err(Verdict::TRANSIENT);

/// Opens at four calls of which two failed, for 5 s, and is probed twice.
pub(crate) const fn small() -> CircuitBreaker {
    CircuitBreaker::new().with_count_window(4).with_open_jitter(Jitter::None).with_probes(2)
}

pub(crate) fn rng() -> SmallRng {
    SmallRng::seed_from_u64(7)
}

pub(crate) fn end(permit: Permit<'_>, outcome: Result<(), Verdict>, now: Instant) {
    match outcome {
        Ok(()) => permit.at(now).succeeded(&mut rng()),
        Err(verdict) => permit.at(now).failed(verdict, &mut rng()),
    }
}

pub(crate) fn acquire(breaker: &CircuitBreaker, now: Instant) -> Permit<'_> {
    breaker.at(now).try_acquire().expect("calls go through")
}

/// Calls that end at once.
pub(crate) fn calls(breaker: &CircuitBreaker, outcomes: &[Result<(), Verdict>], now: Instant) {
    for outcome in outcomes {
        end(acquire(breaker, now), *outcome, now);
    }
}

pub(crate) fn opened(breaker: CircuitBreaker, now: Instant) -> CircuitBreaker {
    calls(&breaker, &[FAILURE; 4], now);
    assert_eq!(breaker.state(), State::Open);
    breaker
}

pub(crate) fn refused(breaker: &CircuitBreaker, now: Instant) -> Duration {
    match breaker.at(now).try_acquire() {
        Err(Rejection::CircuitOpen { retry_in }) => retry_in,
        other => panic!("not refused: {other:?}"),
    }
}
