//! `CircuitBreaker`: a call counts in the state that it began in, and in no later one.

use crate::support::circuits;

use std::time::Instant;

use circuits::{FAILURE, OK, SECOND, acquire, calls, end, small};
use persevere::breaker::{State, Tally};

#[test]
fn a_call_counts_only_in_the_state_that_it_began_in() {
    let now = Instant::now();
    let breaker = small();
    let [early, second] = [acquire(&breaker, now), acquire(&breaker, now)];
    let breaker = &breaker;
    calls(breaker, &[FAILURE; 4], now);
    let later = now + 5 * SECOND;
    let probe = acquire(breaker, later);
    end(early, FAILURE, later);
    drop(second); // no probe, so it has no permit to give back
    end(probe, OK, later);
    end(acquire(breaker, later), OK, later);
    assert_eq!((breaker.state(), breaker.tally().calls), (State::Closed, 0));
}

/// States have numbers: a late call must not find its own again.
#[test]
fn however_often_the_state_changes_none_is_taken_for_an_earlier_one() {
    let now = Instant::now();
    let breaker = small();
    let mut late = Vec::new();
    for _ in 0..100 {
        late.push(acquire(&breaker, now));
        breaker.force_open();
        breaker.reset();
    }
    for permit in late {
        end(permit, FAILURE, now);
        assert_eq!(breaker.tally(), Tally::default());
    }
}
