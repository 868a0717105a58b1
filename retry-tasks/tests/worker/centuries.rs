//! Spans of centuries, wherever a user may write a span: nothing overflows, and nothing is early.

use std::time::{Duration, SystemTime};

use persevere::{Attempt, task};
use persevere_core::{CircuitBreaker, Jitter, Policy};
use persevere_tasks::{Queue, Status, Worker};
use tokio::time::sleep;

use crate::rig::{SECOND, Stage, act, until, worker};

#[tokio::test(start_paused = true)]
async fn of_whoever_enqueues() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let never = queue.enqueue(act("o")).delay(Duration::MAX).await.unwrap();
    let far = SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 365 * 10_000);
    let later = queue.enqueue(act("o")).at(far).await.unwrap();
    let past = queue.enqueue(act("o")).at(SystemTime::UNIX_EPOCH).await.unwrap();
    let patient = queue.enqueue(act("fo")).start_within(Duration::MAX).deadline(Duration::MAX);
    let patient = patient.await.unwrap();
    let both = async { (past.wait(Duration::MAX).await, patient.wait(Duration::MAX).await) };
    let end = async { assert!(matches!(both.await, (Ok(1), Ok(2)))) };
    worker(&queue, stage).run_until(end).await.unwrap();
    for handle in [never, later] {
        assert!(matches!(handle.status().await, Ok(Status::Waiting { .. })));
    }
    assert_eq!(stage.starts(), 3);
}

#[tokio::test(start_paused = true)]
async fn of_a_worker() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("fo")).await.unwrap();
    let settled = worker(&queue, stage).lease(Duration::MAX, u32::MAX).drain(Duration::MAX);
    settled.max_inline_wait(Duration::MAX).run_until_idle().await.unwrap();
    assert_eq!(handle.wait(Duration::MAX).await.unwrap(), 2);
    let handle = queue.enqueue(act("fo")).await.unwrap();
    let hasty = worker(&queue, stage).lease(Duration::ZERO, 0).drain(Duration::ZERO);
    hasty.max_inline_wait(Duration::ZERO).run_until_idle().await.unwrap();
    assert_eq!(handle.wait(Duration::MAX).await.unwrap(), 2);
}

static BREAKER: CircuitBreaker = CircuitBreaker::new()
    .with_count_window(1)
    .with_minimum_calls(1)
    .with_open_duration(Duration::MAX)
    .with_max_open_duration(Duration::MAX);

const ENDLESS: Policy = Policy::DEFAULT
    .with_base_delay(Duration::MAX)
    .with_max_delay(Duration::MAX)
    .with_jitter(Jitter::None);

/// Asks for a retry in centuries.
#[task(policy = ENDLESS, on = _)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn procrastinate(attempt: &Attempt) -> Result<(), &'static str> {
    attempt.retry_in(Duration::MAX);
    Err("tomorrow")
}

/// The same, behind a breaker.
#[task(
    policy = ENDLESS,
    base_delay = SECOND,
    timeout = Duration::MAX,
    deadline = Duration::MAX,
    breaker = BREAKER,
    on = _
)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn guarded() -> Result<(), &'static str> {
    Err("broken")
}

#[tokio::test(start_paused = true)]
async fn of_a_body_and_its_policy() {
    for inline in [Duration::ZERO, Duration::MAX] {
        let queue = Queue::in_memory();
        let handle = queue.enqueue(Procrastinate {}).await.unwrap();
        let run = Worker::new(&queue, ()).task::<Procrastinate>().max_inline_wait(inline);
        let failed = async {
            until(async || {
                let look = queue.engine().look(&[handle.id()]).await.unwrap().remove(0).unwrap();
                look.row.progress.failures == 1 || inline == Duration::MAX
            })
            .await;
            sleep(SECOND).await;
        };
        let ended = run.run_until(failed).await.unwrap();
        assert_eq!(ended.abandoned, 0);
        let status = handle.status().await.unwrap();
        assert!(matches!(status, Status::Retrying { failures: 1, .. }), "{status:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_breaker() {
    let queue = Queue::in_memory();
    let handles = queue.enqueue_all([Guarded {}, Guarded {}]).await.unwrap();
    let run = Worker::new(&queue, ()).task::<Guarded>().concurrency(1);
    let run = run.lease(Duration::MAX, u32::MAX).run_until(sleep(60 * SECOND)).await.unwrap();
    assert_eq!(run.abandoned, 0);
    for handle in handles {
        let status = handle.status().await.unwrap();
        let waits = matches!(status, Status::Waiting { .. } | Status::Retrying { .. });
        assert!(waits, "{status:?}");
    }
}
