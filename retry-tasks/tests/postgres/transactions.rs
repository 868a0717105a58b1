//! Tasks stored in transactions of the caller's.

use persevere_tasks::{Queue, QueueError};
use sqlx::Executor as _;
use sqlx::postgres::PgPoolOptions;

use crate::processes::{Count, count};
use crate::services::postgres::Postgres;

#[tokio::test]
async fn a_task_is_there_if_its_transaction_is() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    pool.execute("CREATE TABLE orders (id bigint)").await.expect("a table");
    let queue = Queue::postgres(&pool).await.expect("a server");
    for commits in [false, true] {
        let mut transaction = pool.begin().await.expect("a transaction");
        transaction.execute("INSERT INTO orders VALUES (1)").await.expect("a row");
        let order = || queue.enqueue(count(1)).unique("order 1");
        let handle = order().in_transaction(&mut transaction).await.expect("an engine that works");
        let same = order().in_transaction(&mut transaction).await.expect("an open transaction");
        assert_eq!(handle.id(), same.id(), "a twin does not abort the transaction");
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
async fn many_are_stored_in_one_call_or_none() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    let handles = queue.enqueue_all((0..25_000).map(count)).await.expect("an engine that works");
    assert_eq!(handles.len(), 25_000);
    pool.execute("ALTER TABLE persevere.tasks ADD CHECK (args <> '{\"number\":22000,\"padding\":\"\"}') NOT VALID")
        .await
        .expect("a check");
    let refused = queue.enqueue_all((0..25_000).map(count)).await;
    assert!(matches!(refused, Err(QueueError::Unavailable(_))), "{refused:?}");
    assert_eq!(queue.stats().await.expect("numbers")[0].waiting, 25_000, "nor the first of them");
}
