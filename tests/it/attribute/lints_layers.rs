//! No lint of ours under the strictest settings: functions that name layers.
#![deny(warnings, missing_docs, clippy::pedantic, clippy::nursery)]
#![allow(clippy::unused_async, reason = "the forms under test")]

use std::time::Duration;

use persevere::{Budget, Bulkhead, CircuitBreaker, Hedge, Rejection, retry};

static PLACES: Bulkhead = Bulkhead::new(2).with_max_wait(Duration::from_secs(1));
static RETRIES: Budget = Budget::new();
static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));

async fn pause(_: Duration) {}

#[retry(bulkhead = PLACES)]
async fn in_turn(value: u32) -> Result<u32, Rejection> {
    Ok(value)
}

#[retry(bulkhead = PLACES, deadline = "1h", base_delay = 0)]
fn in_turn_blocking(value: u32) -> Result<u32, Rejection> {
    Ok(value)
}

#[retry(bulkhead = PLACES, sleep = pause, hedge = "200ms")]
async fn by_another_timer(value: &str) -> Result<usize, Rejection> {
    Ok(value.len())
}

#[retry(hedge = HEDGE, clone(name))]
async fn using_up(name: String, mut value: usize) -> std::io::Result<String> {
    value += name.len();
    let mut name = name;
    name.push_str(&value.to_string());
    Ok(name)
}

#[retry(hedge(after = "p99.9", max = 2), on_ok = 0, when = |_| true, context = attempt)]
async fn judged(value: u32) -> Result<u32, Rejection> {
    Ok(value + attempt.number())
}

#[retry(
    bulkhead = PLACES,
    deadline = "1m",
    budget = RETRIES,
    breaker = CIRCUIT,
    hedge(after = delay, max = 3),
    timeout = "2s",
    fallback = |_| Ok(7)
)]
async fn through_all(value: Result<u32, Rejection>, delay: Duration) -> Result<u32, Rejection> {
    value
}

#[tokio::test(start_paused = true)]
async fn functions_do_what_they_say() {
    assert_eq!(in_turn(4).await, Ok(4));
    assert_eq!(in_turn_blocking(4), Ok(4));
    assert_eq!(by_another_timer("four").await, Ok(4));
    assert_eq!(using_up("a".to_owned(), 3).await.ok().as_deref(), Some("a4"));
    assert_eq!(judged(3).await, Ok(4));
    let delay = Duration::from_secs(1);
    assert_eq!(through_all(Ok(4), delay).await, Ok(4));
    let permanent = Err(Rejection::DeadlineExceeded);
    assert_eq!(through_all(permanent, delay).await, permanent);
    assert_eq!(
        (PLACES.available(), RETRIES.available().to_string().as_str()),
        (2, "500 of 500 tokens")
    );
}
