//! Brackets that hold no types, and values that are neither patterns nor types.

use persevere::retry;
use std::io;

#[derive(Debug)]
enum Error {
    Busy,
    Status(u16),
}

#[retry(on = [])]
async fn none() -> Result<u8, anyhow::Error> {
    Ok(1)
}

#[retry(on = [io::Error], unless = [])]
async fn unless_none() -> Result<u8, anyhow::Error> {
    Ok(1)
}

#[retry(on = [Error::Status(500..=599)])]
async fn pattern() -> Result<u8, Error> {
    Ok(1)
}

#[retry(on = [Error::Busy | Error::Status(503)], max_retries = 3)]
async fn patterns() -> Result<u8, Error> {
    Ok(1)
}

#[retry(on = [io::Error] if true)]
async fn guard() -> Result<u8, anyhow::Error> {
    Ok(1)
}

#[retry(on = [io::Error])]
async fn option() -> Option<u8> {
    Some(1)
}

#[retry(unless = _)]
async fn unless_everything() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(unless = |error| error.kind() == io::ErrorKind::NotFound)]
async fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
