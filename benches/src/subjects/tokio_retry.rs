//! `tokio-retry`.

use std::time::Duration;

use tokio_retry::RetryIf;
use tokio_retry::strategy::{ExponentialBackoff, FixedInterval};

use crate::body;
use crate::harness::{self, Error, Failures, MAX_DELAY, RETRIES, is_busy};

fn delays() -> impl Iterator<Item = Duration> {
    ExponentialBackoff::from_millis(2).factor(500).max_delay(MAX_DELAY).take(RETRIES as usize)
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    RetryIf::start(delays(), || async { body!(N, input) }, is_busy).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    RetryIf::start(delays(), || async { body!(N, 7) }, is_busy).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    RetryIf::start(delays(), || async { body!(N, 7, (a, b, c)) }, is_busy).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    RetryIf::start(delays(), || async { body!(N, 7, (&a, &b, &c)) }, is_busy).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    RetryIf::start(delays(), || async { failures.attempt() }, is_busy).await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    let delays = FixedInterval::new(Duration::ZERO).take(RETRIES as usize);
    RetryIf::start(delays, || async { failures.attempt() }, is_busy).await
}

pub async fn gated() -> Result<u64, Error> {
    RetryIf::start(delays(), harness::gated, is_busy).await
}
