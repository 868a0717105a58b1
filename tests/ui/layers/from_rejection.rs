//! Errors that cannot say that the circuit breaker refused.

use persevere::{Budget, CircuitBreaker, retry};

static BREAKER: CircuitBreaker = CircuitBreaker::new();
static BUDGET: Budget = Budget::new();

#[retry(on = _, breaker = BREAKER)]
async fn text() -> Result<u8, String> {
    Ok(1)
}

#[retry(breaker = BREAKER)]
fn blocking() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(on = _, budget = BUDGET)]
fn a_budget_asks_for_nothing() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
