//! Unique tasks: one at a time of a key.

use std::time::Duration;

use persevere_tasks::{Cancelled, QueueError, Status, WaitError};

use crate::rig::{Alone, PATIENCE, Rig, act, until};

#[tokio::test]
async fn while_one_has_not_ended_all_have_its_handle() {
    let rig = Rig::start().await;
    let enqueue = |letters: &str, key: &str| rig.queue.enqueue(act(letters)).unique(key);
    let asked = (0..8).map(|_| {
        tokio::spawn({
            let queue = rig.queue.clone();
            async move { queue.enqueue(act("5")).unique("Ada / \u{0} ?#").await.unwrap().id() }
        })
    });
    let mut ids = Vec::new();
    for asked in asked.collect::<Vec<_>>() {
        ids.push(asked.await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let other = enqueue("o", "Bob").await.unwrap();
    assert_ne!(other.id(), ids[0]);
    let same = enqueue("x", "Ada / \u{0} ?#").await.unwrap();
    assert_eq!(same.id(), ids[0]);
    assert_eq!(same.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(other.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(rig.stage.starts(), 2);

    // Its end frees the key, however soon the next one comes.
    for _ in 0..5 {
        let next = enqueue("o", "Ada / \u{0} ?#").await.unwrap();
        assert!(!ids.contains(&next.id()));
        ids.push(next.id());
        assert_eq!(next.wait(PATIENCE).await.unwrap(), 1);
    }
    assert_eq!(rig.stage.starts(), 7);
}

#[tokio::test]
async fn every_end_frees_the_key() {
    let rig = Rig::start().await;
    let enqueue = |letters: &str| rig.queue.enqueue(act(letters)).unique(7);
    let dead = enqueue("x").await.unwrap();
    let ended = dead.wait(PATIENCE).await;
    assert!(matches!(ended, Err(WaitError::Dead(_))), "{ended:?}");

    let waits = enqueue("w").await.unwrap();
    assert_ne!(waits.id(), dead.id());
    until(async || matches!(waits.status().await.unwrap(), Status::Retrying { .. })).await;
    assert_eq!(enqueue("o").await.unwrap().id(), waits.id(), "it waits for a retry");
    assert_eq!(waits.cancel().await.unwrap(), Cancelled::Requested);
    let ended = waits.wait(PATIENCE).await;
    assert!(matches!(ended, Err(WaitError::Cancelled)), "{ended:?}");

    let later = enqueue("o").delay(Duration::from_hours(1)).await.unwrap();
    assert_ne!(later.id(), waits.id());
    assert_eq!(enqueue("o").await.unwrap().id(), later.id(), "it is not due yet");
    assert_eq!(later.cancel().await.unwrap(), Cancelled::BeforeStart);
    let last = enqueue("o").await.unwrap();
    assert_ne!(last.id(), later.id());
    assert_eq!(last.wait(PATIENCE).await.unwrap(), 1);
}

#[tokio::test]
async fn a_key_of_the_tasks_own_holds_and_what_restate_lacks_is_said() {
    let rig = Rig::start().await;
    // As an argument that the worker cannot read: it dies.
    let handle = rig.queue.enqueue(Alone { until: true }).await.unwrap();
    let ended = handle.wait(PATIENCE).await;
    assert!(matches!(ended, Err(WaitError::Dead(_))), "{ended:?}");
    let early = rig.queue.enqueue(Alone { until: false }).await;
    let Err(error @ QueueError::Unsupported { .. }) = early else { panic!("{early:?}") };
    assert!(error.to_string().contains("write `.unique(key)`"), "{error}");
    let long = rig.queue.enqueue(act("o")).unique("k".repeat(600)).await;
    assert!(matches!(long, Err(QueueError::LongKey { .. })), "{long:?}");
}
