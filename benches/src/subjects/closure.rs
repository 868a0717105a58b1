//! The closure form: what the attribute's function says, where an attribute cannot stand.

use crate::body;
use crate::harness::{self, Error, Failures, is_busy};
use crate::subjects::persevere::POLICY;

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    POLICY.retry(|| async { body!(N, input) }).on(is_busy).await
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    POLICY.retry(|| async { body!(N, 7) }).on(is_busy).await
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    POLICY.retry(|| async { body!(N, 7, (a, b, c)) }).on(is_busy).await
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    POLICY.retry(|| async { body!(N, 7, (&a, &b, &c)) }).on(is_busy).await
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    POLICY.retry(|| async { failures.attempt() }).on(is_busy).await
}

/// As `failing`, with a name of its own.
pub async fn failing_named(failures: &Failures) -> Result<u64, Error> {
    POLICY.retry(|| async { failures.attempt() }).on(is_busy).name("failing").await
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    let policy = POLICY.with_base_delay(std::time::Duration::ZERO);
    policy.retry(|| async { failures.attempt() }).on(is_busy).await
}

pub async fn gated() -> Result<u64, Error> {
    POLICY.retry(harness::gated).on(is_busy).await
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    POLICY.retry_blocking(|| Ok(harness::work(input)? + 1)).on(is_busy).call()
}
