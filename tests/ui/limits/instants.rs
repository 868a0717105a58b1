//! Points in time, where a span belongs.

#![allow(unused, reason = "what is refused uses nothing")]

use persevere::retry;
use std::io;
use std::time::{Duration, Instant};

#[retry(timeout = Instant::now())]
async fn attempt_until() -> io::Result<u8> {
    Ok(1)
}

#[retry(deadline = std::time::Instant::now() + Duration::from_secs(5))]
async fn until() -> io::Result<u8> {
    Ok(1)
}

#[retry(deadline = end)]
async fn until_argument(end: Instant) -> io::Result<u8> {
    Ok(1)
}

#[retry(deadline = end)]
async fn until_argument_of_tokio(end: tokio::time::Instant) -> io::Result<u8> {
    Ok(1)
}

fn main() {}
