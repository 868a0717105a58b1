//! `tokio-retry2`.

use std::time::Duration;

use tokio_retry2::strategy::{ExponentialFactorBackoff, FixedInterval};
use tokio_retry2::{Retry, RetryError};

use crate::body;
use crate::harness::{self, Error, Failures, MAX_DELAY, RETRIES};

fn delays() -> impl Iterator<Item = Duration> {
    ExponentialFactorBackoff::from_millis(1000, 2.0).max_delay(MAX_DELAY).take(RETRIES as usize)
}

/// Decides what is retried: this library takes it from the error's wrapper.
fn judge(outcome: Result<u64, Error>) -> Result<u64, RetryError<Error>> {
    outcome.map_err(|error| match error {
        Error::Busy => RetryError::transient(error),
        Error::Broken => RetryError::permanent(error),
    })
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    Retry::spawn(delays(), || async { judge(async { body!(N, input) }.await) }).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    Retry::spawn(delays(), || async { judge(async { body!(N, 7) }.await) }).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    Retry::spawn(delays(), || async { judge(async { body!(N, 7, (a, b, c)) }.await) }).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    Retry::spawn(delays(), || async { judge(async { body!(N, 7, (&a, &b, &c)) }.await) }).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    Retry::spawn(delays(), || async { judge(failures.attempt()) }).await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    let delays = FixedInterval::new(Duration::ZERO).take(RETRIES as usize);
    Retry::spawn(delays, || async { judge(failures.attempt()) }).await
}

pub async fn gated() -> Result<u64, Error> {
    Retry::spawn(delays(), || async { judge(harness::gated().await) }).await
}
