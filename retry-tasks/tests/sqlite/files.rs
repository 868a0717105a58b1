//! Files that cannot be opened, are another release's, or are full.

use persevere_tasks::engine::Selection;
use persevere_tasks::{Queue, QueueError};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};
use tempfile::tempdir;

use crate::{Count, count};

#[tokio::test]
async fn a_path_that_cannot_be_opened_is_named() {
    let folder = tempdir().expect("a temporary folder");
    let missing = folder.path().join("no such folder").join("tasks.db");
    for path in [missing.as_path(), folder.path()] {
        let error = Queue::sqlite(path).await.expect_err("nothing to open");
        assert!(matches!(error, QueueError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_file_of_another_kind_is_not_touched() {
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("letter.txt");
    let letter = "Dear Sir or Madam, ".repeat(100);
    std::fs::write(&path, &letter).expect("a file");
    let error = Queue::sqlite(&path).await.expect_err("no database");
    assert!(matches!(error, QueueError::Open { .. }), "{error:?}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), letter);
}

#[tokio::test]
async fn tables_of_a_later_release_are_refused() {
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("tasks.db");
    let queue = Queue::sqlite(&path).await.expect("a new file");
    let handle = queue.enqueue(count(1)).await.expect("an engine that works");
    let options = SqliteConnectOptions::new().filename(&path);
    let mut connection = options.connect().await.expect("the file");
    connection.execute("UPDATE persevere_schema SET version = 99").await.expect("a table");

    let error = Queue::sqlite(&path).await.expect_err("a later release's");
    assert!(matches!(error, QueueError::NewerSchema { found: 99, known: 1 }), "{error:?}");
    assert!(error.to_string().ends_with("update the program"), "{error}");
    connection.execute("UPDATE persevere_schema SET version = 1").await.expect("a table");
    let queue = Queue::sqlite(&path).await.expect("this release's");
    assert!(queue.handle::<Count>(handle.id()).status().await.is_ok(), "nothing is lost");
}

#[tokio::test]
async fn other_tables_may_be_in_the_file() {
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("shop.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut connection = options.connect().await.expect("a new file");
    let orders = "CREATE TABLE orders (id INTEGER); PRAGMA user_version = 42";
    connection.execute(orders).await.expect("a table");
    let queue = Queue::sqlite(&path).await.expect("a file with tables of its own");
    queue.enqueue(count(1)).await.expect("an engine that works");
    let version = sqlx::query_scalar::<_, i64>("PRAGMA user_version");
    assert_eq!(version.fetch_one(&mut connection).await.expect("a number"), 42);
}

#[tokio::test]
async fn an_in_memory_database_is_refused() {
    let pool = SqlitePool::connect("sqlite::memory:").await.expect("a database in memory");
    let error = Queue::sqlite_with(&pool).await.expect_err("one connection only");
    assert!(matches!(error, QueueError::SqliteInMemory), "{error:?}");
}

#[tokio::test]
async fn a_full_disk_loses_nothing() {
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("tasks.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let small = SqlitePoolOptions::new().connect_lazy_with(options.pragma("max_page_count", "60"));
    let queue = Queue::sqlite_with(&small).await.expect("a new file");
    let large = |number| Count { number, padding: "x".repeat(3_000) };
    let mut stored = Vec::new();
    let error = loop {
        match queue.enqueue(large(0)).await {
            Ok(handle) => stored.push(handle.id()),
            Err(error) => break error,
        }
        assert!(stored.len() < 1_000, "60 pages are not full");
    };
    assert!(matches!(error, QueueError::Full(_)), "{error:?}");
    assert!(stored.len() > 10, "{}", stored.len());
    let many = queue.enqueue_all((0..100).map(large)).await.expect_err("a full disk");
    assert!(matches!(many, QueueError::Full(_)), "{many:?}");
    let waiting = queue.waiting::<Count>().await.expect("an engine that reads");
    let ids: Vec<_> = waiting.iter().map(persevere_tasks::Handle::id).collect();
    assert_eq!(ids, stored, "all that was promised, and no part of what was refused");

    let queue = Queue::sqlite(&path).await.expect("the file, on a larger disk");
    queue.enqueue(large(0)).await.expect("place for one more");
    assert_eq!(queue.stats().await.expect("numbers")[0].waiting, stored.len() as u64 + 1);
}

/// A row that no release of ours has written.
#[tokio::test]
async fn foreign_rows_are_read_without_harm() {
    let folder = tempdir().expect("a temporary folder");
    let path = folder.path().join("tasks.db");
    let queue = Queue::sqlite(&path).await.expect("a new file");
    let mut connection =
        SqliteConnectOptions::new().filename(&path).connect().await.expect("the file");
    let foreign = "INSERT INTO persevere_tasks (id, task, version, queue, args, envelope, priority, \
            state, enqueued, first_due, due, progress, attempts) \
        SELECT randomblob(16), 'count', value, '', '}', 'no', 1, 'waiting', \
            -9223372036854775807, 9223372036854775807, 0, '[', '{' \
        FROM json_each('[-9223372036854775807, -1, 0, 1, 1, 9223372036854775807]')";
    connection.execute(foreign).await.expect("rows");

    let engine = queue.engine();
    let ask = crate::processes::ask(10);
    let leased = engine.lease(&ask).await.expect("rows that are read");
    assert_eq!(leased.rows.len(), 5, "not the one of a later version");
    for leased in &leased.rows {
        assert!(leased.row.args.read::<Count>().is_err());
        assert_eq!(leased.row.progress.crashes, 0);
    }
    let dead = leased.rows.iter().map(crate::processes::dead).collect::<Vec<_>>();
    engine.settle(&dead).await.expect("an engine that works");
    let listed = queue.dead().list().await.expect("a list");
    assert_eq!(listed.len(), 5);
    assert!(listed.iter().all(|dead| dead.args == "}"), "{:?}", listed[0].args);
    assert_eq!(engine.requeue(&Selection::default()).await.expect("an engine"), 5);
    let again = engine.lease(&ask).await.expect("rows that are read");
    assert_eq!(again.rows[0].row.args, leased.rows[0].row.args);
}
