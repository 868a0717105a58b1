//! Fallbacks without a value, misspelt, or under another library's name.

use persevere::retry;
use std::io;

#[retry(fallback)]
async fn no_value() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(recover = cached)]
async fn foreign() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallbak = cached)]
async fn misspelt() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
