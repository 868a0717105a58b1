//! An async closure has nothing to be awaited by in a blocking function.

use persevere::retry;
use std::io;

#[retry(fallback = async |_| Ok(1))]
fn closure() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
