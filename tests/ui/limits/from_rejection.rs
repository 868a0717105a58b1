//! Error types that cannot report that a limit cut the call.

use persevere::retry;
use std::time::Duration;

#[derive(Debug)]
enum Error {
    Busy,
}

const DEADLINE: Duration = Duration::from_secs(9);

#[retry(on = _, timeout = "2s")]
async fn by_timeout() -> Result<u8, Error> {
    Err(Error::Busy)
}

#[retry(deadline = DEADLINE)]
async fn by_deadline() -> Result<u8, reqwest::Error> {
    Ok(1)
}

#[retry(on = _, timeout = 2, deadline = 30)]
async fn by_both() -> anyhow::Result<u8> {
    Ok(1)
}

#[retry(on = _, timeout = 2)]
async fn text() -> Result<u8, String> {
    Ok(1)
}

fn main() {}
