//! Fallbacks that return something other than the function's own result.

use persevere::retry;
use std::io;

fn cached(_: io::Error) -> Result<String, io::Error> {
    Ok("cached".to_owned())
}

#[retry(fallback = cached)]
async fn other_value() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = cached)]
fn other_value_blocking() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = |_| 7)]
async fn bare_value() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = |_| 7)]
fn bare_value_blocking() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
