//! The end of a worker.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::rig::{PATIENCE, Rig, Serving, Stage, act, until, worker};

#[tokio::test]
async fn attempts_end_and_waits_are_given_back_at_once() {
    let rig = Rig::start().await;
    let waits = rig.queue.enqueue(act("f9")).await.unwrap();
    until(async || rig.stage.starts() == 1).await;
    let runs = rig.queue.enqueue(act("9")).await.unwrap();
    until(async || rig.stage.starts() == 2).await;
    let address = rig.worker.address.clone();
    let ended = timeout(Duration::from_secs(20), rig.worker.shut_down()).await;
    let ended = ended.expect("attempts that end");
    assert_eq!((ended.released, ended.abandoned), (0, 0));
    assert_eq!(*rig.stage.dropped.lock().unwrap(), 0);
    let begun = rig.stage.starts();

    // Restate may have written the attempts' ends without waiting for the tasks'.
    let _worker = Serving::start(worker(rig.stage), Some(&address)).await;
    assert_eq!(runs.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(waits.wait(PATIENCE).await.unwrap(), 2);
    assert!(begun <= 3 && rig.stage.starts() == 3, "{:?}", rig.stage.numbers());
}

#[tokio::test]
async fn what_does_not_end_is_dropped_and_given_back_unpunished() {
    let stage = Stage::new();
    let rig = Rig::with(stage, worker(stage).drain(Duration::from_millis(200))).await;
    let handle = rig.queue.enqueue(act("ho")).await.unwrap();
    until(async || stage.starts() == 1).await;
    let address = rig.worker.address.clone();
    let began = Instant::now();
    let ended = rig.worker.shut_down().await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!((ended.released, ended.abandoned), (1, 0));
    assert_eq!(*stage.dropped.lock().unwrap(), 1);

    let _worker = Serving::start(worker(stage), Some(&address)).await;
    until(async || stage.starts() == 2).await;
    assert_eq!(stage.numbers(), [1, 1], "its first attempt, again");
    handle.status().await.unwrap();
}
