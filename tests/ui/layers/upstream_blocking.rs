//! A blocking function on an upstream that cuts attempts.

use std::time::Duration;

use persevere::{Budget, Rejection, Upstream, retry};

static CUTTING: Upstream =
    Upstream::new("cutting", &Budget::UNLIMITED).with_timeout(Duration::from_secs(1));

#[retry(upstream = CUTTING)]
fn blocking() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(upstream = CUTTING, timeout = false)]
fn blocking_without() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(upstream = CUTTING)]
async fn asynchronous() -> Result<u8, Rejection> {
    Ok(1)
}

fn main() {}
