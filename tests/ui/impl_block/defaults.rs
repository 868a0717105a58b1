//! Defaults that only one method can have, and wrong ones: reported once, not for each method.

use persevere::retry;
use std::io;

struct Client;

#[retry(name = "client", clone(body))]
impl Client {
    #[retry]
    async fn first(&self, body: String) -> Result<String, io::Error> {
        Ok(body)
    }

    #[retry]
    async fn second(&self, body: String) -> Result<String, io::Error> {
        Ok(body)
    }
}

#[retry(policy = "agressive", max_retires = 3, timeout)]
impl Client {
    #[retry]
    async fn third(&self) -> Result<u8, io::Error> {
        Ok(1)
    }

    #[retry(max_retries = 2)]
    async fn fourth(&self) -> Result<u8, io::Error> {
        Ok(1)
    }
}

#[retry(max_retries = 3, max_retries = 4)]
impl Client {
    #[retry]
    async fn fifth(&self) -> Result<u8, io::Error> {
        Ok(1)
    }
}

fn main() {}
