//! `backon`.

use std::time::Duration;

use backon::{BlockingRetryable, ConstantBuilder, ExponentialBuilder, Retryable};

use crate::body;
use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES, is_busy};

const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(BASE_DELAY)
    .with_max_delay(MAX_DELAY)
    .with_max_times(RETRIES as usize);

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    (|| async { body!(N, input) }).retry(BACKOFF).when(is_busy).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    (|| async { body!(N, 7) }).retry(BACKOFF).when(is_busy).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    (|| async { body!(N, 7, (a, b, c)) }).retry(BACKOFF).when(is_busy).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    (|| async { body!(N, 7, (&a, &b, &c)) }).retry(BACKOFF).when(is_busy).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    (|| async { failures.attempt() }).retry(BACKOFF).when(is_busy).await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    let backoff =
        ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(RETRIES as usize);
    (|| async { failures.attempt() }).retry(backoff).when(is_busy).await
}

pub async fn gated() -> Result<u64, Error> {
    harness::gated.retry(BACKOFF).when(is_busy).await
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    (|| Ok(harness::work(input)? + 1)).retry(BACKOFF).when(is_busy).call()
}
