//! Layers of the wrong type, and layers that are not statics.

use persevere::{Budget, CircuitBreaker, Rejection, retry};

static BREAKER: CircuitBreaker = CircuitBreaker::new();
static RETRIES: Budget = Budget::new();
const BUDGET: Budget = Budget::new();

#[retry(on = _, budget = BREAKER)]
async fn breaker_as_budget() -> Result<u8, String> {
    Ok(1)
}

#[retry(on = _, budget = BUDGET)]
async fn constant() -> Result<u8, String> {
    Ok(1)
}

#[retry(on = _, budget = *budget)]
async fn borrowed(budget: &Budget) -> Result<u8, String> {
    Ok(1)
}

#[retry(breaker = RETRIES)]
async fn budget_as_breaker() -> Result<u8, Rejection> {
    Ok(1)
}

fn main() {}
