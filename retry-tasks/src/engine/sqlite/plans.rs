//! Which index each statement takes: with millions of ended tasks, none may read them.

use std::time::SystemTime;

use persevere_core::engine::GiveUp;
use persevere_core::task::TaskId;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, query, query_scalar};

use super::ended::{PRUNE, look_sql, stats_sql};
use super::id::literal;
use super::lease::{candidates_sql, lease_sql, upcoming_sql};
use super::open::{Line, options, prepare};
use super::settle::{SETTLE, lost};
use crate::engine::Selection;
use crate::engine::clock::Clock;

/// A file with many tasks that have ended, and few that have not, of which SQLite knows the numbers.
const FILL: &str = "\
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 20000) \
    INSERT INTO persevere_tasks (id, task, version, queue, args, envelope, priority, state, \
        enqueued, first_due, due, until, reason, ended, keep_until) \
    SELECT randomblob(16), 'greet', 1, 'default', '{}', '{}', 1, \
        CASE WHEN n % 1000 = 0 THEN 'waiting' WHEN n % 1000 = 1 THEN 'running' \
            WHEN n % 10 = 2 THEN 'dead' ELSE 'done' END, \
        n, n, n, n, 'exhausted', n, CASE WHEN n % 10 = 3 THEN n END FROM numbers; \
    ANALYZE";

async fn file() -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tasks.db");
    let options = options(SqliteConnectOptions::new().filename(path).create_if_missing(true));
    prepare(&Line::new(&options, Clock::Wall)).await.expect("tables");
    let mut connection = SqliteConnection::connect_with(&options).await.expect("the file");
    connection.execute(FILL).await.expect("many tasks");
    (folder, connection)
}

async fn plan(connection: &mut SqliteConnection, sql: &str) -> Vec<String> {
    let plan = query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")));
    let rows = plan.fetch_all(connection).await.expect("a plan");
    rows.iter().map(|row| row.get::<String, _>(3)).collect()
}

/// Every table is searched by one of those indexes, and none is read through.
fn assert_takes(plan: &[String], indexes: &[&str], sql: &str) {
    let reads =
        plan.iter().filter(|step| step.contains(" persevere_tasks") || step.contains(" other"));
    for step in reads {
        let is_good = indexes.iter().any(|index| step.contains(index));
        assert!(is_good, "{step}, of {plan:#?} for {sql}");
    }
    assert!(plan.iter().any(|step| step.contains(indexes[0])), "{plan:#?} for {sql}");
}

#[tokio::test]
async fn leases_take_their_index() {
    let (_folder, mut connection) = file().await;
    let waiting = [
        "persevere_tasks_waiting (task=? AND suspect=? AND priority=? AND due",
        "persevere_tasks_begun",
    ];
    for sql in [candidates_sql(2), upcoming_sql(2)] {
        let plan = plan(&mut connection, &sql).await;
        assert_takes(&plan, &waiting, &sql);
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE")),
            "in order already: {plan:#?}"
        );
    }
    let plan = plan(&mut connection, &lost()).await;
    assert_takes(&plan, &["persevere_tasks_running (until"], &lost());
}

#[tokio::test]
async fn listed_tasks_take_the_index_of_ids() {
    let (_folder, mut connection) = file().await;
    let ids = ["sqlite_autoindex_persevere_tasks_1 (id=?)", "persevere_tasks_begun"];
    for sql in [lease_sql().as_str(), look_sql().as_str(), SETTLE] {
        let plan = plan(&mut connection, sql).await;
        assert_takes(&plan, &ids, sql);
    }
}

#[tokio::test]
async fn the_dead_take_theirs() {
    let (_folder, mut connection) = file().await;
    let all = Selection::default();
    let exhausted = Selection { because: Some(GiveUp::Exhausted), ..all.clone() };
    let lately = Selection { since: Some(SystemTime::now()), limit: Some(9), ..all.clone() };
    let two = Selection { ids: vec![TaskId::new(), TaskId::new()], ..all.clone() };
    let select = two.dead_in::<Sqlite>("persevere_tasks", (None, &two.ids), literal);
    let by_id = plan(&mut connection, select.sql().as_str()).await;
    let index = "sqlite_autoindex_persevere_tasks_1 (id=?)";
    assert_takes(&by_id, &[index], select.sql().as_str());
    for (which, name, index) in [
        (&all, None, "persevere_tasks_dead"),
        (&all, Some("greet"), "persevere_tasks_dead_task (task=?"),
        (&exhausted, None, "persevere_tasks_dead_reason (reason=?"),
        (&lately, None, "persevere_tasks_dead (ended>?"),
        (&lately, Some("greet"), "persevere_tasks_dead_task (task=? AND ended>?"),
    ] {
        let select = which.dead_in::<Sqlite>("persevere_tasks", (name, &which.ids), literal);
        let plan = plan(&mut connection, select.sql().as_str()).await;
        assert_takes(&plan, &[index], select.sql().as_str());
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE")),
            "in order already: {plan:#?}"
        );
    }
}

#[tokio::test]
async fn pruning_and_counting_take_theirs() {
    let (_folder, mut connection) = file().await;
    let prune = plan(&mut connection, PRUNE).await;
    let kept = ["persevere_tasks_kept (keep_until", "INTEGER PRIMARY KEY"];
    assert_takes(&prune, &kept, PRUNE);
    let stats = plan(&mut connection, &stats_sql()).await;
    let partial = ["persevere_tasks_waiting", "persevere_tasks_running", "persevere_tasks_dead"];
    assert_takes(&stats, &partial, &stats_sql());
}

#[tokio::test]
async fn what_is_committed_is_on_the_disk() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("tasks.db");
    let lax = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let line = Line::new(&options(lax.pragma("synchronous", "OFF")), Clock::Wall);
    let mut locked = line.lock().await.expect("a new file");
    let synchronous = query_scalar::<_, i64>("PRAGMA synchronous");
    assert_eq!(synchronous.fetch_one(locked.connection()).await.expect("a number"), 2, "FULL");
    let journal = query_scalar::<_, String>("PRAGMA journal_mode");
    assert_eq!(journal.fetch_one(locked.connection()).await.expect("a word"), "wal");
}
