//! Transactions on a real PostgreSQL that lose against others, or find the server down or full.
//! Hooks change the server's state, so that no test waits for a time.

#[path = "../services/mod.rs"]
mod services;
mod sql;

use std::time::Duration;

use persevere::retry;
use services::postgres::Postgres;
use sqlx::postgres::{self, PgConnection, PgPool, PgPoolOptions, PgTransaction};
use sqlx::{Connection as _, Executor as _, query, query_scalar};

async fn connect(postgres: &Postgres) -> PgConnection {
    PgConnection::connect_with(&postgres.options()).await.expect("a connection")
}

/// The SQLSTATE, or the name of the error.
fn code(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.code().expect("PostgreSQL gives one").into_owned(),
        sqlx::Error::Io(error) => format!("{:?}", error.kind()),
        _ => format!("{error:?}"),
    }
}

impl sql::Server for Postgres {
    type Driver = postgres::Postgres;

    async fn open(&self) -> sqlx::Result<PgConnection> {
        PgConnection::connect_with(&self.options()).await
    }

    fn stop(&mut self) {
        self.stop();
    }

    fn start_again(&mut self) {
        self.start_again();
    }

    fn code(error: &sqlx::Error) -> String {
        code(error)
    }

    async fn execute(to: &mut PgConnection, statement: &'static str) -> sqlx::Result<()> {
        to.execute(statement).await.map(|_| ())
    }

    async fn number(from: &mut PgConnection, statement: &'static str) -> sqlx::Result<i32> {
        query_scalar(statement).fetch_one(from).await
    }
}

/// Takes a doctor off call, if another one stays: the write skew that only SERIALIZABLE prevents.
async fn leave(connection: &mut PgConnection, doctor: &str) -> sqlx::Result<bool> {
    let mut transaction = connection.begin().await?;
    if !may_leave(&mut transaction, doctor).await? {
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(true)
}

async fn may_leave(transaction: &mut PgTransaction<'_>, doctor: &str) -> sqlx::Result<bool> {
    transaction.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").await?;
    let on_call = query_scalar::<_, i64>("SELECT count(*) FROM doctors WHERE on_call");
    if on_call.fetch_one(&mut **transaction).await? < 2 {
        return Ok(false);
    }
    let update = query("UPDATE doctors SET on_call = false WHERE name = $1").bind(doctor);
    update.execute(&mut **transaction).await?;
    Ok(true)
}

/// The rival leaves in the middle of the first attempt.
#[retry(base_delay = 0, context = attempt)]
async fn leave_beside(
    connection: &mut PgConnection,
    rival: &mut PgConnection,
    failures: &mut Vec<String>,
) -> sqlx::Result<bool> {
    async {
        let mut transaction = connection.begin().await?;
        let may = may_leave(&mut transaction, "Ada").await?;
        if attempt.is_first() {
            assert!(leave(rival, "Bob").await?);
        }
        transaction.commit().await?;
        Ok(may)
    }
    .await
    .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn serialization_failures_repeat_the_transaction() {
    let postgres = Postgres::start(&[]);
    let (mut connection, mut rival) = (connect(&postgres).await, connect(&postgres).await);
    connection
        .execute("CREATE TABLE doctors (name, on_call) AS VALUES ('Ada', true), ('Bob', true)")
        .await
        .expect("a table");

    let mut failures = Vec::new();
    let left = leave_beside(&mut connection, &mut rival, &mut failures).await;
    assert!(!left.expect("the second attempt commits"), "it has counted anew");
    assert_eq!(failures, ["40001"]);
}

#[tokio::test]
async fn deadlocks_repeat_the_transaction_that_was_chosen() {
    sql::deadlocks(&Postgres::start(&["deadlock_timeout=20ms"]), "40P01").await;
}

#[tokio::test]
async fn locks_that_are_held_are_requested_again() {
    sql::locks(&Postgres::start(&[]), &["SELECT id FROM jobs FOR UPDATE NOWAIT"], "55P03").await;
}

#[tokio::test]
async fn a_restart_is_outlived() {
    sql::a_restart(Postgres::start(&[]), "57P01").await;
}

/// A pool finds broken connections itself, and waits for the server as long as it may.
#[retry(
    base_delay = 0,
    max_retries = 100,
    on_retry = |_| if !postgres.is_running() {
        postgres.start_again();
    }
)]
async fn ask_pool(
    postgres: &mut Postgres,
    pool: &PgPool,
    failures: &mut Vec<String>,
) -> sqlx::Result<i32> {
    let answer = query_scalar("SELECT 42").fetch_one(pool).await;
    answer.inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_restart_behind_a_pool_is_outlived() {
    let mut postgres = Postgres::start(&[]);
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_millis(500));
    let pool = options.connect_lazy_with(postgres.options());
    let before = ask_pool(&mut postgres, &pool, &mut Vec::new()).await;
    assert_eq!(before.expect("a running server"), 42);

    postgres.stop();
    let mut failures = Vec::new();
    let after = ask_pool(&mut postgres, &pool, &mut failures).await;
    assert_eq!(after.expect("a server that came back"), 42);
    // A slow machine may need longer than the pool's half a second to connect anew.
    assert!(!failures.is_empty() && failures.iter().all(|error| error == "PoolTimedOut"));
}

#[tokio::test]
async fn a_full_server_throttles() {
    let settings = ["max_connections=3", "superuser_reserved_connections=0", "max_wal_senders=0"];
    let postgres = Postgres::start(&settings);
    let mut crowd = Vec::new();
    for _ in 0..3 {
        crowd.push(connect(&postgres).await);
    }
    sql::no_room::<Postgres>(async || sql::Server::open(&postgres).await, &mut crowd, "53300")
        .await;
}

#[tokio::test]
async fn mistakes_are_not_repeated() {
    let mistakes = [
        ("INSERT INTO ids VALUES (1)", "23505"),
        ("SELECT nothing FROM nowhere", "42P01"),
        ("SELEC 1", "42601"),
        ("SET statement_timeout = 1; SELECT pg_sleep(5)", "57014"),
    ];
    sql::mistakes(&Postgres::start(&[]), &mistakes).await;
}
