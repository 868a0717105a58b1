//! Arguments that have the call's layers, and that the body uses up.

use std::sync::Arc;

use persevere::{Bulkhead, CircuitBreaker, Rejection, Upstream, retry};

struct Client {
    upstream: Arc<Upstream>,
    breaker: CircuitBreaker,
    bulkhead: Bulkhead,
}

#[retry(upstream = client.upstream)]
async fn on_an_upstream(client: Client) -> Result<(), Rejection> {
    drop(client);
    Ok(())
}

#[retry(upstream = client.upstream)]
fn on_an_upstream_blocking(client: Client) -> Result<(), Rejection> {
    drop(client);
    Ok(())
}

#[retry(breaker = client.breaker, bulkhead = client.bulkhead)]
async fn by_singles(client: Client) -> Result<(), Rejection> {
    let client = client;
    drop(client);
    Ok(())
}

fn main() {}
