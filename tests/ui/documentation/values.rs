//! Wrong values of `doc`.

use persevere::retry;
use std::io;

#[retry(doc)]
async fn no_value() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(doc = "none")]
async fn text() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(doc = 0, max_retries = 3)]
async fn number() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(docs = false)]
async fn misspelt() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
