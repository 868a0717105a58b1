//! Retries without a wait: they neither grow the stack nor starve the runtime.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use persevere::retry;

const RETRIES: u32 = 100_000;

/// Too small for a hundred thousand of anything.
const STACK: usize = 256 * 1024;

fn on_a_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
}

#[retry(on = _, max_retries = RETRIES, base_delay = 0)]
async fn asynchronous(runs: &mut u32) -> Result<(), u32> {
    *runs += 1;
    Err(*runs)
}

#[retry(on = _, max_retries = RETRIES, base_delay = 0)]
fn blocking(runs: &mut u32) -> Result<(), u32> {
    *runs += 1;
    Err(*runs)
}

/// The timer of another runtime, always due.
fn at_once(_: Duration) -> Ready<()> {
    ready(())
}

#[retry(on = _, max_retries = RETRIES, sleep = at_once)]
async fn with_a_timer_always_due(runs: &mut u32) -> Result<(), u32> {
    *runs += 1;
    Err(*runs)
}

#[test]
fn asynchronous_retries_do_not_grow_the_stack() {
    // No timers: a zero delay takes none.
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(asynchronous(&mut 0))
    };
    assert_eq!(on_a_small_stack(run), Err(RETRIES + 1));
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(with_a_timer_always_due(&mut 0))
    };
    assert_eq!(on_a_small_stack(run), Err(RETRIES + 1));
}

#[test]
fn blocking_retries_do_not_grow_the_stack() {
    assert_eq!(on_a_small_stack(|| blocking(&mut 0)), Err(RETRIES + 1));
}

/// Not quite for ever: were it to starve the others, the tests would end, and fail.
#[retry(on = _, max_retries = 1_000_000, base_delay = 0)]
async fn retries_for_ever(runs: Arc<AtomicU32>) -> Result<(), ()> {
    runs.fetch_add(1, Ordering::Relaxed);
    Err(())
}

#[tokio::test(start_paused = true)]
async fn another_task_has_its_turns() {
    let runs = Arc::new(AtomicU32::new(0));
    let retrying = tokio::spawn(retries_for_ever(Arc::clone(&runs)));
    let counting = tokio::spawn(async {
        let mut turns = 0;
        while turns < 1_000 {
            tokio::task::yield_now().await;
            turns += 1;
        }
        turns
    });
    assert_eq!(counting.await.unwrap(), 1_000);
    assert!(!retrying.is_finished());
    assert!(runs.load(Ordering::Relaxed) > 100);
    retrying.abort();
    assert!(retrying.await.unwrap_err().is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn a_timer_fires() {
    let runs = Arc::new(AtomicU32::new(0));
    let retrying = tokio::spawn(retries_for_ever(Arc::clone(&runs)));
    let sleeping = tokio::spawn(tokio::time::sleep(Duration::from_hours(1)));
    tokio::task::yield_now().await;
    assert!(!sleeping.is_finished());
    // The clock does not advance by itself while a task is ready to run.
    tokio::time::advance(Duration::from_hours(1)).await;
    sleeping.await.unwrap();
    assert!(!retrying.is_finished());
    retrying.abort();
    assert!(retrying.await.unwrap_err().is_cancelled());
}

#[tokio::test(start_paused = true)]
async fn another_future_of_the_same_task_has_its_turns() {
    let runs = Arc::new(AtomicU32::new(0));
    let turns = async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = retries_for_ever(Arc::clone(&runs)) => panic!("the other future had no turn"),
        () = turns => assert!(runs.load(Ordering::Relaxed) > 100),
    }
}
