//! Error types that cannot report that a limit cut the call.

use persevere::{CircuitBreaker, Policy};
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(3);

async fn by_timeout() -> Result<u8, reqwest::Error> {
    Policy::DEFAULT.retry(async || Ok(1)).timeout(SPAN).await
}

async fn by_deadline() -> Result<u8, reqwest::Error> {
    Policy::DEFAULT.retry(async || Ok(1)).deadline(SPAN).await
}

static BREAKER: CircuitBreaker = CircuitBreaker::new();

fn by_breaker() -> Result<u8, reqwest::Error> {
    Policy::DEFAULT.retry_blocking(|| Ok(1)).breaker(&BREAKER).call()
}

fn main() {}
