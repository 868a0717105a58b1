//! Many tasks that have ended. What ten million of them cost is measured by
//! `cargo run --release -p benches --bin tasks -- many 10000000`.

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

#[tokio::test]
async fn tasks_are_leased_listed_and_pruned_beside_a_hundred_thousand_that_have_ended() {
    let folder = tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let queue = Queue::sqlite(&file).await.expect("a new file");
    let mut connection = SqliteConnectOptions::new().filename(&file).connect().await.expect("it");
    query(FILL).bind(100_000).execute(&mut connection).await.expect("many tasks");
    queue.enqueue_all((0..200).map(count)).await.expect("an engine that works");
    let engine = queue.engine();
    for _ in 0..200 {
        let got = engine.lease(&ask(1)).await.expect("an engine that works");
        assert_eq!(got.rows.len(), 1);
        engine.settle(&[done(&got.rows[0])]).await.expect("an engine that works");
    }
    assert!(engine.lease(&ask(1)).await.expect("an engine that works").rows.is_empty());
    let dead = queue.dead().limit(700).list().await.expect("a list");
    assert_eq!(dead.len(), 700);
    assert!(dead.is_sorted_by(|one, next| one.died > next.died), "the last to die first");
    assert_eq!(engine.prune(500).await.expect("an engine that works"), 0, "nothing is old enough");
}
