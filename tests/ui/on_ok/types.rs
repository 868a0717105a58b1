//! Patterns of another type than the `Ok` value.

use persevere::retry;
use std::io;

enum Status {
    Pending,
    Done,
}

#[retry(on_ok = Status::Pending)]
async fn other_type() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = Ok(0))]
async fn with_ok() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = value if value > 3)]
async fn guard() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(on_ok = Status::Waiting)]
async fn no_such_variant() -> Result<Status, io::Error> {
    Ok(Status::Done)
}

#[retry(on_ok = 0 => 7)]
async fn no_outcome_for_the_end() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
