//! Neither `Classify` nor `on` says which failures are retried.

use persevere::Policy;

#[derive(Debug)]
struct Refused;

async fn later() -> Result<u8, Refused> {
    Policy::DEFAULT.retry(async || Err(Refused)).await
}

fn now() -> Result<u8, Refused> {
    Policy::DEFAULT.retry_blocking(|| Err(Refused)).call()
}

fn main() {}
