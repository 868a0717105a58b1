//! `retry-if`. It rewrites each `?` of a body, but not those in macro calls: the bodies are spelled
//! out.

use std::hint::black_box;
use std::time::Duration;

use retry_if::{ExponentialBackoffConfig, retry};

use crate::harness::{self, BASE_DELAY, Error, Failures, Kept, MAX_DELAY, RETRIES};

const BACKOFF: ExponentialBackoffConfig = ExponentialBackoffConfig {
    max_retries: RETRIES,
    t_wait: BASE_DELAY,
    backoff: 2.0,
    t_wait_max: None,
    backoff_max: Some(MAX_DELAY),
};

const ZERO: ExponentialBackoffConfig =
    ExponentialBackoffConfig { t_wait: Duration::ZERO, ..BACKOFF };

fn failed_busy(outcome: &Result<u64, Error>) -> bool {
    matches!(outcome, Err(Error::Busy))
}

#[retry(BACKOFF, failed_busy)]
pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    let kept = Kept::<N>::new();
    kept.touch();
    let output = harness::step(input).await?;
    kept.touch();
    Ok(output + 1)
}

#[retry(BACKOFF, failed_busy)]
pub async fn none<const N: usize>() -> Result<u64, Error> {
    let kept = Kept::<N>::new();
    kept.touch();
    let output = harness::step(7).await?;
    kept.touch();
    Ok(output + 1)
}

#[retry(BACKOFF, failed_busy)]
pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    let kept = Kept::<N>::new();
    kept.touch();
    let output = harness::step(7).await?;
    kept.touch();
    black_box((a, b, c));
    Ok(output + 1)
}

#[retry(BACKOFF, failed_busy)]
pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    let kept = Kept::<N>::new();
    kept.touch();
    let output = harness::step(7).await?;
    kept.touch();
    black_box((&a, &b, &c));
    Ok(output + 1)
}

#[retry(BACKOFF, failed_busy)]
pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

#[retry(ZERO, failed_busy)]
pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

#[retry(BACKOFF, failed_busy)]
pub async fn gated() -> Result<u64, Error> {
    harness::gated().await
}
