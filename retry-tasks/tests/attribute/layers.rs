//! Limits of time, and the layers that a task shares with others.

use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::tasks::{Queue, Status, WaitError, Worker};
use persevere::{Attempt, Budget, Bulkhead, CircuitBreaker, Policy, task, testing};
use tokio::time::{Instant, sleep};

use crate::{SECOND, run};

const STEADY: Policy = Policy::DEFAULT.with_base_delay(SECOND).with_max_retries(9);

#[task(policy = STEADY, exponential_base = 1.0, jitter = "none", timeout = "2s", deadline = "10s", on = _)]
async fn hang() -> Result<(), String> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_timeout_cuts_an_attempt_and_the_deadline_the_task() {
    let queue = Queue::in_memory();
    let (handle, began) = (queue.enqueue(Hang {}).await.unwrap(), Instant::now());
    run::<Hang, _>(&queue, ()).await;
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.failures), (GiveUp::DeadlineExceeded, 4));
    assert!(began.elapsed() <= Duration::from_secs(11), "{:?}", began.elapsed());
}

static BUDGET: Budget = Budget::new();
static BREAKER: CircuitBreaker = CircuitBreaker::new();
static BULKHEAD: Bulkhead = Bulkhead::new(1);

#[task(
    policy = "conservative",
    throttled = Policy::AGGRESSIVE,
    budget = BUDGET,
    breaker = BREAKER,
    bulkhead = BULKHEAD,
    on = _
)]
async fn call(attempt: &Attempt, failures: u32) -> Result<u32, String> {
    sleep(Duration::from_millis(10)).await;
    if attempt.number() <= failures { Err("busy".to_owned()) } else { Ok(attempt.number()) }
}

// One test, since the layers are statics.
#[tokio::test(start_paused = true)]
async fn layers_put_a_task_off_and_a_budget_pays_for_its_retries() {
    let queue = Queue::in_memory();
    let recorder = testing::Recorder::new();
    let _scope = testing::recording(&recorder).on_this_thread();
    let worker = || Worker::new(&queue, ()).task::<Call>();
    let handle = queue.enqueue(Call { failures: 1 }).await.unwrap();

    BREAKER.force_open();
    worker().run_until(sleep(30 * SECOND)).await.unwrap();
    assert!(matches!(handle.status().await, Ok(Status::Waiting { .. })));
    BREAKER.reset();

    let taken = BULKHEAD.try_acquire().unwrap();
    worker().run_until(sleep(10 * SECOND)).await.unwrap();
    assert!(matches!(handle.status().await, Ok(Status::Waiting { .. })));
    drop(taken);
    assert!(recorder.events().is_empty());

    run::<Call, _>(&queue, ()).await;
    assert_eq!(handle.wait(SECOND).await.unwrap(), 2);
    recorder.assert("2 attempts, waited 5 s, succeeded");
    assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
}
