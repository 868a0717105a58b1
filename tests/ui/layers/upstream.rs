//! Upstreams that are none, or that a function cannot have; `false` where there is nothing to drop.

use persevere::{Budget, CircuitBreaker, Rejection, Upstream, retry};

static BREAKER: CircuitBreaker = CircuitBreaker::new();
static STEADY: Upstream = Upstream::new("steady", &Budget::UNLIMITED);

#[retry(upstream = "payments")]
async fn text() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(upstream = Upstream::new("payments", &Budget::UNLIMITED))]
async fn made_here() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(upstream = BREAKER)]
async fn no_upstream() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(upstream = STEADY, on = _)]
async fn no_rejection() -> Result<u8, std::fmt::Error> {
    Ok(1)
}

#[retry(breaker = false, hedge = false)]
async fn nothing_to_drop() -> Result<u8, Rejection> {
    Ok(1)
}

#[retry(upstream = STEADY, deadline = false)]
async fn no_deadline_to_drop() -> Result<u8, Rejection> {
    Ok(1)
}

struct Client;

#[retry(deadline = "5s", upstream = STEADY)]
impl Client {
    #[retry(deadline = false, timeout = false)]
    async fn dropped(&self) -> Result<u8, Rejection> {
        Ok(1)
    }

    #[retry(upstream = false, breaker = false)]
    async fn nothing_left(&self) -> Result<u8, Rejection> {
        Ok(1)
    }
}

fn main() {}
