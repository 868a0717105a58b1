//! Async fallbacks of blocking functions, which cannot await them.

use persevere::retry;
use std::io;

async fn cached(_: io::Error) -> Result<u8, io::Error> {
    Ok(1)
}

#[retry(fallback = cached)]
fn function() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
