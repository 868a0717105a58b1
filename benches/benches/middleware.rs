//! Counted instructions of a healthy GET, of a client with a middleware that retries, and of one without.
//!
//! `cargo bench -p benches --features middleware --bench middleware`

#![allow(missing_docs, reason = "the macros write what has none")]

use std::hint::black_box;

use benches::harness::{poll_once, runtime};
use benches::subjects::middleware;
use gungraun::{library_benchmark, library_benchmark_group, main};
use reqwest::{Request, Response};
use reqwest_middleware::ClientWithMiddleware;

/// A client that has had an answer, and its next request, within a runtime.
fn answered(client: ClientWithMiddleware) -> (ClientWithMiddleware, Request) {
    let runtime = Box::leak(Box::new(runtime()));
    std::mem::forget(runtime.enter());
    poll_once(client.execute(middleware::get(&client))).expect("it is answered");
    let request = middleware::get(&client);
    (client, request)
}

#[library_benchmark(setup = answered)]
#[bench::bare(middleware::bare())]
#[bench::reqwest_retry(middleware::reqwest_retry())]
#[bench::persevere(middleware::persevere())]
fn get((client, request): (ClientWithMiddleware, Request)) -> (ClientWithMiddleware, Response) {
    let response = black_box(poll_once(client.execute(black_box(request))));
    (client, response.expect("it is answered"))
}

library_benchmark_group!(name = middleware_group, benchmarks = [get]);

main!(library_benchmark_groups = middleware_group);
