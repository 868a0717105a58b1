//! Transactions on a real PostgreSQL that lose against others, or find the server down or full.
//! Hooks change the server's state, so that no test waits for a time.

#[path = "../services/mod.rs"]
mod services;

use std::time::Duration;

use persevere::{Class, retry};
use services::postgres::Postgres;
use sqlx::postgres::{PgConnection, PgPool, PgPoolOptions, PgTransaction};
use sqlx::{Connection as _, Executor as _, query, query_scalar};
use tokio::sync::Barrier;

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

/// Adds one to each of two rows, in that order. In their first attempts, both calls have their first
/// row before either asks for its second. The chosen call begins again with the row that the other
/// has: with its own, it might take that one back before the other is woken, and both be stuck again.
#[retry(base_delay = 0, context = attempt)]
async fn add(
    connection: &mut PgConnection,
    rows: [i32; 2],
    both: &Barrier,
    failures: &mut Vec<String>,
) -> sqlx::Result<()> {
    async {
        let update = "UPDATE counters SET value = value + 1 WHERE id = $1";
        let [first, second] = if attempt.is_first() { rows } else { [rows[1], rows[0]] };
        let mut transaction = connection.begin().await?;
        query(update).bind(first).execute(&mut *transaction).await?;
        if attempt.is_first() {
            both.wait().await;
        }
        query(update).bind(second).execute(&mut *transaction).await?;
        transaction.commit().await
    }
    .await
    .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn deadlocks_repeat_the_transaction_that_was_chosen() {
    let postgres = Postgres::start(&["deadlock_timeout=20ms"]);
    let (mut one, mut other) = (connect(&postgres).await, connect(&postgres).await);
    one.execute("CREATE TABLE counters AS SELECT id, 0 AS value FROM generate_series(1, 2) AS id")
        .await
        .expect("a table");

    let (mut failures, mut others) = (Vec::new(), Vec::new());
    let both = Barrier::new(2);
    let added = tokio::join!(
        add(&mut one, [1, 2], &both, &mut failures),
        add(&mut other, [2, 1], &both, &mut others),
    );
    assert!(matches!(added, (Ok(()), Ok(()))), "{added:?}");
    failures.append(&mut others);
    assert_eq!(failures, ["40P01"], "one of the two");
    let sum = query_scalar::<_, i64>("SELECT sum(value) FROM counters").fetch_one(&mut one).await;
    assert_eq!(sum.expect("a sum"), 4, "each added once to each");
}

/// The holder releases its lock after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |_| if let Some(holder) = holder.take() {
        holder.rollback().await.expect("a rollback");
    }
)]
async fn claim(
    connection: &mut PgConnection,
    holder: &mut Option<PgTransaction<'_>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<i32> {
    query_scalar("SELECT id FROM jobs FOR UPDATE NOWAIT")
        .fetch_one(connection)
        .await
        .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn locks_that_are_not_to_be_had_are_asked_for_again() {
    let postgres = Postgres::start(&[]);
    let (mut connection, mut holder) = (connect(&postgres).await, connect(&postgres).await);
    connection.execute("CREATE TABLE jobs AS SELECT 7 AS id").await.expect("a table");
    let mut held = holder.begin().await.expect("a transaction");
    held.execute("SELECT id FROM jobs FOR UPDATE").await.expect("the lock");

    let mut failures = Vec::new();
    let claimed = claim(&mut connection, &mut Some(held), &mut failures).await;
    assert_eq!(claimed.expect("the lock"), 7);
    assert_eq!(failures, ["55P03"]);
}

/// Takes a new connection where the last one broke. The server comes back after the second failure.
#[retry(
    base_delay = 0,
    on_retry = |event| if event.attempt() == 2 {
        postgres.start_again();
    }
)]
async fn ask(
    postgres: &mut Postgres,
    connection: &mut Option<PgConnection>,
    failures: &mut Vec<String>,
) -> sqlx::Result<i32> {
    async {
        let mut taken = match connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&postgres.options()).await?,
        };
        let answer = query_scalar("SELECT 42").fetch_one(&mut taken).await?;
        *connection = Some(taken);
        Ok(answer)
    }
    .await
    .inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_restart_is_outlived() {
    let mut postgres = Postgres::start(&[]);
    let mut connection = Some(connect(&postgres).await);
    let mut failures = Vec::new();
    let before = ask(&mut postgres, &mut connection, &mut failures).await;
    assert_eq!(before.expect("a running server"), 42);
    assert!(failures.is_empty() && connection.is_some());

    postgres.stop();
    let after = ask(&mut postgres, &mut connection, &mut failures).await;
    assert_eq!(after.expect("a server that came back"), 42);
    assert_eq!(failures, ["57P01", "ConnectionRefused"]);
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

/// One of those who crowd in leaves after the first failure; the server takes a moment to see it.
#[retry(
    base_delay = "10ms",
    exponential_base = 1.0,
    max_retries = 1_000,
    on_retry = async |event| {
        classes.push(event.verdict().map(|verdict| verdict.class()));
        if event.attempt() == 1 {
            let leaving = crowd.pop().expect("a crowd");
            leaving.close().await.expect("a running server");
        }
    }
)]
async fn crowd_in(
    postgres: &Postgres,
    crowd: &mut Vec<PgConnection>,
    classes: &mut Vec<Option<Class>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<PgConnection> {
    let connected = PgConnection::connect_with(&postgres.options()).await;
    connected.inspect_err(|error| failures.push(code(error)))
}

#[tokio::test]
async fn a_full_server_throttles() {
    let settings = ["max_connections=3", "superuser_reserved_connections=0", "max_wal_senders=0"];
    let postgres = Postgres::start(&settings);
    let mut crowd = Vec::new();
    for _ in 0..3 {
        crowd.push(connect(&postgres).await);
    }
    let (mut classes, mut failures) = (Vec::new(), Vec::new());
    let last = crowd_in(&postgres, &mut crowd, &mut classes, &mut failures).await;
    last.expect("room after one has left");
    assert!(!failures.is_empty() && failures.iter().all(|code| code == "53300"), "{failures:?}");
    assert!(classes.iter().all(|&class| class == Some(Class::Throttled)), "{classes:?}");
}

#[tokio::test]
async fn mistakes_are_not_repeated() {
    #[retry(base_delay = 0)]
    async fn run(
        connection: &mut PgConnection,
        statement: &'static str,
        attempts: &mut u32,
    ) -> sqlx::Result<()> {
        *attempts += 1;
        connection.execute(statement).await.map(|_| ())
    }

    let postgres = Postgres::start(&[]);
    let mut connection = connect(&postgres).await;
    connection.execute("CREATE TABLE keys (id int PRIMARY KEY)").await.expect("a table");
    connection.execute("INSERT INTO keys VALUES (1)").await.expect("a row");
    let mistakes = [
        ("INSERT INTO keys VALUES (1)", "23505"),
        ("SELECT nothing FROM nowhere", "42P01"),
        ("SELEC 1", "42601"),
        ("SET statement_timeout = 1; SELECT pg_sleep(5)", "57014"),
    ];
    for (statement, expected) in mistakes {
        let mut attempts = 0;
        let error = run(&mut connection, statement, &mut attempts).await.expect_err("a mistake");
        assert_eq!((code(&error).as_str(), attempts), (expected, 1), "{statement}");
    }
}
