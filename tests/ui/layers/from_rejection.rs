//! Error types that cannot report that a circuit breaker or a bulkhead refused the call.

use persevere::{Budget, Bulkhead, CircuitBreaker, retry};

static BREAKER: CircuitBreaker = CircuitBreaker::new();
static BUDGET: Budget = Budget::new();
static BULKHEAD: Bulkhead = Bulkhead::new(10);

#[retry(on = _, breaker = BREAKER)]
async fn text() -> Result<u8, String> {
    Ok(1)
}

#[retry(breaker = BREAKER)]
fn blocking() -> Result<u8, reqwest::Error> {
    Ok(1)
}

#[retry(on = _, budget = BUDGET)]
fn a_budget_asks_for_nothing() -> Result<u8, String> {
    Ok(1)
}

#[retry(on = _, bulkhead = BULKHEAD)]
async fn bounded() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
