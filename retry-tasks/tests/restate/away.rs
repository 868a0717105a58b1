//! Servers and workers that are not there, or go away for a while.

use std::time::Duration;

use persevere_tasks::restate::Queue;
use persevere_tasks::{QueueError, Status};

use crate::rig::{PATIENCE, Rig, Serving, act, connect, until, worker};
use crate::services::free_port;
use crate::services::restate::Restate;

#[tokio::test]
async fn an_address_where_nobody_is_is_named_without_its_password() {
    let port = free_port();
    let address = format!("http://ada:secret@127.0.0.1:{port}");
    let error = Queue::connect(&address, &address).await.expect_err("nobody is there");
    assert!(matches!(error, QueueError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains(&format!("http://127.0.0.1:{port} cannot")), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");

    for address in ["", "localhost", "no address", "ftp"] {
        let error = Queue::connect(address, address).await.expect_err("no address");
        assert!(matches!(error, QueueError::Open { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_task_without_a_worker_is_refused_until_one_is_registered() {
    let restate = Restate::start(Duration::from_mins(1));
    let queue = connect(&restate).await;
    let error = queue.enqueue(act("o")).await.expect_err("nobody serves it");
    assert!(matches!(&error, QueueError::NotRegistered { task } if task == "act"), "{error:?}");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let error = queue.register(&nobody).await.expect_err("nobody is there");
    assert!(matches!(error, QueueError::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn a_server_that_restarts_loses_nothing() {
    let mut rig = Rig::start().await;
    let mut handles = Vec::new();
    for letters in ["9", "fo", "ffo", "9", "o"] {
        handles.push(rig.queue.enqueue(act(letters)).await.unwrap());
    }
    let delayed = rig.queue.enqueue(act("o")).delay(Duration::from_secs(1)).await.unwrap();
    until(async || rig.stage.starts() >= 2).await;
    rig.restate.stop();
    let error = delayed.status().await.expect_err("it is away");
    assert!(matches!(error, QueueError::Unavailable(_)), "{error:?}");
    rig.restate.start_again();
    for (handle, output) in handles.iter().zip([1, 2, 3, 1, 1]) {
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), output);
    }
    assert_eq!(delayed.wait(PATIENCE).await.unwrap(), 1);
}

#[tokio::test]
async fn a_worker_that_comes_back_takes_up_what_waits() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("fffo")).await.unwrap();
    until(async || rig.stage.starts() >= 1).await;
    let address = rig.worker.address.clone();
    rig.worker.shut_down().await;
    let waiting = rig.queue.enqueue(act("o")).await.unwrap();
    let status = waiting.status().await.unwrap();
    assert!(!matches!(status, Status::Done), "nobody runs it");
    let _worker = Serving::start(worker(rig.stage), Some(&address)).await;
    assert_eq!(waiting.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 4);
    assert_eq!(rig.stage.numbers().iter().filter(|&&number| number == 4).count(), 1);
}
