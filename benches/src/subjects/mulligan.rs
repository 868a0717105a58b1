//! `mulligan`.

use std::time::Duration;

use crate::body;
use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES};

macro_rules! retried {
    ($base_delay:expr) => {
        mulligan::until(|outcome: &Result<u64, Error>| !matches!(outcome, Err(Error::Busy)))
            .stop_after(RETRIES)
            .max_delay(MAX_DELAY)
            .exponential($base_delay)
    };
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    retried!(BASE_DELAY).execute(async || body!(N, input)).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    retried!(BASE_DELAY).execute(async || body!(N, 7)).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    retried!(BASE_DELAY).execute(async || body!(N, 7, (a, b, c))).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    retried!(BASE_DELAY).execute(async || body!(N, 7, (&a, &b, &c))).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    retried!(BASE_DELAY).execute(async || failures.attempt()).await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    retried!(Duration::ZERO).execute(async || failures.attempt()).await
}

pub async fn gated() -> Result<u64, Error> {
    retried!(BASE_DELAY).execute(harness::gated).await
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    retried!(BASE_DELAY).execute_sync(|| Ok(harness::work(input)? + 1))
}
