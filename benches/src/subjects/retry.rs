//! `retry`, which is blocking.

use std::time::Duration;

use retry::OperationResult;
use retry::delay::Exponential;

use crate::harness::{self, Error, MAX_DELAY, RETRIES};

fn delays() -> impl Iterator<Item = Duration> {
    Exponential::from_millis_with_factor(1000, 2.0)
        .map(|delay| delay.min(MAX_DELAY))
        .take(RETRIES as usize)
}

#[inline(never)]
pub fn blocking(input: u64) -> Result<u64, Error> {
    let attempt = || match (|| Ok(harness::work(input)? + 1))() {
        Ok(output) => OperationResult::Ok(output),
        Err(error @ Error::Busy) => OperationResult::Retry(error),
        Err(error @ Error::Broken) => OperationResult::Err(error),
    };
    retry::retry(delays(), attempt).map_err(|error| error.error)
}
