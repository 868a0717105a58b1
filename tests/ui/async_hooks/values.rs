//! Hooks without a function, and hooks that are never called.

use persevere::retry;
use std::io;

#[retry(on_success)]
async fn no_value() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(max_retries = 0, on_retry = log, on_success = log)]
async fn never_called() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(before_sleep = log)]
async fn foreign() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_sucess = log)]
async fn misspelt() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
