//! Variants and unknown names in brackets, which take types.

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
