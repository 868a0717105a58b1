//! Defaults of the wrong type for a method: the error is at that method.

use persevere::retry;

struct Client;

#[derive(Debug)]
struct Refused;

#[retry(policy = "aggressive")]
impl Client {
    #[retry]
    async fn first(&self) -> Result<u8, Refused> {
        Err(Refused)
    }

    #[retry(on = _)]
    async fn second(&self) -> Result<u8, Refused> {
        Err(Refused)
    }
}

fn main() {}
