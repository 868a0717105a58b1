//! What the attribute costs: allocations, the future's size, and what the success path does not touch.

#[path = "../support/mod.rs"]
mod support;

use crate::support::scripted;

use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use allocation_counter::measure;
use persevere::{Policy, retry};
use scripted::Script;

/// Polls by hand, outside any runtime if the test has none.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[retry(policy = "conservative", on = _)]
async fn asynchronous(script: &Script<()>) -> Result<u32, ()> {
    std::future::ready(()).await;
    script.run()
}

#[retry(on = _, base_delay = 0)]
async fn without_delay(script: &Script<()>) -> Result<u32, ()> {
    script.run()
}

#[retry(on = _, sleep = |_| ())]
fn blocking(script: &Script<()>) -> Result<u32, ()> {
    script.run()
}

/// Under every key that could cost something.
#[retry(
    on = _,
    policy = "conservative",
    throttled = "aggressive",
    context = attempt,
    id = id,
    on_retry = |event| last.set(event.attempt()),
    on_give_up = |event| last.set(event.attempt())
)]
async fn with_many_keys(script: &Script<()>, id: &str, last: &Cell<u32>) -> Result<u32, ()> {
    black_box(attempt.number());
    script.run()
}

#[test]
fn a_first_success_allocates_nothing() {
    let script = Script::of([]);
    let cost = measure(|| {
        let mut call = std::pin::pin!(asynchronous(&script));
        assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(1)));
    });
    assert_eq!(cost.count_total, 0);
    let cost = measure(|| {
        let last = Cell::new(0);
        let mut call = std::pin::pin!(with_many_keys(&script, "x", &last));
        assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(2)));
    });
    assert_eq!(cost.count_total, 0);
    let cost = measure(|| assert_eq!(blocking(&script), Ok(3)));
    assert_eq!(cost.count_total, 0);
}

/// Only what guards a call takes an allocation: its limits and layers.
#[test]
fn a_closure_that_succeeds_at_once_allocates_for_its_limits_alone() {
    let script = Script::<()>::of([]);
    let call = || Policy::DEFAULT.retry(|| std::future::ready(script.run())).on(|()| true);
    let cost = measure(|| {
        let mut call = std::pin::pin!(call().into_future());
        assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(1)));
    });
    assert_eq!(cost.count_total, 0);
    let cost = measure(|| {
        let mut call = std::pin::pin!(call().id("x").into_future());
        assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(2)));
    });
    assert_eq!(cost.count_total, 1);
    let cost = measure(|| {
        let call = Policy::DEFAULT.retry_blocking(|| script.run()).on(|()| true);
        assert_eq!(call.call(), Ok(3));
    });
    assert_eq!(cost.count_total, 0);
}

/// The policy is most of it. A wait keeps the outcome of the attempt before it, for the caller of a call that is
/// cancelled.
#[test]
fn the_future_of_a_closure_takes_at_most_144_bytes_beside_its_attempt_and_its_outcome() {
    let attempt = || std::future::pending::<Result<[u8; 64], ()>>();
    let call = Policy::DEFAULT.retry(attempt).on(|()| true).into_future();
    let size = size_of_val(&call) - size_of_val(&attempt()) - size_of::<Result<[u8; 64], ()>>();
    assert!(size <= 144, "{size} bytes");
    assert_eq!(size_of::<Policy>(), 96, "as docs/performance.md says");
}

/// The allocations of a call of at most `max_retries` retries with that number of failures: one for its
/// state from retry to retry, and, with the feature `metrics`, some for the labels of each series.
fn allocations_of(failures: usize, max_retries: usize) -> u64 {
    let retries = failures.min(max_retries);
    let last = if failures > max_retries { GIVE_UP } else { LATE_SUCCESS };
    1 + RETRY * retries as u64 + last
}

const RETRY: u64 = 2;
const GIVE_UP: u64 = 3;
const LATE_SUCCESS: u64 = 2;

#[test]
fn a_retried_blocking_call_allocates_once() {
    for failures in [1, 2, 5, 9] {
        let script = Script::of(vec![(); failures]);
        let cost = measure(|| {
            black_box(blocking(&script)).ok();
        });
        assert_eq!(script.runs() as usize, (failures + 1).min(6));
        assert_eq!(cost.count_total, allocations_of(failures, 5), "{failures} failures");
        assert_eq!(cost.count_current, 0, "it is given back");
    }
}

