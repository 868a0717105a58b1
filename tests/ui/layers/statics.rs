//! Layers given as a number or a text, or made in the attribute, where a static is expected.

use persevere::{Rejection, retry};

#[retry(bulkhead = 16)]
async fn places() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(bulkhead = 0)]
fn no_places() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(breaker = 5)]
fn failures() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(on = _, budget = 500)]
fn tokens() -> Result<u8, String> {
    Ok(1)
}

#[retry(on = _, budget = 0.1)]
fn ratio() -> Result<u8, String> {
    Ok(1)
}

#[retry(on = _, budget = -1)]
fn negative() -> Result<u8, String> {
    Ok(1)
}

#[retry(bulkhead = "ten", breaker = "50%", budget = "10%", hedge = "95%")]
async fn all_at_once() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(bulkhead = persevere::Bulkhead::new(10).with_max_queue(5))]
fn places_made_here() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(breaker = &persevere::CircuitBreaker::new())]
fn breaker_made_here() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(budget = persevere::Budget::ratio(0.1))]
fn budget_made_here() -> std::io::Result<u8> {
    Ok(1)
}

#[retry(hedge = persevere::Hedge::after_quantile(0.95))]
async fn hedge_made_here() -> std::io::Result<u8> {
    Ok(1)
}

fn main() {}
