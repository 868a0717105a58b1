//! Workers over a SQLite file, on the machine's own clock.

use std::path::Path;
use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_tasks::{Queue, engine};
use sqlx::sqlite::SqliteConnectOptions;

use crate::rig::{Act, SECOND, Stage, act, until, worker};

async fn open(file: &Path) -> Queue {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    Queue::on(engine::sqlite(options).await.expect("a file that can be opened"))
}

#[tokio::test]
async fn the_sequence_goes_on_though_everything_is_dropped_after_each_failure() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let stage = Stage::new();
    let id = open(&file).await.enqueue(act("ffo")).await.unwrap().id();
    for starts in 1..=3 {
        let queue = open(&file).await;
        // The attempt that has begun ends within the drain.
        let begun = until(async || stage.starts() >= starts);
        let one = worker(&queue, stage).max_inline_wait(Duration::ZERO);
        assert_eq!(one.run_until(begun).await.unwrap().abandoned, 0);
    }
    assert_eq!(open(&file).await.handle::<Act>(id).wait(SECOND).await.unwrap(), 3);
    let begun = stage.begun();
    let numbers: Vec<_> = begun.iter().map(|begun| begun.1).collect();
    assert_eq!(numbers, [1, 2, 3]);
    // Never early, in tenths of a second that are rounded down; how late is the machine's business.
    assert!(begun[1].0 - begun[0].0 >= 9, "{begun:?}");
    assert!(begun[2].0 - begun[1].0 >= 19, "{begun:?}");
}

#[tokio::test]
async fn what_runs_in_two_workers_runs_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let stage = Stage::new();
    let (one, two) = (open(&file).await, open(&file).await);
    let handles = one.enqueue_all((0..200).map(|_| act("o"))).await.unwrap();
    let first = worker(&one, stage).run_until_idle();
    let second = worker(&two, stage).run_until_idle();
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first.unwrap().abandoned, second.unwrap().abandoned), (0, 0));
    for handle in handles {
        assert_eq!(handle.wait(10 * SECOND).await.unwrap(), 1);
    }
    assert_eq!(stage.starts(), 200);
    let dead = one.dead().because(GiveUp::WorkerLost).list().await.unwrap();
    assert!(dead.is_empty());
}
