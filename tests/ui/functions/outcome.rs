//! Return types that are neither `Result` nor `Option`.

use persevere::retry;
use std::future::Future;

struct Response;

#[retry(on = _)]
fn number() -> u32 {
    3
}

#[retry(on = _)]
async fn response() -> Response {
    Response
}

#[retry]
fn boolean() -> bool {
    true
}

#[retry(on = _)]
fn generic<T: Default>() -> T {
    T::default()
}

#[retry(on = _)]
fn future() -> impl Future<Output = u32> {
    async { 3 }
}

#[retry(on = _)]
fn opaque() -> impl Sized {
    3
}

fn main() {}
