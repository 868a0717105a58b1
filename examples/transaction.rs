//! Retries a whole transaction, and shows why not the statement that failed:
//! `cargo run --all-features --example transaction`.
//!
//! The database is SQLite in a temporary folder; the same holds for every database that rolls back a
//! transaction in favour of another, as PostgreSQL does on a serialization failure or a deadlock. After
//! such a failure, the data that the transaction has read is out of date. Its statements depend on that
//! data, so the whole transaction has to be repeated, from the first read on.

use std::time::Duration;

use persevere::{Jitter, Policy, retry};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteTransaction};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, query, query_scalar};

/// Locks are held for milliseconds, so the waits are of that order; full jitter spreads the clients.
const LOCKS: Policy = Policy::DEFAULT
    .with_max_retries(100)
    .with_base_delay(Duration::from_millis(2))
    .with_max_delay(Duration::from_millis(50))
    .with_jitter(Jitter::Full);

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("accounts"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::ZERO); // a lock is reported at once, and the retries wait for it
    let mut connection = options.connect().await?;
    connection.execute("CREATE TABLE accounts (id integer PRIMARY KEY, cents integer)").await?;
    connection.execute("INSERT INTO accounts VALUES (1, 10000), (2, 10000)").await?;
    let mut rival = options.connect().await?;

    println!("A rival takes 8000 after the first read. Retrying the statement:");
    let error = statement_retried(&mut connection, &mut rival).await.expect_err("out of date");
    println!("  gave up: {error}");
    assert_eq!(balances(&mut connection).await?, [2_000, 10_000], "the rival's alone");

    println!("The rival puts them back after the first read. Retrying the transaction:");
    transaction_retried(&mut connection, &mut rival).await?;
    assert_eq!(balances(&mut connection).await?, [5_000, 15_000], "paid, from 10000");

    println!("Eight at once, ten payments each, of 1 from either account to the other:");
    let payers = (0..8).map(|payer| {
        let options = options.clone();
        tokio::spawn(async move {
            let mut connection = options.connect().await?;
            for _ in 0..10 {
                let (from, to) = if payer % 2 == 0 { (1, 2) } else { (2, 1) };
                pay(&mut connection, from, to).await?;
            }
            Ok::<_, sqlx::Error>(())
        })
    });
    for payer in payers.collect::<Vec<_>>() {
        payer.await??;
    }
    let balances = balances(&mut connection).await?;
    println!("  balances: {balances:?}");
    assert_eq!(balances, [5_000, 15_000], "nothing lost, nothing paid twice");
    Ok(())
}

/// What not to do: this retries the update in a transaction whose read is out of date, and stays so.
/// SQLite answers `SQLITE_BUSY_SNAPSHOT` (517) every time; PostgreSQL would reject every further
/// statement of the transaction (25P02).
async fn statement_retried(
    connection: &mut SqliteConnection,
    rival: &mut SqliteConnection,
) -> sqlx::Result<()> {
    #[retry(policy = LOCKS, max_retries = 3, on_retry = |event| println!("  {event}"))]
    async fn update(transaction: &mut SqliteTransaction<'_>, cents: i64) -> sqlx::Result<()> {
        set_balance(transaction, 1, cents).await
    }

    let mut transaction = connection.begin().await?;
    let cents = balance(&mut transaction, 1).await?;
    rival.execute("UPDATE accounts SET cents = cents - 8000 WHERE id = 1").await?;
    update(&mut transaction, cents - 5_000).await?;
    transaction.commit().await
}

/// What to do: the annotated function begins the transaction and commits it. When it returns an error,
/// the transaction is dropped, and so rolled back.
#[retry(policy = LOCKS, context = attempt, on_retry = |event| println!("  {event}"))]
async fn transaction_retried(
    connection: &mut SqliteConnection,
    rival: &mut SqliteConnection,
) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    let (from, to) = (balance(&mut transaction, 1).await?, balance(&mut transaction, 2).await?);
    println!("  attempt {}: the balance is {from}", attempt.number());
    if attempt.is_first() {
        rival.execute("UPDATE accounts SET cents = cents + 8000 WHERE id = 1").await?;
    }
    set_balance(&mut transaction, 1, from - 5_000).await?;
    set_balance(&mut transaction, 2, to + 5_000).await?;
    transaction.commit().await
}

/// Moves a cent.
#[retry(policy = LOCKS)]
async fn pay(connection: &mut SqliteConnection, from: i64, to: i64) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    let before = (balance(&mut transaction, from).await?, balance(&mut transaction, to).await?);
    set_balance(&mut transaction, from, before.0 - 1).await?;
    set_balance(&mut transaction, to, before.1 + 1).await?;
    transaction.commit().await
}

async fn balance(transaction: &mut SqliteTransaction<'_>, id: i64) -> sqlx::Result<i64> {
    let select = query_scalar("SELECT cents FROM accounts WHERE id = $1").bind(id);
    select.fetch_one(&mut **transaction).await
}

async fn set_balance(
    transaction: &mut SqliteTransaction<'_>,
    id: i64,
    cents: i64,
) -> sqlx::Result<()> {
    let update = query("UPDATE accounts SET cents = $1 WHERE id = $2").bind(cents).bind(id);
    update.execute(&mut **transaction).await.map(|_| ())
}

async fn balances(connection: &mut SqliteConnection) -> sqlx::Result<Vec<i64>> {
    query_scalar("SELECT cents FROM accounts ORDER BY id").fetch_all(connection).await
}
