//! Values of limits that are not durations.

use persevere::{Rejection, retry};

#[retry(timeout = "2 apples")]
async fn apples() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(deadline = -3)]
async fn negative() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(timeout, deadline)]
async fn no_value() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(time_limit = 3, max_elapsed_time = 30)]
async fn foreign() -> Result<u8, Rejection> {
    Ok(1)
}

fn main() {}
