//! Limits that leave no time, or that can never apply.

use persevere::{Rejection, retry};

#[retry(timeout = 0)]
async fn no_time() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(deadline = "0s")]
async fn no_time_at_all() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(timeout = "30s", deadline = "30s")]
async fn the_same() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(timeout = "1min", deadline = "30s")]
async fn longer_than_the_call() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(policy = "conservative", deadline = "3s")]
async fn no_retry_in_time() -> Result<u8, Rejection> {
    Ok(1)
}

fn main() {}
