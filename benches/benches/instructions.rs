//! Counted instructions: a call that succeeds, alone and under layers, a call that uses up its
//! retries, a draw of jitter.
//!
//! `cargo bench -p benches` (`benches/install` installs what it needs). The numbers that
//! `docs/performance.md` shows are these, less those of an empty function.

#![allow(missing_docs, reason = "the macros write what has none")]

use std::future::Future;
use std::hint::black_box;
use std::task::{Context, Waker};

use ::tower::Service;
use benches::harness::{Error, Failures, paused_runtime, poll_once, poll_twice, run};
use benches::subjects::{
    backon, backon_macros, bare, careful, closure, empty, hand_written, layered, mulligan,
    persevere, retry, retry_if, retry_layer, tokio_retry, tokio_retry2, tower, tryhard,
};
use gungraun::{library_benchmark, library_benchmark_group, main};
use tokio::runtime::Runtime;

/// The longest window of the measured circuit breakers.
const CALLS_TO_SETTLE: usize = 100;

/// Counts the second call: the first one also binds symbols and makes thread-locals.
fn called<F: Fn(u64) -> O, O: Future>(function: F) -> F {
    poll_once(function(7));
    function
}

fn called_blocking<F: Fn(u64) -> O, O>(function: F) -> F {
    black_box(function(7));
    function
}

#[library_benchmark(setup = called)]
#[bench::empty(empty::one::<16>)]
#[bench::bare(bare::one::<16>)]
#[bench::hand_written(hand_written::one::<16>)]
#[bench::careful(careful::one::<16>)]
#[bench::persevere(persevere::one::<16>)]
#[bench::closure(closure::one::<16>)]
#[bench::tokio_retry(tokio_retry::one::<16>)]
#[bench::tokio_retry2(tokio_retry2::one::<16>)]
#[bench::tryhard(tryhard::one::<16>)]
#[bench::tower(tower::one::<16>)]
#[bench::retry_if(retry_if::one::<16>)]
#[bench::mulligan(mulligan::one::<16>)]
#[bench::backon_macros(backon_macros::one::<16>)]
#[bench::backon(backon::one::<16>)]
fn small<F: Future, M: FnOnce(u64) -> F>(function: M) -> F::Output {
    poll_once(function(black_box(7)))
}

#[library_benchmark(setup = called)]
#[bench::empty(empty::one::<1024>)]
#[bench::bare(bare::one::<1024>)]
#[bench::hand_written(hand_written::one::<1024>)]
#[bench::careful(careful::one::<1024>)]
#[bench::persevere(persevere::one::<1024>)]
#[bench::closure(closure::one::<1024>)]
#[bench::tokio_retry(tokio_retry::one::<1024>)]
#[bench::tokio_retry2(tokio_retry2::one::<1024>)]
#[bench::tryhard(tryhard::one::<1024>)]
#[bench::tower(tower::one::<1024>)]
#[bench::retry_if(retry_if::one::<1024>)]
#[bench::mulligan(mulligan::one::<1024>)]
#[bench::backon_macros(backon_macros::one::<1024>)]
#[bench::backon(backon::one::<1024>)]
fn large<F: Future, M: FnOnce(u64) -> F>(function: M) -> F::Output {
    poll_once(function(black_box(7)))
}

#[library_benchmark(setup = called)]
#[bench::empty(empty::text)]
#[bench::bare(bare::text)]
#[bench::hand_written(hand_written::text)]
#[bench::careful(careful::text)]
#[bench::persevere(persevere::text)]
fn text<F: Future, M: FnOnce(u64) -> F>(function: M) -> F::Output {
    poll_once(function(black_box(7)))
}

/// A service that has answered a request, and is ready for another.
fn served<S: Service<u64, Response = u64, Error = Error>>(mut service: S) -> S {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(service.poll_ready(&mut context).is_ready());
        poll_once(service.call(7)).expect("the work succeeds");
    }
    service
}

#[library_benchmark(setup = served)]
#[bench::tower(tower::service())]
#[bench::retry_layer(retry_layer::service())]
fn request<S: Service<u64, Response = u64, Error = Error>>(mut service: S) -> S {
    black_box(poll_once(service.call(black_box(7)))).expect("the work succeeds");
    service
}

/// As [`called`], within a runtime.
fn called_in_runtime<F: Fn(u64) -> O, O: Future>(function: F) -> F {
    let runtime: &'static Runtime = Box::leak(Box::new(paused_runtime()));
    std::mem::forget(runtime.enter());
    called(function)
}

#[library_benchmark(setup = called_in_runtime)]
#[bench::hand_written_timeout(hand_written::timeout)]
#[bench::persevere_timeout(persevere::timeout)]
#[bench::hand_written_deadline(hand_written::deadline)]
#[bench::persevere_deadline(persevere::deadline)]
#[bench::hand_written_context(hand_written::context)]
#[bench::persevere_context(persevere::context)]
#[bench::hand_written_hedge(hand_written::hedge)]
#[bench::persevere_hedge(persevere::hedge)]
fn limits<F: Future, M: FnOnce(u64) -> F>(function: M) -> F::Output {
    poll_once(function(black_box(7)))
}

/// As [`called_in_runtime`], of a function that is ready at its second poll.
fn called_twice<F: Fn(u64) -> O, O: Future>(function: F) -> F {
    let runtime: &'static Runtime = Box::leak(Box::new(paused_runtime()));
    std::mem::forget(runtime.enter());
    poll_twice(function(black_box(7)));
    function
}

