//! Transactions on SQLite that meet another connection's lock.

use std::path::Path;
use std::time::Duration;

use persevere::retry;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteTransaction};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, query_scalar};
use tempfile::TempDir;

/// Two connections to one database, with a table; neither waits for the other's locks.
async fn pair(options: SqliteConnectOptions) -> (SqliteConnection, SqliteConnection) {
    let options = options.create_if_missing(true).busy_timeout(Duration::ZERO);
    let mut one = options.connect().await.expect("a connection");
    one.execute("CREATE TABLE counters (id integer PRIMARY KEY, value integer NOT NULL)")
        .await
        .expect("a table");
    one.execute("INSERT INTO counters VALUES (1, 0)").await.expect("a row");
    (one, options.connect().await.expect("a connection"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn in_file(folder: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(folder.join("database"))
}

fn code(error: &sqlx::Error) -> String {
    let error = error.as_database_error().expect("an error of SQLite");
    error.code().expect("SQLite gives one").into_owned()
}

/// The holder releases its lock after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |_| if let Some(holder) = holder.take() {
        holder.commit().await.expect("a commit");
    }
)]
async fn add(
    connection: &mut SqliteConnection,
    holder: &mut Option<SqliteTransaction<'_>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<i64> {
    async {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        transaction.execute("UPDATE counters SET value = value + 1").await?;
        let value = query_scalar("SELECT value FROM counters").fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(value)
    }
    .await
    .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_locked_database_is_asked_again() {
    let folder = folder();
    let (mut one, mut other) = pair(in_file(folder.path())).await;
    let mut held = other.begin_with("BEGIN IMMEDIATE").await.expect("the lock");
    held.execute("UPDATE counters SET value = 10").await.expect("an update");

    let mut failures = Vec::new();
    let added = add(&mut one, &mut Some(held), &mut failures).await;
    assert_eq!(added.expect("the lock"), 11);
    assert_eq!(failures, ["5"], "SQLITE_BUSY");
}

#[tokio::test]
async fn a_locked_table_in_a_shared_cache_is_asked_again() {
    let name = "file:a_locked_table?mode=memory&cache=shared";
    let options = SqliteConnectOptions::new().filename(name).shared_cache(true);
    let (mut one, mut other) = pair(options).await;
    let mut held = other.begin().await.expect("a transaction");
    held.execute("UPDATE counters SET value = 10").await.expect("an update");

    let mut failures = Vec::new();
    let added = add(&mut one, &mut Some(held), &mut failures).await;
    assert_eq!(added.expect("the lock"), 11);
    assert_eq!(failures, ["262"], "SQLITE_LOCKED_SHAREDCACHE");
}

/// Reads, then writes what follows from it. The rival writes in between, in the first attempt.
#[retry(base_delay = 0, context = attempt)]
async fn double(
    connection: &mut SqliteConnection,
    rival: &mut SqliteConnection,
    failures: &mut Vec<String>,
) -> sqlx::Result<i64> {
    async {
        let mut transaction = connection.begin().await?;
        let value: i64 =
            query_scalar("SELECT value FROM counters").fetch_one(&mut *transaction).await?;
        if attempt.is_first() {
            rival.execute("UPDATE counters SET value = 21").await?;
        }
        sqlx::query("UPDATE counters SET value = $1")
            .bind(value * 2)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(value * 2)
    }
    .await
    .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn an_outdated_snapshot_repeats_the_transaction() {
    let folder = folder();
    let options = in_file(folder.path()).journal_mode(SqliteJournalMode::Wal);
    let (mut one, mut rival) = pair(options).await;
    let mut failures = Vec::new();
    let doubled = double(&mut one, &mut rival, &mut failures).await;
    assert_eq!(doubled.expect("the second attempt"), 42, "it has read anew");
    assert_eq!(failures, ["517"], "SQLITE_BUSY_SNAPSHOT");
}

#[tokio::test]
async fn mistakes_are_not_repeated() {
    #[retry(base_delay = 0)]
    async fn run(
        connection: &mut SqliteConnection,
        statement: &'static str,
        attempts: &mut u32,
    ) -> sqlx::Result<()> {
        *attempts += 1;
        connection.execute(statement).await.map(|_| ())
    }

    let folder = folder();
    let (mut one, _) = pair(in_file(folder.path())).await;
    let mistakes = [
        ("INSERT INTO counters VALUES (1, 1)", "1555"),
        ("INSERT INTO counters VALUES (2, NULL)", "1299"),
        ("SELECT nothing FROM nowhere", "1"),
    ];
    for (statement, expected) in mistakes {
        let mut attempts = 0;
        let error = run(&mut one, statement, &mut attempts).await.expect_err("a mistake");
        assert_eq!((code(&error).as_str(), attempts), (expected, 1), "{statement}");
    }
}
