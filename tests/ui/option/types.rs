//! The same of an `Option` under another name, and in closures.

use persevere::{CircuitBreaker, Policy, retry};

type Found = Option<u32>;

static BREAKER: CircuitBreaker = CircuitBreaker::new();

#[retry]
async fn bare() -> Found {
    None
}

#[retry(on = _, breaker = BREAKER)]
async fn refused() -> Found {
    None
}

fn closure() -> Found {
    Policy::DEFAULT.retry_blocking(|| None).call()
}

fn refused_closure() -> Found {
    Policy::DEFAULT.retry_blocking(|| None).on(|_| true).breaker(&BREAKER).fallback(|_| None).call()
}

fn main() {}
