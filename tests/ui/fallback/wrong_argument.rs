//! Fallbacks that take something other than the error.

use persevere::retry;
use std::io;

fn none() -> Result<u8, io::Error> {
    Ok(1)
}

fn borrowed(_: &io::Error) -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = none)]
async fn no_argument() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = borrowed)]
fn reference() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = Ok(1))]
async fn a_value() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
