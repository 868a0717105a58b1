//! Functions that block: they run on a thread for that, as a part of their attempt.

use std::thread::{self, ThreadId};
use std::time::Duration;

use persevere::tasks::{Queue, WaitError};
use persevere::{Attempt, retry, task, testing};

use crate::{SECOND, run};

struct Client {
    thread: ThreadId,
}

/// Blocks its thread, and says whether that is another one.
#[task(on = _, base_delay = "100ms", jitter = "none")]
fn sum(client: &Client, attempt: &Attempt, numbers: Vec<u64>) -> Result<u64, String> {
    thread::sleep(Duration::from_millis(1));
    match attempt.number() {
        1 => Err("busy".to_owned()),
        2 => panic!("overflow"),
        _ if thread::current().id() == client.thread => Err("on the worker's thread".to_owned()),
        _ => Ok(numbers.iter().sum()),
    }
}

#[tokio::test]
async fn a_blocking_body_runs_on_a_thread_of_its_own_and_may_panic() {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(Sum { numbers: vec![1, 2, 3] }).await.unwrap();
    let recorder = testing::Recorder::new();
    let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
    run::<Sum, _>(&queue, Client { thread: thread::current().id() }).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 6);
    recorder.assert("3 attempts, waited 100 ms then 200 ms, succeeded");
}

/// How much time a call within the body has left, in seconds.
#[retry(context = attempt, on = _)]
fn left() -> Result<u64, String> {
    Ok(attempt.remaining().map_or(0, |left| left.as_secs()))
}

#[task(on = _, max_retries = 0, deadline = "1h")]
fn call_within(deep: bool) -> Result<u64, String> {
    if deep { left() } else { Err("shallow".to_owned()) }
}

#[tokio::test]
async fn calls_within_keep_the_deadline() {
    let queue = Queue::in_memory();
    let deep = queue.enqueue(CallWithin { deep: true }).await.unwrap();
    let shallow = queue.enqueue(CallWithin { deep: false }).await.unwrap();
    run::<CallWithin, _>(&queue, ()).await;
    let left = deep.wait(SECOND).await.unwrap();
    assert!((3_000..=3_600).contains(&left), "{left}");
    assert!(matches!(shallow.wait(SECOND).await, Err(WaitError::Dead(_))));
}
