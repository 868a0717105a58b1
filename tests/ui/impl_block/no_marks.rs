//! Defaults in an `impl` without a marked method.

use persevere::retry;
use std::io;

struct Client;

#[retry(policy = "aggressive")]
impl Client {
    async fn fetch(&self) -> Result<u8, io::Error> {
        Ok(1)
    }
}

#[retry]
impl Client {}

fn main() {}
