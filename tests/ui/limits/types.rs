//! Code that computes something other than a duration.

use persevere::{Rejection, retry};

const SECONDS: u64 = 3;

#[retry(timeout = SECONDS)]
async fn timeout() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(deadline = SECONDS * 10)]
async fn deadline() -> Result<u8, Rejection> {
    Ok(1)
}

fn main() {}
