//! Tasks stored in transactions of the caller's.

use persevere_tasks::{Queue, QueueError};
use sqlx::Executor as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::tempdir;

use crate::{Count, count};

#[tokio::test]
async fn a_task_is_there_if_its_transaction_is() {
    let folder = tempdir().expect("a temporary folder");
    let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    let pool = SqlitePool::connect_with(options.create_if_missing(true)).await.expect("a file");
    pool.execute("CREATE TABLE orders (id INTEGER)").await.expect("a table");
    let queue = Queue::sqlite_with(&pool).await.expect("a queue in it");
    for commits in [false, true] {
        let mut transaction = pool.begin().await.expect("a transaction");
        transaction.execute("INSERT INTO orders VALUES (1)").await.expect("a row");
        let handle = queue.enqueue(count(1)).in_transaction(&mut transaction).await;
        let handle = handle.expect("an engine that works");
        assert!(queue.waiting::<Count>().await.expect("a list").is_empty(), "not yet");
        if commits {
            transaction.commit().await.expect("an order");
            assert!(handle.status().await.is_ok());
        } else {
            transaction.rollback().await.expect("no order");
            let status = handle.status().await;
            assert!(matches!(status, Err(QueueError::UnknownTask(_))), "{status:?}");
        }
    }
    assert_eq!(queue.waiting::<Count>().await.expect("a list").len(), 1);
}

#[tokio::test]
async fn another_database_is_refused() {
    let folder = tempdir().expect("a temporary folder");
    let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    let pool = SqlitePool::connect_with(options.create_if_missing(true)).await.expect("a file");
    let mut transaction = pool.begin().await.expect("a transaction");
    let queue = Queue::in_memory();
    let refused = queue.enqueue(count(1)).in_transaction(&mut transaction).await;
    let error = refused.expect_err("memory has no transactions");
    assert!(matches!(error, QueueError::ForeignTransaction { engine: "memory" }), "{error:?}");
}

#[tokio::test]
async fn many_are_stored_in_one_call() {
    let folder = tempdir().expect("a temporary folder");
    let queue = Queue::sqlite(folder.path().join("tasks.db")).await.expect("a new file");
    let handles = queue.enqueue_all((0..10_000).map(count)).await.expect("an engine that works");
    assert_eq!(handles.len(), 10_000);
    assert_eq!(queue.stats().await.expect("numbers")[0].waiting, 10_000);
}
