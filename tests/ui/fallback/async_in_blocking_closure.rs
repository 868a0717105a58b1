//! Async closures as fallbacks of blocking functions, which cannot await them.

use persevere::retry;
use std::io;

#[retry(fallback = async |_| Ok(1))]
fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
