//! In the smallest correct loop: the attempt in a block of its own, so that `?` ends only the attempt,
//! and the error dropped before the wait begins; without jitter and events.

use std::pin::pin;
use std::time::Duration;

use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES, is_busy};
use crate::{body, text_body};

macro_rules! retried {
    ($base_delay:expr, $attempt:expr) => {{
        let mut retries = 0;
        let mut delay: Duration = $base_delay;
        loop {
            let error = match $attempt {
                Ok(output) => return Ok(output),
                Err(error) => error,
            };
            if retries == RETRIES || !is_busy(&error) {
                return Err(error);
            }
            retries += 1;
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(MAX_DELAY);
        }
    }};
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    retried!(BASE_DELAY, async { body!(N, input) }.await)
}

/// Each attempt is cut after two seconds.
pub async fn timeout(input: u64) -> Result<u64, Error> {
    retried!(BASE_DELAY, {
        let attempt = async { body!(16, input) };
        let outcome = tokio::time::timeout(Duration::from_secs(2), attempt).await;
        outcome.unwrap_or(Err(Error::Busy))
    })
}

/// The call is cut after ten seconds.
pub async fn deadline(input: u64) -> Result<u64, Error> {
    let call = one::<16>(input);
    tokio::time::timeout(Duration::from_secs(10), call).await.unwrap_or(Err(Error::Broken))
}

/// The attempt's number is the body's argument.
pub async fn context(input: u64) -> Result<u64, Error> {
    let mut number = 0;
    retried!(BASE_DELAY, {
        number += 1;
        async { body!(16, input + number) }.await
    })
}

/// A second attempt joins the first after 200 ms.
pub async fn hedge(input: u64) -> Result<u64, Error> {
    retried!(BASE_DELAY, hedged(async || body!(16, input)).await)
}

/// As [`hedge`], its body pending once.
pub async fn slow_hedge(input: u64) -> Result<u64, Error> {
    retried!(BASE_DELAY, hedged(async || harness::slow_step(input).await).await)
}

async fn hedged(attempt: impl AsyncFn() -> Result<u64, Error>) -> Result<u64, Error> {
    let mut first = pin!(attempt());
    match tokio::time::timeout(Duration::from_millis(200), &mut first).await {
        Ok(outcome) => outcome,
        Err(_) => tokio::select! { outcome = first => outcome, outcome = attempt() => outcome },
    }
}

pub async fn text(input: u64) -> Result<String, Error> {
    retried!(BASE_DELAY, async { text_body!(input) }.await)
}

pub async fn none<const N: usize>() -> Result<u64, Error> {
    retried!(BASE_DELAY, async { body!(N, 7) }.await)
}

pub async fn shared<const N: usize>(a: &str, b: &str, c: &str) -> Result<u64, Error> {
    retried!(BASE_DELAY, async { body!(N, 7, (a, b, c)) }.await)
}

pub async fn owned<const N: usize>(a: String, b: String, c: String) -> Result<u64, Error> {
    retried!(BASE_DELAY, async { body!(N, 7, (&a, &b, &c)) }.await)
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    retried!(BASE_DELAY, async { failures.attempt() }.await)
}

pub async fn at_once(failures: &Failures) -> Result<u64, Error> {
    retried!(Duration::ZERO, async { failures.attempt() }.await)
}

pub async fn gated() -> Result<u64, Error> {
    retried!(BASE_DELAY, harness::gated().await)
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    let mut retries = 0;
    let mut delay = BASE_DELAY;
    loop {
        let error = match (|| Ok(harness::work(input)? + 1))() {
            Ok(output) => return Ok(output),
            Err(error) => error,
        };
        if retries == RETRIES || !is_busy(&error) {
            return Err(error);
        }
        retries += 1;
        std::thread::sleep(delay);
        delay = (delay * 2).min(MAX_DELAY);
    }
}
