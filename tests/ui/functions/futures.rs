//! Futures behind another name, which `#[retry]` does not see.

use persevere::retry;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

type Fut<'a, T> = Pin<Box<dyn Future<Output = Result<T, ()>> + Send + 'a>>;

use futures::future::BoxFuture as Renamed;

#[retry(on = _)]
fn alias<'a>(text: &'a str) -> Fut<'a, usize> {
    Box::pin(async move { Ok(text.len()) })
}

#[retry(on = _)]
fn renamed(text: &str) -> Renamed<'_, Result<usize, ()>> {
    Box::pin(async move { Ok(text.len()) })
}

#[retry(on = _)]
fn spawned() -> tokio::task::JoinHandle<Result<u32, ()>> {
    tokio::spawn(async { Ok(1) })
}

#[retry]
fn named() -> Ready<Result<u32, std::io::Error>> {
    ready(Ok(1))
}

fn main() {}
