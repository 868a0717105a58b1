//! `tryhard`.

use std::time::Duration;

use tryhard::{RetryPolicy, retry_fn};

use crate::body;
use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES};

fn backoff(attempt: u32, error: &Error) -> RetryPolicy {
    match error {
        Error::Busy => RetryPolicy::Delay((BASE_DELAY * (1 << (attempt - 1))).min(MAX_DELAY)),
        Error::Broken => RetryPolicy::Break,
    }
}

fn at_once_backoff(_: u32, error: &Error) -> RetryPolicy {
    match error {
        Error::Busy => RetryPolicy::Delay(Duration::ZERO),
        Error::Broken => RetryPolicy::Break,
    }
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    retry_fn(|| async { body!(N, input) }).retries(RETRIES).custom_backoff(backoff).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    retry_fn(|| async { body!(N, 7) }).retries(RETRIES).custom_backoff(backoff).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    retry_fn(|| async { body!(N, 7, (a, b, c)) }).retries(RETRIES).custom_backoff(backoff).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    retry_fn(|| async { body!(N, 7, (&a, &b, &c)) }).retries(RETRIES).custom_backoff(backoff).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    retry_fn(|| async { failures.attempt() }).retries(RETRIES).custom_backoff(backoff).await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    let attempt = || async { failures.attempt() };
    retry_fn(attempt).retries(RETRIES).custom_backoff(at_once_backoff).await
}

pub async fn gated() -> Result<u64, Error> {
    retry_fn(harness::gated).retries(RETRIES).custom_backoff(backoff).await
}