#[library_benchmark(setup = called_twice)]
#[bench::hand_written_hedge(hand_written::slow_hedge)]
#[bench::persevere_hedge(persevere::slow_hedge)]
fn pending<F: Future, M: FnOnce(u64) -> F>(function: M) -> F::Output {
    poll_twice(function(black_box(7)))
}

#[library_benchmark(setup = called_blocking)]
#[bench::empty(empty::blocking)]
#[bench::bare(bare::blocking)]
#[bench::hand_written(hand_written::blocking)]
#[bench::careful(careful::blocking)]
#[bench::persevere(persevere::blocking)]
#[bench::closure(closure::blocking)]
#[bench::retry(retry::blocking)]
#[bench::mulligan(mulligan::blocking)]
#[bench::backon_macros(backon_macros::blocking)]
#[bench::backon(backon::blocking)]
fn blocking<F: FnOnce(u64) -> Result<u64, Error>>(function: F) -> Result<u64, Error> {
    black_box(function(black_box(7)))
}

/// As [`called`], after enough calls to fill a circuit breaker's window.
fn settled<F: Fn(u64) -> O, O: Future>(function: F) -> F {
    for _ in 0..CALLS_TO_SETTLE {
        poll_once(function(7));
    }
    function
}

fn settled_blocking<F: Fn(u64) -> O, O>(function: F) -> F {
    for _ in 0..CALLS_TO_SETTLE {
        black_box(function(7));
    }
    function
}

#[library_benchmark(setup = settled)]
#[bench::none(persevere::one::<16>)]
#[bench::breaker(layered::first::breaker)]
#[bench::breaker_by_time(layered::first::breaker_by_time)]
#[bench::budget(layered::first::budget)]
#[bench::budget_by_ratio(layered::first::budget_by_ratio)]
#[bench::breaker_and_budget(layered::first::breaker_and_budget)]
#[bench::bulkhead(layered::first::bulkhead)]
#[bench::adaptive(layered::first::adaptive)]
#[bench::plain(layered::first::plain)]
#[bench::rate(layered::first::rate)]
#[bench::all_three(layered::first::all_three)]
#[bench::upstream(layered::first::upstream)]
fn layers<F: Future, M: FnOnce(u64) -> F>(function: M) -> F::Output {
    poll_once(function(black_box(7)))
}

#[library_benchmark(setup = settled_blocking)]
#[bench::none(persevere::blocking)]
#[bench::breaker(layered::first::blocking_breaker)]
#[bench::breaker_by_time(layered::first::blocking_breaker_by_time)]
#[bench::budget(layered::first::blocking_budget)]
#[bench::budget_by_ratio(layered::first::blocking_budget_by_ratio)]
#[bench::breaker_and_budget(layered::first::blocking_breaker_and_budget)]
#[bench::bulkhead(layered::first::blocking_bulkhead)]
#[bench::adaptive(layered::first::blocking_adaptive)]
#[bench::plain(layered::first::blocking_plain)]
#[bench::rate(layered::first::blocking_rate)]
#[bench::all_three(layered::first::blocking_all_three)]
#[bench::upstream(layered::first::blocking_upstream)]
fn layers_blocking<F: FnOnce(u64) -> Result<u64, Error>>(function: F) -> Result<u64, Error> {
    black_box(function(black_box(7)))
}

/// A runtime whose timer has been used, endless failures, and the function.
fn warm<F>(function: F) -> (Runtime, Failures, F)
where
    F: for<'f> AsyncFn(&'f Failures) -> Result<u64, Error>,
{
    let runtime = paused_runtime();
    let failures = Failures::new(1);
    run(&runtime, function(&failures)).expect("the second attempt succeeds");
    (runtime, Failures::new(u32::MAX), function)
}

#[library_benchmark(setup = warm)]
#[bench::hand_written(hand_written::failing)]
#[bench::careful(careful::failing)]
#[bench::persevere_jittered(persevere::jittered)]
#[bench::persevere(persevere::failing)]
#[bench::closure(closure::failing)]
#[bench::closure_named(closure::failing_named)]
#[bench::tokio_retry(tokio_retry::failing)]
#[bench::tokio_retry2(tokio_retry2::failing)]
#[bench::tryhard(tryhard::failing)]
#[bench::tower(tower::failing)]
#[bench::retry_if(retry_if::failing)]
#[bench::mulligan(mulligan::failing)]
#[bench::backon_macros(backon_macros::failing)]
#[bench::backon(backon::failing)]
fn exhaustion<F>((runtime, failures, function): (Runtime, Failures, F)) -> Runtime
where
    F: for<'f> AsyncFn(&'f Failures) -> Result<u64, Error>,
{
    let outcome = run(&runtime, function(&failures));
    assert_eq!(outcome, Err(Error::Busy));
    runtime
}

/// Calls the function once before, so that the thread's random source is seeded.
fn seeded<F: Fn(&Failures) -> Result<u64, Error>>(function: F) -> (Failures, F) {
    function(&Failures::new(1)).expect("the second attempt succeeds");
    (Failures::new(1), function)
}

// One failure, its wait skipped: without a draw and with one.
#[library_benchmark(setup = seeded)]
#[bench::none(persevere::blocking_failing)]
#[bench::drawn(persevere::blocking_jittered)]
fn jitter<F: Fn(&Failures) -> Result<u64, Error>>((failures, function): (Failures, F)) {
    black_box(function(&failures)).expect("the second attempt succeeds");
}

library_benchmark_group!(
    name = instructions,
    benchmarks = [
        small,
        large,
        text,
        request,
        limits,
        pending,
        blocking,
        layers,
        layers_blocking,
        exhaustion,
        jitter
    ]
);

main!(library_benchmark_groups = instructions);
