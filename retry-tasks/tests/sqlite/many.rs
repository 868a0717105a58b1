//! Many tasks that have ended. With ten million this takes minutes, and so is a command of its own:
//!
//! `cargo test --release -p persevere-tasks --features sqlite --test sqlite -- --ignored ten_million --nocapture`
//!
//! On two shared cores, without `--release`: 1.2 ms for a lease at the 95th percentile, 3.4 ms for a list of
//! 100 of the five million dead.

use std::time::{Duration, Instant};

use persevere_tasks::Queue;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, query};
use tempfile::tempdir;

use crate::count;
use crate::processes::{ask, done};

/// Half of them done, to be pruned some day; half of them dead, for two reasons.
const FILL: &str = "\
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1) \
    INSERT INTO persevere_tasks (id, task, version, queue, args, envelope, priority, state, \
        enqueued, first_due, due, reason, error, ended, keep_until) \
    SELECT CAST(printf('%016d', n) AS BLOB), 'count', 1, 'default', '{\"number\":1,\"padding\":\"\"}', '{}', 1, \
        CASE n % 2 WHEN 0 THEN 'done' ELSE 'dead' END, n, n, n, \
        CASE n % 20 WHEN 1 THEN 'permanent' ELSE 'exhausted' END, 'no', n, \
        CASE n % 2 WHEN 0 THEN 4000000000000000 + n END FROM numbers";

struct Figures {
    /// Of 200 leases, all but ten were quicker.
    lease: Duration,
    dead: Duration,
    pruned: Duration,
}

async fn measure(rows: i64) -> Figures {
    let folder = tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let queue = Queue::sqlite(&file).await.expect("a new file");
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.expect("it");
    query(FILL).bind(rows).execute(&mut connection).await.expect("many tasks");
    queue.enqueue_all((0..400).map(count)).await.expect("an engine that works");

    let engine = queue.engine();
    let mut leases = Vec::new();
    for _ in 0..200 {
        let started = Instant::now();
        let got = engine.lease(&ask(1)).await.expect("an engine that works");
        leases.push(started.elapsed());
        assert_eq!(got.rows.len(), 1);
        engine.settle(&[done(&got.rows[0])]).await.expect("an engine that works");
    }
    leases.sort_unstable();
    let started = Instant::now();
    let dead = queue.dead().limit(100).list().await.expect("a list");
    let elapsed = started.elapsed();
    assert_eq!(dead.len(), 100);
    let started = Instant::now();
    assert_eq!(engine.prune(500).await.expect("an engine that works"), 0, "nothing is old enough");
    Figures { lease: leases[190], dead: elapsed, pruned: started.elapsed() }
}

#[tokio::test]
#[ignore = "ten million rows take minutes and 4 GB"]
async fn ten_million_tasks_that_have_ended_delay_nobody() {
    let Figures { lease, dead, pruned } = measure(10_000_000).await;
    println!("p95 of a lease {lease:?}, 100 of the dead {dead:?}, a pruning in vain {pruned:?}");
    assert!(lease < Duration::from_millis(20), "{lease:?}");
    assert!(dead < Duration::from_millis(50), "{dead:?}");
}

#[tokio::test]
async fn a_hundred_thousand_tasks_that_have_ended_are_listed_and_leased_beside() {
    measure(100_000).await;
}
