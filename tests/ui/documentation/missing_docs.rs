//! The paragraph about the schedule is no substitute for documentation.

#![deny(missing_docs)]

use persevere::retry;
use std::io;

/// Fetches.
#[retry]
pub async fn documented() -> Result<u8, io::Error> {
    Ok(1)
}

#[retry]
pub async fn undocumented() -> Result<u8, io::Error> {
    Ok(1)
}

fn main() {}
