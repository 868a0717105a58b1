//! Nothing can cut what blocks its thread.

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
