//! Annotated.

use persevere::{Policy, retry};

use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES};
use crate::{body, text_body};

pub(super) const POLICY: Policy = Policy::DEFAULT
    .with_max_retries(RETRIES)
    .with_base_delay(BASE_DELAY)
    .with_max_delay(MAX_DELAY)
    .with_jitter(persevere::Jitter::None);

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    body!(N, input)
}

#[retry(policy = POLICY, on = Error::Busy, timeout = "2s")]
pub async fn timeout(input: u64) -> Result<u64, Error> {
    body!(16, input)
}

#[retry(policy = POLICY, on = Error::Busy, deadline = "10s")]
pub async fn deadline(input: u64) -> Result<u64, Error> {
    body!(16, input)
}

/// The attempt's number is the body's argument.
#[retry(policy = POLICY, on = Error::Busy, context = attempt)]
pub async fn context(input: u64) -> Result<u64, Error> {
    body!(16, input + u64::from(attempt.number()))
}

/// A second attempt joins the first after 200 ms.
#[retry(policy = POLICY, on = Error::Busy, hedge = "200ms")]
pub async fn hedge(input: u64) -> Result<u64, Error> {
    body!(16, input)
}

/// As `hedge`, its body pending once.
#[retry(policy = POLICY, on = Error::Busy, hedge = "200ms")]
pub async fn slow_hedge(input: u64) -> Result<u64, Error> {
    harness::slow_step(input).await
}

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn text(input: u64) -> Result<String, Error> {
    text_body!(input)
}

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn none<const N: usize>() -> Result<u64, Error> {
    body!(N, 7)
}

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    body!(N, 7, (a, b, c))
}

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    body!(N, 7, (&a, &b, &c))
}

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

/// As `failing`, each wait spread at random.
#[retry(policy = POLICY, jitter = "25%", on = Error::Busy)]
pub async fn jittered(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

#[retry(policy = POLICY, base_delay = 0, on = Error::Busy)]
pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

/// As `at_once`, with more retries than can be made.
#[retry(policy = POLICY, max_retries = u32::MAX, base_delay = 0, on = Error::Busy)]
pub async fn for_ever(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

#[retry(policy = POLICY, on = Error::Busy)]
pub async fn gated() -> Result<u64, Error> {
    harness::gated().await
}

#[inline(never)]
#[retry(policy = POLICY, on = Error::Busy)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    let output = harness::work(input)?;
    Ok(output + 1)
}

/// One retry, its wait not spread, and skipped.
#[retry(policy = POLICY, sleep = skip, on = Error::Busy)]
pub fn blocking_failing(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

/// One retry, its wait spread at random, and skipped.
#[retry(policy = POLICY, jitter = "25%", sleep = skip, on = Error::Busy)]
pub fn blocking_jittered(failures: &Failures) -> Result<u64, Error> {
    failures.attempt()
}

fn skip(delay: std::time::Duration) {
    std::hint::black_box(delay);
}
