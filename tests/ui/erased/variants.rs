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

#[retry(on = [Error::Busy])]
async fn variant_of_its_own() -> Result<u8, Error> {
    Err(Error::Busy)
}

#[retry(on = [std::io::ErrorKind::TimedOut])]
async fn kind() -> std::io::Result<u8> {
    Ok(1)
}

fn main() {}
