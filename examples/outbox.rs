//! An order and its task in one transaction, the "outbox":
//! `cargo run --all-features --example outbox`.
//!
//! If an order is stored and its confirmation is enqueued one after the other, a crash in between leaves an
//! order without a confirmation, or a confirmation of no order. In one transaction, there are both or
//! neither.

use std::time::Duration;

use persevere::task;
use persevere::tasks::{Queue, Worker};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

/// What the worker brings: here, who gets the mails.
struct Mailbox(tokio::sync::mpsc::Sender<String>);

#[derive(Debug, thiserror::Error)]
#[error("the mailbox is closed")]
struct Closed;

/// Confirms an order.
#[task(on = _)]
async fn confirm(mailbox: &Mailbox, order: i64, customer: String) -> Result<(), Closed> {
    let mail = format!("{customer}, your order {order} is on its way");
    mailbox.0.send(mail).await.map_err(|_| Closed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    let pool = SqlitePool::connect_with(options.create_if_missing(true)).await?;
    sqlx::query("CREATE TABLE orders (id integer PRIMARY KEY, customer text)")
        .execute(&pool)
        .await?;
    let queue = Queue::sqlite_with(&pool).await?; // its tables stand beside the shop's

    println!("Ada orders, and it is committed.");
    order(&pool, &queue, "Ada", true).await?;
    println!("Bob orders, and it is rolled back: his card was refused.");
    order(&pool, &queue, "Bob", false).await?;

    let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&pool).await?;
    let tasks = queue.enqueued::<Confirm>().await?;
    println!("There is {orders} order, and {} task.", tasks.len());
    assert_eq!((orders, tasks.len()), (1, 1));
    assert_eq!(tasks[0].customer, "Ada");

    let (mailbox, mut mails) = tokio::sync::mpsc::channel(1);
    let worker = Worker::new(&queue, Mailbox(mailbox)).task::<Confirm>();
    worker.run_until_idle().await?;
    let mail = tokio::time::timeout(Duration::from_secs(10), mails.recv()).await?;
    println!("A worker sends the mail: {mail:?}");
    assert_eq!(mail.as_deref(), Some("Ada, your order 1 is on its way"));
    assert_eq!(mails.recv().await, None, "nobody else gets one");
    Ok(())
}

/// Stores an order and enqueues its confirmation, and commits both, or neither.
async fn order(
    pool: &SqlitePool,
    queue: &Queue,
    customer: &str,
    card_is_good: bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut transaction = pool.begin().await?;
    let insert = sqlx::query_scalar("INSERT INTO orders (customer) VALUES (?) RETURNING id");
    let order: i64 = insert.bind(customer).fetch_one(&mut *transaction).await?;
    let confirm = Confirm { order, customer: customer.to_owned() };
    queue.enqueue(confirm).in_transaction(&mut transaction).await?;
    if card_is_good {
        transaction.commit().await?;
    } else {
        transaction.rollback().await?;
    }
    Ok(())
}
