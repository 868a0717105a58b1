//! Chaos in a worker over a SQLite file: a process of its own, since the table is the process'.
#![cfg(all(feature = "chaos", feature = "sqlite"))]
#![allow(clippy::unused_async, reason = "bodies that await nothing are tasks, too")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::overrides::overrides;
use persevere::tasks::{Queue, Run, Worker, engine};
use persevere::{task, testing};
use sqlx::sqlite::SqliteConnectOptions;

const MINUTE: Duration = Duration::from_mins(1);

/// How often a body has run.
static RAN: AtomicU32 = AtomicU32::new(0);

fn ran() -> u32 {
    RAN.swap(0, Ordering::SeqCst)
}

#[task(on = _, max_retries = 3, base_delay = 0)]
async fn deliver(mail: u32) -> Result<u32, String> {
    RAN.fetch_add(1, Ordering::SeqCst);
    Ok(mail)
}

#[task(on = _, max_retries = 3, base_delay = 0, timeout = "1s")]
async fn bounded() -> Result<u32, String> {
    RAN.fetch_add(1, Ordering::SeqCst);
    Ok(7)
}

#[task(on = _, max_retries = 3, base_delay = 0)]
fn on_a_thread() -> Result<u32, String> {
    if RAN.fetch_add(1, Ordering::SeqCst) > 0 { Err("twice".to_owned()) } else { Ok(7) }
}

async fn work<T: Run<()>>(queue: &Queue) -> testing::Recorder {
    let recorder = testing::Recorder::new();
    let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
    Worker::new(queue, ()).task::<T>().run_until_idle().await.unwrap();
    recorder
}

fn are_marked(recorder: &testing::Recorder) -> bool {
    recorder.events().iter().all(|event| event.line.ends_with("[chaos]"))
}

#[tokio::test]
async fn attempts_of_a_worker_are_broken() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let queue = Queue::on(engine::sqlite(options).await.unwrap());

    // Two fail, and the third one is made.
    overrides().install("chaos::deliver=chaos:2*return(connection_reset)".parse().unwrap());
    let handle = queue.enqueue(Deliver { mail: 5 }).await.unwrap();
    let recorder = work::<Deliver>(&queue).await;
    assert_eq!(handle.wait(MINUTE).await.unwrap(), 5);
    assert_eq!((ran(), recorder.events().len()), (1, 3));
    assert!(are_marked(&recorder), "{:?}", recorder.events());

    // One that is permanent ends the task, whatever `on` says.
    overrides().install("chaos::deliver=chaos:return(permanent)".parse().unwrap());
    let handle = queue.enqueue(Deliver { mail: 6 }).await.unwrap();
    let recorder = work::<Deliver>(&queue).await;
    let error = handle.wait(MINUTE).await.unwrap_err().to_string();
    assert!(error.contains("the fault `permanent` was put in by chaos"), "{error}");
    assert_eq!((ran(), recorder.events().len()), (0, 1));
    assert!(are_marked(&recorder));

    // A timeout cuts the delay.
    overrides().install("chaos::bounded=chaos:1*sleep(1h)".parse().unwrap());
    let handle = queue.enqueue(Bounded {}).await.unwrap();
    let recorder = work::<Bounded>(&queue).await;
    assert_eq!(handle.wait(MINUTE).await.unwrap(), 7);
    assert!((1..=3).contains(&ran()));
    assert!(are_marked(&recorder) && !recorder.events().is_empty());

    // A body that blocks its thread is broken before it gets one.
    overrides()
        .install("chaos::on_a_thread=chaos:1*return(timeout)->1*sleep(1ms)".parse().unwrap());
    let handle = queue.enqueue(OnAThread {}).await.unwrap();
    let recorder = work::<OnAThread>(&queue).await;
    assert_eq!(handle.wait(MINUTE).await.unwrap(), 7);
    assert_eq!((ran(), recorder.events().len()), (1, 2));
    assert!(are_marked(&recorder));

    // Other names, and no table.
    overrides().install("mails::*=chaos:return".parse().unwrap());
    let handle = queue.enqueue(Deliver { mail: 8 }).await.unwrap();
    work::<Deliver>(&queue).await.assert("nothing failed");
    assert_eq!((handle.wait(MINUTE).await.unwrap(), ran()), (8, 1));
    overrides().clear();
    let handle = queue.enqueue(Deliver { mail: 9 }).await.unwrap();
    work::<Deliver>(&queue).await.assert("nothing failed");
    assert_eq!((handle.wait(MINUTE).await.unwrap(), ran()), (9, 1));
}
