//! A machine's clock that is set while leases last, and a file that others write to for a while.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use persevere_core::task::{Due, Payload, Priority, TaskId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::time::{sleep, timeout};

use super::SqliteFile;
use crate::engine::clock::Clock;
use crate::engine::{Ask, Beat, Engine as _, Envelope, Held, NewRow, Wanted};

const SECOND: Duration = Duration::from_secs(1);
const HOUR_US: i64 = 3_600_000_000;
/// However slow the machine is.
const PATIENCE: Duration = Duration::from_mins(1);

fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(file).create_if_missing(true)
}

async fn push(engine: &SqliteFile) {
    let row = NewRow {
        id: TaskId::new(),
        task: "greet".to_owned(),
        version: 1,
        queue: "default".to_owned(),
        args: Payload::of("hello").expect("a text"),
        priority: Priority::Normal,
        due: Due::In(Duration::ZERO),
        key: None,
        envelope: Envelope::default(),
    };
    engine.push(&[row]).await.expect("an engine that works");
}

async fn lease(engine: &SqliteFile, span: Duration) -> Held {
    let wanted = Wanted { names: vec!["greet".to_owned()], version: 1, room: 1 };
    let ask =
        Ask { worker: "worker-1".to_owned(), tasks: vec![wanted], room: 1, suspects: 1, span };
    let mut leases = engine.lease(&ask).await.expect("an engine that works");
    leases.rows.pop().expect("it is due").held()
}

/// Who is lost, in the end: meanwhile `lives` renews its lease.
async fn recovered(engine: &SqliteFile, lives: Held, span: Duration) -> Vec<TaskId> {
    let recovered = async {
        loop {
            let beat = engine.beat(&[lives], span).await.expect("an engine that works");
            assert_eq!(beat, [Beat::Kept]);
            let recovered = engine.recover(9).await.expect("an engine that works");
            if !recovered.is_empty() {
                return recovered.into_iter().map(|of| of.id).collect();
            }
            sleep(SECOND / 20).await;
        }
    };
    timeout(PATIENCE, recovered).await.expect("one that is lost")
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_takes_nobody_for_lost_who_lives() {
    static MOVED: AtomicI64 = AtomicI64::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let engine = SqliteFile::open(options(&file), Clock::Moved(&MOVED)).await.expect("a new file");
    push(&engine).await;
    push(&engine).await;
    let span = 5 * SECOND;
    let (lives, lost) = (lease(&engine, span).await, lease(&engine, span).await);
    assert!(engine.recover(9).await.expect("an engine that works").is_empty());
    MOVED.fetch_add(HOUR_US, Ordering::Relaxed);
    assert!(engine.recover(9).await.expect("an engine that works").is_empty(), "at once");
    assert_eq!(recovered(&engine, lives, span).await, [lost.id]);
}

#[tokio::test]
async fn a_clock_that_jumps_back_keeps_leases_and_loses_nothing() {
    static MOVED: AtomicI64 = AtomicI64::new(0);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let engine = SqliteFile::open(options(&file), Clock::Moved(&MOVED)).await.expect("a new file");
    push(&engine).await;
    push(&engine).await;
    let held = lease(&engine, SECOND).await;
    MOVED.fetch_sub(HOUR_US, Ordering::Relaxed);
    assert!(engine.recover(9).await.expect("an engine that works").is_empty());
    let beat = engine.beat(&[held], SECOND).await.expect("an engine that works");
    assert_eq!(beat, [Beat::Kept]);
    // What was due an hour later by now is due in an hour.
    let wanted = Wanted { names: vec!["greet".to_owned()], version: 1, room: 1 };
    let ask = Ask {
        worker: "worker-2".to_owned(),
        tasks: vec![wanted],
        room: 1,
        suspects: 1,
        span: SECOND,
    };
    let leases = engine.lease(&ask).await.expect("an engine that works");
    assert!(leases.rows.is_empty());
    let next = leases.next.expect("it will be due");
    assert!(next <= 3_600 * SECOND && next > 3_500 * SECOND, "{next:?}");
    MOVED.fetch_add(HOUR_US, Ordering::Relaxed);
    assert_ne!(lease(&engine, SECOND).await.id, held.id);
}

/// Whoever waits for the file has its leases run out, and can do nothing about it.
#[tokio::test]
async fn while_others_write_nobody_is_taken_for_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let engine = SqliteFile::open(options(&file), Clock::Wall).await.expect("a new file");
    push(&engine).await;
    push(&engine).await;
    let span = 2 * SECOND;
    let (lives, lost) = (lease(&engine, span).await, lease(&engine, span).await);
    let mut other = options(&file).connect().await.expect("the file");
    other.execute("BEGIN IMMEDIATE").await.expect("the lock");
    sleep(3 * SECOND).await; // both have run out
    let release = async {
        sleep(3 * SECOND).await;
        other.execute("COMMIT").await.expect("nothing was written");
    };
    let (early, ()) = tokio::join!(engine.recover(9), release);
    assert!(early.expect("an engine that works").is_empty());
    assert_eq!(recovered(&engine, lives, span).await, [lost.id]);
}
