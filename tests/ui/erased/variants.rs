//! A pattern without its fields reads as a type, and is looked for as one.

use persevere::retry;

#[derive(Debug)]
enum Error {
    Busy,
}

#[retry(on = [Error::Busy])]
async fn variant() -> Result<u8, anyhow::Error> {
    Ok(1)
}

#[retry(on = [Missing])]
async fn unknown() -> Result<u8, anyhow::Error> {
    Ok(1)
}

fn main() {}
