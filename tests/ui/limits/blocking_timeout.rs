//! A `timeout` on a function that blocks its thread, which nothing can cut.

use persevere::retry;
use std::io;

#[retry(timeout = "2s")]
fn blocking() -> Result<u8, io::Error> {
    Ok(1)
}

struct Client;

#[retry(timeout = "2s")]
impl Client {
    #[retry]
    fn first(&self) -> Result<u8, io::Error> {
        Ok(1)
    }

    #[retry]
    fn second(&self) -> Result<u8, io::Error> {
        Ok(1)
    }
}

fn main() {}