/// The allocations of all polls of `call`, with an hour passing after each.
async fn allocations<T>(call: impl Future<Output = T>) -> u64 {
    let mut call = Box::pin(call);
    let mut allocations = 0;
    loop {
        let mut ended = false;
        allocations += measure(|| ended = poll(call.as_mut()).is_ready()).count_total;
        if ended {
            return allocations;
        }
        tokio::time::advance(Duration::from_hours(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_retried_asynchronous_call_allocates_once() {
    let before = Script::of(vec![()]);
    allocations(asynchronous(&before)).await; // the list of those that wait for a shutdown has room since
    for failures in [1, 2, 3, 9] {
        let script = Script::of(vec![(); failures]);
        let expected = allocations_of(failures, 3);
        assert_eq!(allocations(asynchronous(&script)).await, expected, "{failures} failures");
        assert_eq!(script.runs() as usize, (failures + 1).min(4));
        let script = Script::of(vec![(); failures]);
        let without_delay = allocations(without_delay(&script)).await;
        assert_eq!(without_delay, allocations_of(failures, 5), "{failures} failures");
        let script = Script::of(vec![(); failures]);
        let last = Cell::new(0);
        let call = with_many_keys(&script, "x", &last);
        assert_eq!(allocations(call).await, expected, "{failures} failures");
        assert_eq!(last.get() as usize, failures.min(4));
    }
}

#[tokio::test]
async fn a_failure_that_is_not_retried_allocates_nothing() {
    #[retry(on = true)]
    async fn permanent() -> Result<(), bool> {
        Err(false)
    }
    assert_eq!(allocations(permanent()).await, GIVE_UP);
}

/// The same function twice; `held` lives across an await.
macro_rules! twins {
    ($plain:ident, $annotated:ident: $held:literal, ($($name:ident: $type:ty),*)) => {
        async fn $plain($($name: $type),*) -> Result<usize, ()> {
            let held = black_box([1_u8; $held]);
            tokio::task::yield_now().await;
            $(black_box(&$name);)*
            Ok(held.len())
        }

        #[retry(on = _)]
        async fn $annotated($($name: $type),*) -> Result<usize, ()> {
            let held = black_box([1_u8; $held]);
            tokio::task::yield_now().await;
            $(black_box(&$name);)*
            Ok(held.len())
        }
    };
}

twins!(small, small_annotated: 16, ());
twins!(small_of_three, small_of_three_annotated: 16, (a: u64, b: String, c: &str));
twins!(large, large_annotated: 1024, ());
twins!(large_of_three, large_of_three_annotated: 1024, (a: u64, b: String, c: &str));

fn assert_adds_at_most_64_bytes<T>(
    plain: &impl Future<Output = T>,
    annotated: &impl Future<Output = T>,
) {
    let (plain, annotated) = (size_of_val(plain), size_of_val(annotated));
    assert!(annotated <= plain + 64, "{annotated} bytes, {plain} without the attribute");
}

#[test]
fn the_future_is_at_most_64_bytes_larger() {
    assert_adds_at_most_64_bytes(&small(), &small_annotated());
    assert_adds_at_most_64_bytes(&large(), &large_annotated());
    let text = || "text".to_owned();
    assert_adds_at_most_64_bytes(
        &small_of_three(1, text(), "x"),
        &small_of_three_annotated(1, text(), "x"),
    );
    assert_adds_at_most_64_bytes(
        &large_of_three(1, text(), "x"),
        &large_of_three_annotated(1, text(), "x"),
    );
}

/// The library behind a shim that counts the calls of generated code. Only the out-of-line calls read
/// the clock and draw random numbers and, for a context, `Timeline::start`.
mod watched {
    pub(crate) mod __private_0_1_0 {
        use std::cell::Cell;

        use persevere::__private_0_1_0 as real;
        pub(crate) use persevere::__private_0_1_0::*;

        thread_local! {
            pub(crate) static STARTS: Cell<u32> = const { Cell::new(0) };
            pub(crate) static CALLS: Cell<u32> = const { Cell::new(0) };
        }

        pub(crate) struct Timeline;

        impl Timeline {
            pub(crate) fn start(deadline: Option<Duration>) -> real::Timeline {
                STARTS.set(STARTS.get() + 1);
                real::Timeline::start(deadline)
            }
        }

        pub(crate) fn remains<'b, V, E, O, H: real::Holder<E>, S: real::Shows<E>>(
            call: &Call<'_, 'b>,
            retry: &mut RetrySlot<'b>,
            verdict: Verdict,
            error: E,
            kept: (S, H),
            whole: fn(Result<V, E>) -> O,
        ) -> Result<real::Remains<H::Held, S, O>, O> {
            CALLS.set(CALLS.get() + 1);
            real::remains(call, retry, verdict, error, kept, whole)
        }

        /// Called for every success, it calls out of line only after a failure.
        #[allow(dead_code, reason = "attempts that chaos may break call the other one")]
        pub(crate) fn succeeded<'b>(call: &Call<'_, 'b>, retry: &mut RetrySlot<'b>) {
            CALLS.set(CALLS.get() + u32::from(retry.is_filled()));
            real::succeeded(call, retry);
        }

        pub(crate) fn succeeded_late<'b>(call: &Call<'_, 'b>, retry: &mut RetrySlot<'b>) {
            CALLS.set(CALLS.get() + 1);
            real::succeeded_late(call, retry);
        }
    }

    /// The number of starts stamped, and of out-of-line calls, since the last question.
    pub(crate) fn seen() -> (u32, u32) {
        (__private_0_1_0::STARTS.take(), __private_0_1_0::CALLS.take())
    }
}

#[retry(crate = watched, base_delay = 0, on = _)]
async fn watched_async(script: &Script<()>) -> Result<u32, ()> {
    script.run()
}

#[retry(crate = watched, base_delay = 0, on = _)]
fn watched_blocking(script: &Script<()>) -> Result<u32, ()> {
    script.run()
}

#[retry(crate = watched, base_delay = 0, on = _, context = attempt)]
fn watched_context(script: &Script<()>) -> Result<u32, ()> {
    black_box(attempt.number());
    script.run()
}

#[tokio::test]
async fn the_happy_path_reads_no_clock_and_draws_no_random_numbers() {
    assert_eq!(watched_async(&Script::of([])).await, Ok(1));
    assert_eq!(watched_blocking(&Script::of([])), Ok(1));
    assert_eq!(watched::seen(), (0, 0));
    // Seen through the same window: what each failure, the late success and a context take.
    assert_eq!(watched_async(&Script::of([(); 2])).await, Ok(3));
    assert_eq!(watched_blocking(&Script::of([(); 2])), Ok(3));
    assert_eq!(watched::seen(), (0, 6));
    assert_eq!(watched_context(&Script::of([])), Ok(1));
    assert_eq!(watched::seen(), (1, 0));
    assert_eq!(watched_context(&Script::of([(); 2])), Ok(3));
    assert_eq!(watched::seen(), (1, 3));
}

#[test]
fn the_happy_path_needs_no_runtime() {
    let script = Script::of([]);
    let mut call = Box::pin(asynchronous(&script));
    assert_eq!(poll(call.as_mut()), Poll::Ready(Ok(1)));
}

/// Tokio's timer panics outside of a runtime. Where another package of the same build enables async-io,
/// too, that one times the wait.
#[test]
fn but_a_wait_needs_a_timer() {
    let script = Script::of([()]);
    let mut call = Box::pin(asynchronous(&script));
    match catch_unwind(AssertUnwindSafe(|| poll(call.as_mut()))) {
        Ok(polled) => assert_eq!(polled, Poll::Pending),
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            assert!(text.contains("there is no reactor running"), "{text}");
        }
    }
}

#[retry(
    on = _,
    policy = { evaluated.set(evaluated.get() + 1); Policy::DEFAULT },
    base_delay = { evaluated.set(evaluated.get() + 1); Duration::ZERO },
    id = { evaluated.set(evaluated.get() + 1); "x" },
    on_retry = { evaluated.set(evaluated.get() + 1); |_| () }
)]
fn lazy(script: &Script<()>, evaluated: &Cell<u32>) -> Result<u32, ()> {
    script.run()
}

#[test]
fn the_happy_path_evaluates_no_setting() {
    let evaluated = Cell::new(0);
    assert_eq!(lazy(&Script::of([]), &evaluated), Ok(1));
    assert_eq!(evaluated.get(), 0);
    assert_eq!(lazy(&Script::of([()]), &evaluated), Ok(2));
    assert!(evaluated.get() >= 4);
}
