//! `backon-macros`.

use std::time::Duration;

use backon::{ConstantBuilder, ExponentialBuilder};
use backon_macros::backon;

use crate::body;
use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES, is_busy};

fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(BASE_DELAY)
        .with_max_delay(MAX_DELAY)
        .with_max_times(RETRIES as usize)
}

fn zero() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(Duration::ZERO).with_max_times(RETRIES as usize)
}

#[backon(backoff = backoff, when = is_busy)]
pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    body!(N, input)
}

#[backon(backoff = backoff, when = is_busy)]
pub async fn none<const N: usize>() -> Result<u64, Error> {
    body!(N, 7)
}

#[backon(backoff = backoff, when = is_busy)]
pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    body!(N, 7, (a, b, c))
}

/// Only `context` gives attempts what the function owns, and there a body may not use `?` itself.
#[backon(backoff = backoff, when = is_busy, context = true)]
pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    async { body!(N, 7, (&a, &b, &c)) }.await
}

#[backon(backoff = backoff, when = is_busy)]
pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

#[backon(backoff = zero, when = is_busy)]
pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

#[backon(backoff = backoff, when = is_busy)]
pub async fn gated() -> Result<u64, Error> {
    harness::gated().await
}

#[inline(never)]
#[backon(backoff = backoff, when = is_busy)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    let output = harness::work(input)?;
    Ok(output + 1)
}
