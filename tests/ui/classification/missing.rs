//! Error types that do not say which of their errors to retry.

use persevere::retry;
use std::future::Future;

#[derive(Debug)]
struct Error;

#[retry]
async fn plain() -> Result<(), Error> {
    Err(Error)
}

#[retry(policy = "aggressive", context = attempt)]
fn blocking() -> Result<u32, Error> {
    Ok(attempt.number())
}

#[retry]
async fn text() -> Result<(), String> {
    Ok(())
}

#[retry]
async fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(())
}

#[retry]
fn future() -> impl Future<Output = Result<(), Error>> {
    async { Err(Error) }
}

#[retry]
async fn generic<E>() -> Result<(), E> {
    Ok(())
}

fn main() {}
