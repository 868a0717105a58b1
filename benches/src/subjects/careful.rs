//! In a loop that does all that an annotated function does: its waits have jitter, and it reports
//! retries, give-ups and late successes to `tracing`.

use std::time::Duration;

use crate::harness::{self, BASE_DELAY, Error, Failures, MAX_DELAY, RETRIES, is_busy};
use crate::{body, text_body};

macro_rules! retried {
    ($function:literal, $attempt:expr, |$wait:ident| $sleep:expr) => {{
        let mut retries = 0;
        let mut delay: Duration = BASE_DELAY;
        loop {
            let $wait = {
                let error = match $attempt {
                    Ok(output) => {
                        if retries > 0 {
                            tracing::info!(retries, "{} succeeded", $function);
                        }
                        return Ok(output);
                    }
                    Err(error) => error,
                };
                if retries == RETRIES || !is_busy(&error) {
                    tracing::error!(retries, ?error, "{} failed; giving up", $function);
                    return Err(error);
                }
                let wait = delay.mul_f64(1.0 + 0.25 * rand::random::<f64>()).min(MAX_DELAY);
                tracing::warn!(retries, ?error, ?wait, "{} failed; retrying", $function);
                wait
            };
            retries += 1;
            $sleep;
            delay = (delay * 2).min(MAX_DELAY);
        }
    }};
}

pub async fn one<const N: usize>(input: u64) -> Result<u64, Error> {
    retried!("one", async { body!(N, input) }.await, |wait| tokio::time::sleep(wait).await)
}

pub async fn text(input: u64) -> Result<String, Error> {
    retried!("text", async { text_body!(input) }.await, |wait| tokio::time::sleep(wait).await)
}

pub async fn failing(failures: &Failures) -> Result<u64, Error> {
    retried!("failing", async { failures.attempt() }.await, |wait| tokio::time::sleep(wait).await)
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    retried!("blocking", (|| Ok(harness::work(input)? + 1))(), |wait| std::thread::sleep(wait))
}
