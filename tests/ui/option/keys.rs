//! What a `None` cannot say: whether to retry it, and that something ended the call.

use persevere::{Bulkhead, CircuitBreaker, retry};

static BREAKER: CircuitBreaker = CircuitBreaker::new();
static BULKHEAD: Bulkhead = Bulkhead::new(1);

#[retry]
async fn bare() -> Option<u32> {
    None
}

#[retry(on_ok = 0)]
fn values_alone() -> Option<u32> {
    None
}

#[retry(on = _, breaker = BREAKER)]
fn refused() -> Option<u32> {
    None
}

#[retry(on = _, bulkhead = BULKHEAD)]
async fn without_permit() -> Option<u32> {
    None
}

#[retry(on = _, timeout = "2s", deadline = "30s")]
async fn cut() -> Option<u32> {
    None
}

fn main() {}
