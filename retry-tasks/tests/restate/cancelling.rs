//! Asking for a task's end.

use std::time::Duration;

use persevere_tasks::{Cancelled, QueueError, Status, WaitError};
use tokio::time::{sleep, timeout};

use crate::rig::{PATIENCE, Rig, WAIT, act, until};

#[tokio::test]
async fn what_has_not_begun_never_begins() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("o")).delay(Duration::from_hours(1)).await.unwrap();
    let waiting = tokio::spawn({
        let handle = handle.clone();
        async move { handle.wait(PATIENCE).await }
    });
    sleep(Duration::from_millis(200)).await;
    assert_eq!(handle.cancel().await.unwrap(), Cancelled::BeforeStart);
    let waited = waiting.await.unwrap();
    assert!(matches!(waited, Err(WaitError::Cancelled)), "{waited:?}");
    // It is forgotten.
    let status = handle.status().await;
    assert!(matches!(status, Err(QueueError::UnknownTask(_))), "{status:?}");
    let again = handle.cancel().await;
    assert!(matches!(again, Err(QueueError::UnknownTask(_))), "{again:?}");
    assert_eq!(rig.stage.starts(), 0);
}

#[tokio::test]
async fn what_waits_for_a_retry_makes_none() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("fw")).await.unwrap();
    until(async || rig.stage.starts() == 2).await;
    until(async || matches!(handle.status().await.unwrap(), Status::Retrying { failures: 2, .. }))
        .await;
    assert_eq!(handle.cancel().await.unwrap(), Cancelled::Requested);
    let waited = timeout(WAIT, handle.wait(PATIENCE)).await.expect("not only after its wait");
    assert!(matches!(waited, Err(WaitError::Cancelled)), "{waited:?}");
    assert_eq!(rig.stage.numbers(), [1, 2]);
}

#[tokio::test]
async fn an_attempt_that_runs_is_the_last_one_and_the_first_end_wins() {
    let rig = Rig::start().await;
    let succeeds = rig.queue.enqueue(act("9")).await.unwrap();
    let fails = rig.queue.enqueue(act("s")).await.unwrap();
    until(async || rig.stage.starts() == 2).await;
    for handle in [&succeeds, &fails] {
        let cancelled = handle.cancel().await.unwrap();
        assert_eq!(cancelled, Cancelled::Requested);
    }
    assert_eq!(succeeds.wait(PATIENCE).await.unwrap(), 1);
    let ended = fails.wait(PATIENCE).await;
    assert!(matches!(ended, Err(WaitError::Cancelled)), "{ended:?}");
    assert_eq!(fails.status().await.unwrap(), Status::Cancelled);
    assert_eq!((rig.stage.numbers(), *rig.stage.dropped.lock().unwrap()), (vec![1, 1], 0));
    for handle in [&succeeds, &fails] {
        assert_eq!(handle.cancel().await.unwrap(), Cancelled::TooLate);
    }
}
