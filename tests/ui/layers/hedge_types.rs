//! Layers of the wrong type, and arguments that a hedged body uses up.

use std::time::Duration;

use persevere::{Budget, Bulkhead, Hedge, Rejection, retry};

static BUDGET: Budget = Budget::new();
static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
const CONSTANT: Hedge = Hedge::after(Duration::from_millis(200));
const PLACES: Bulkhead = Bulkhead::new(10);

#[retry(hedge = BUDGET)]
async fn budget() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = CONSTANT)]
async fn constant() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = HEDGE, max = 2))]
async fn no_duration() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge(after = "200ms", max = max))]
async fn no_number(max: usize) -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = "200ms")]
async fn used_up(name: String) -> std::io::Result<String> {
    Ok(name)
}

#[retry(hedge = "200ms")]
async fn changed(mut names: Vec<String>) -> std::io::Result<usize> {
    names.sort();
    Ok(names.len())
}

#[retry(bulkhead = BUDGET)]
fn budget_as_bulkhead() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(bulkhead = PLACES)]
async fn a_place_for_each_call() -> Result<u8, Rejection> {
    Ok(1)
}

fn main() {}
