//! What keeps an attempt from being made.

use persevere_tasks::restate::Worker;
use persevere_tasks::{QueueError, Status, Task};

use crate::rig::{Act, BREAKER, BULKHEAD, PATIENCE, Rig, Share, act, until, worker};

#[tokio::test]
async fn a_full_bulkhead_and_an_open_breaker_put_a_task_off_and_use_no_retry() {
    let rig = Rig::start().await;
    let taken = BULKHEAD.try_acquire().expect("nobody else has it");
    let handle = rig.queue.enqueue(Share {}).await.unwrap();
    until(async || matches!(handle.status().await.unwrap(), Status::Waiting { .. })).await;
    drop(taken);
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1, "its first attempt");

    BREAKER.force_open();
    let handle = rig.queue.enqueue(Share {}).await.unwrap();
    until(async || matches!(handle.status().await.unwrap(), Status::Waiting { .. })).await;
    BREAKER.reset();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1, "its first attempt");
}

#[tokio::test]
async fn no_more_attempts_run_than_there_are_places() {
    let stage = crate::rig::Stage::new();
    let few = Worker::new(stage).task_with::<Act>(|t| t.concurrency(2)).task::<Share>();
    let rig = Rig::with(stage, few).await;
    let mut handles = Vec::new();
    for _ in 0..8 {
        handles.push(rig.queue.enqueue(act("1")).await.unwrap());
    }
    for handle in handles {
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
    }
    assert!(*stage.most.lock().unwrap() <= 2);
}

/// A task whose name no service may have.
#[derive(serde::Serialize, serde::Deserialize)]
struct Misnamed;

impl Task for Misnamed {
    type Output = ();
    const NAME: &'static str = "mailer::send";
}

#[tokio::test]
async fn names_that_restate_refuses_and_names_of_two_are_found_at_once() {
    let rig = Rig::start().await;
    let error = rig.queue.enqueue(Misnamed).await.expect_err("no name");
    assert!(matches!(&error, QueueError::ServiceName { task } if task == "mailer::send"));
    let twice = worker(rig.stage).task::<Act>().bind(restate_sdk::endpoint::Endpoint::builder());
    assert!(matches!(twice.err(), Some(QueueError::TwoTasks { .. })));
}

#[tokio::test]
async fn arguments_that_are_too_large_are_refused() {
    let rig = Rig::start().await;
    let large = || act(&"o".repeat(2 * 1_024 * 1_024));
    let error = rig.queue.enqueue(large()).await.expect_err("2 MiB");
    assert!(matches!(error, QueueError::TooLarge { .. }), "{error:?}");
    let handle = rig.queue.clone().max_args(3 * 1_024 * 1_024).enqueue(large()).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
}
