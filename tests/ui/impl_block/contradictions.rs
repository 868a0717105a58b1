//! Defaults that contradict each other, or a method's own keys.

use persevere::retry;
use std::io;

struct Client;

#[retry(base_delay = "10s", max_delay = "1s")]
impl Client {
    #[retry]
    async fn first(&self) -> Result<u8, io::Error> {
        Ok(1)
    }

    #[retry]
    async fn second(&self) -> Result<u8, io::Error> {
        Ok(1)
    }
}

#[retry(max_delay = "20s")]
impl Client {
    #[retry(base_delay = "30s")]
    async fn third(&self) -> Result<u8, io::Error> {
        Ok(1)
    }

    #[retry(max_retires = 3)]
    async fn fourth(&self) -> Result<u8, io::Error> {
        Ok(1)
    }
}

fn main() {}
