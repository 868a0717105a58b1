//! Counted instructions of layers by themselves: a healthy pass, and a look-up by key.
//!
//! `cargo bench -p benches --bench layers`. Beside `instructions`, so that these and their peers change nothing of
//! what the compiler makes of those.

#![allow(missing_docs, reason = "the macros write what has none")]

use std::hint::black_box;

use benches::harness::runtime;
use benches::subjects::alone;
use gungraun::{library_benchmark, library_benchmark_group, main};
use tokio::runtime::Runtime;

/// Within a runtime, after enough passes to fill a circuit breaker's window.
fn settled<P: FnMut()>(make: impl FnOnce() -> P) -> P {
    let runtime: &'static Runtime = Box::leak(Box::new(runtime()));
    std::mem::forget(runtime.enter());
    let mut pass = make();
    (0..100).for_each(|_| pass());
    pass
}

#[library_benchmark(setup = settled)]
#[bench::empty(alone::empty)]
#[bench::breaker(alone::breaker)]
#[bench::breaker_by_time(alone::breaker_by_time)]
#[bench::failsafe(alone::failsafe)]
#[bench::recloser(alone::recloser)]
#[bench::budget(alone::budget)]
#[bench::budget_by_ratio(alone::budget_by_ratio)]
#[bench::tps_budget(alone::tps_budget)]
#[bench::rate(alone::rate)]
#[bench::governor(alone::governor)]
#[bench::bulkhead(alone::bulkhead)]
#[bench::adaptive(alone::adaptive)]
#[bench::gradient(alone::gradient)]
#[bench::semaphore(alone::semaphore)]
#[bench::concurrency_limit(alone::concurrency_limit)]
#[bench::stack(alone::stack)]
#[bench::resilience_stack(alone::resilience_stack)]
#[bench::hedge(alone::hedge)]
#[bench::hedge_by_latency(alone::hedge_by_latency)]
#[bench::tower_hedge(alone::tower_hedge)]
#[bench::resilience_hedge(alone::resilience_hedge)]
#[bench::keyed_rate(alone::keyed_rate)]
#[bench::keyed_governor(alone::keyed_governor)]
fn pass<P: FnMut()>(mut pass: P) -> P {
    pass();
    black_box(pass)
}

library_benchmark_group!(name = layers, benchmarks = [pass]);

main!(library_benchmark_groups = layers);
