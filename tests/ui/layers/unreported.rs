//! Permits that are dropped at once, so that no outcome is reported.

#![deny(unused_must_use)]

use persevere::budget::Cause;
use persevere::{Budget, CircuitBreaker};

static BUDGET: Budget = Budget::new();
static BREAKER: CircuitBreaker = CircuitBreaker::new();

fn main() {
    BUDGET.try_acquire(Cause::Failure).unwrap();
    BREAKER.try_acquire().unwrap();
    BREAKER.call(async { Ok::<(), persevere::Rejection>(()) });
}
