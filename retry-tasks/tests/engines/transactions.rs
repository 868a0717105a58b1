//! Tasks stored in transactions of the caller's.

use persevere_tasks::engine::Within;
use persevere_tasks::{Queue, QueueError, Task};
use sqlx::{Database, Executor, Pool, Transaction};

#[derive(serde::Serialize, serde::Deserialize)]
struct Ship {
    order: u32,
}

impl Task for Ship {
    type Output = ();
    const NAME: &'static str = "ship";
}

async fn a_task_is_there_if_its_transaction_is<D>(pool: &Pool<D>, queue: &Queue)
where
    D: Database,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
    for<'t> Within<'t>: From<&'t mut Transaction<'static, D>>,
{
    pool.execute("CREATE TABLE orders (id bigint)").await.expect("a table");
    for commits in [false, true] {
        let mut transaction = pool.begin().await.expect("a transaction");
        transaction.execute("INSERT INTO orders VALUES (1)").await.expect("a row");
        let ship = || queue.enqueue(Ship { order: 1 }).unique("order 1");
        let handle = ship().in_transaction(&mut transaction).await.expect("an engine that works");
        let same = ship().in_transaction(&mut transaction).await.expect("an open transaction");
        assert_eq!(handle.id(), same.id(), "a twin does not abort the transaction");
        assert!(queue.waiting::<Ship>().await.expect("a list").is_empty(), "not yet");
        if commits {
            transaction.commit().await.expect("an order");
            assert!(handle.status().await.is_ok());
        } else {
            transaction.rollback().await.expect("no order");
            let status = handle.status().await;
            assert!(matches!(status, Err(QueueError::UnknownTask(_))), "{status:?}");
        }
    }
    assert_eq!(queue.waiting::<Ship>().await.expect("a list").len(), 1);
}

/// `refuse` makes the database refuse the task of order 22,000.
async fn many_are_stored_in_one_call_or_none<D>(pool: &Pool<D>, queue: &Queue, refuse: &'static str)
where
    D: Database,
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let orders = || (0..25_000).map(|order| Ship { order });
    let handles = queue.enqueue_all(orders()).await.expect("an engine that works");
    assert_eq!(handles.len(), 25_000);
    pool.execute(refuse).await.expect("a condition");
    let refused = queue.enqueue_all(orders()).await;
    assert!(matches!(refused, Err(QueueError::Unavailable(_))), "{refused:?}");
    assert_eq!(queue.stats().await.expect("numbers")[0].waiting, 25_000, "nor the first of them");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
    use tempfile::{TempDir, tempdir};

    use super::{Queue, QueueError, Ship};

    async fn file() -> (TempDir, SqlitePool) {
        let folder = tempdir().expect("a temporary folder");
        let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
        let pool = SqlitePool::connect_with(options.create_if_missing(true)).await;
        (folder, pool.expect("a file"))
    }

    #[tokio::test]
    async fn a_task_is_there_if_its_transaction_is() {
        let (_folder, pool) = file().await;
        let queue = Queue::sqlite_with(&pool).await.expect("a queue in it");
        super::a_task_is_there_if_its_transaction_is(&pool, &queue).await;
    }

    #[tokio::test]
    async fn many_are_stored_in_one_call_or_none() {
        const REFUSE: &str = "CREATE TRIGGER refuse BEFORE INSERT ON persevere_tasks \
            WHEN new.args = '{\"order\":22000}' BEGIN SELECT RAISE(ABORT, 'refused'); END";
        let (_folder, pool) = file().await;
        let queue = Queue::sqlite_with(&pool).await.expect("a queue in it");
        super::many_are_stored_in_one_call_or_none(&pool, &queue, REFUSE).await;
    }

    #[tokio::test]
    async fn another_database_is_refused() {
        let (_folder, pool) = file().await;
        let mut transaction = pool.begin().await.expect("a transaction");
        let queue = Queue::in_memory();
        let refused = queue.enqueue(Ship { order: 1 }).in_transaction(&mut transaction).await;
        let error = refused.expect_err("memory has no transactions");
        assert!(matches!(error, QueueError::ForeignTransaction { engine: "memory" }), "{error:?}");
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use sqlx::PgPool;

    use super::Queue;
    use crate::services::postgres::Postgres;

    #[tokio::test]
    async fn a_task_is_there_if_its_transaction_is() {
        let server = Postgres::start(&[]);
        let pool = PgPool::connect_lazy_with(server.options());
        let queue = Queue::postgres(&pool).await.expect("a server");
        super::a_task_is_there_if_its_transaction_is(&pool, &queue).await;
    }

    #[tokio::test]
    async fn many_are_stored_in_one_call_or_none() {
        const REFUSE: &str = "ALTER TABLE persevere.tasks \
            ADD CHECK (args <> '{\"order\":22000}') NOT VALID";
        let server = Postgres::start(&[]);
        let pool = PgPool::connect_lazy_with(server.options());
        let queue = Queue::postgres(&pool).await.expect("a server");
        super::many_are_stored_in_one_call_or_none(&pool, &queue, REFUSE).await;
    }
}
