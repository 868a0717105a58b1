//! What happens alike on each SQL server: deadlocks, locks, restarts, crowds, mistakes.

use persevere::{Class, retry};
use sqlx::{Connection as _, Database, Transaction};
use tokio::sync::Barrier;

/// A server, and what its driver does for these tests.
pub(crate) trait Server {
    type Driver: Database;

    /// Opens a connection of the tests' own user.
    async fn open(&self) -> sqlx::Result<Connection<Self>>;

    fn stop(&mut self);

    fn start_again(&mut self);

    /// The server's own code of an error, or the name of the error.
    fn code(error: &sqlx::Error) -> String;

    async fn execute(
        connection: &mut Connection<Self>,
        statement: &'static str,
    ) -> sqlx::Result<()>;

    /// The number that `statement` selects.
    async fn number(
        connection: &mut Connection<Self>,
        statement: &'static str,
    ) -> sqlx::Result<i32>;
}

pub(crate) type Connection<S> = <<S as Server>::Driver as Database>::Connection;

/// Adds one to each of two rows, in that order. In their first attempts, both calls have their first
/// row before either asks for its second. The chosen call begins again with the row that the other
/// has: with its own, it might take that one back before the other is woken, and both be stuck again.
#[retry(base_delay = 0, context = attempt)]
async fn add<S: Server>(
    connection: &mut Connection<S>,
    rows: [usize; 2],
    both: &Barrier,
    failures: &mut Vec<String>,
) -> sqlx::Result<()> {
    async {
        let updates = [
            "UPDATE counters SET value = value + 1 WHERE id = 0",
            "UPDATE counters SET value = value + 1 WHERE id = 1",
        ];
        let [first, second] = if attempt.is_first() { rows } else { [rows[1], rows[0]] };
        let mut transaction = connection.begin().await?;
        S::execute(&mut transaction, updates[first]).await?;
        if attempt.is_first() {
            both.wait().await;
        }
        S::execute(&mut transaction, updates[second]).await?;
        transaction.commit().await
    }
    .await
    .inspect_err(|error| failures.push(S::code(error)))
}

/// A deadlock, which the server ends with `code`, repeats the transaction that it has chosen.
pub(crate) async fn deadlocks<S: Server>(server: &S, code: &str) {
    let mut one = server.open().await.expect("a connection");
    let mut other = server.open().await.expect("a connection");
    for statement in [
        "CREATE TABLE counters (id INT PRIMARY KEY, value INT)",
        "INSERT INTO counters VALUES (0, 0), (1, 0)",
    ] {
        S::execute(&mut one, statement).await.expect("two rows");
    }

    let (mut failures, mut others) = (Vec::new(), Vec::new());
    let both = Barrier::new(2);
    let added = tokio::join!(
        add::<S>(&mut one, [0, 1], &both, &mut failures),
        add::<S>(&mut other, [1, 0], &both, &mut others),
    );
    assert!(matches!(added, (Ok(()), Ok(()))), "{added:?}");
    failures.append(&mut others);
    assert_eq!(failures, [code], "one of the two");
    for statement in ["SELECT MIN(value) FROM counters", "SELECT MAX(value) FROM counters"] {
        let value = S::number(&mut one, statement).await;
        assert_eq!(value.expect("both rows"), 2, "each added once to each");
    }
}

/// The holder releases its lock after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |_| if let Some(holder) = holder.take() {
        holder.rollback().await.expect("a rollback");
    }
)]
async fn claim<S: Server>(
    connection: &mut Connection<S>,
    statement: &'static str,
    holder: &mut Option<Transaction<'_, S::Driver>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<i32> {
    let claimed = S::number(connection, statement).await;
    claimed.inspect_err(|error| failures.push(S::code(error)))
}

/// Each of `statements` asks for a lock that another transaction holds, which fails with `code`, and
/// asks again.
pub(crate) async fn locks<S: Server>(server: &S, statements: &[&'static str], code: &str) {
    let mut connection = server.open().await.expect("a connection");
    let mut holder = server.open().await.expect("a connection");
    for statement in ["CREATE TABLE jobs (id INT PRIMARY KEY)", "INSERT INTO jobs VALUES (7)"] {
        S::execute(&mut connection, statement).await.expect("a row");
    }
    for &statement in statements {
        let mut held = holder.begin().await.expect("a transaction");
        S::execute(&mut held, "SELECT id FROM jobs FOR UPDATE").await.expect("the lock");

        let mut failures = Vec::new();
        let claimed = claim::<S>(&mut connection, statement, &mut Some(held), &mut failures).await;
        assert_eq!(claimed.expect("the lock"), 7);
        assert_eq!(failures, [code], "{statement}");
    }
}

/// Takes a new connection where the last one broke. The server comes back after the second failure.
#[retry(
    base_delay = 0,
    on_retry = |event| if event.attempt() == 2 {
        server.start_again();
    }
)]
async fn ask<S: Server>(
    server: &mut S,
    connection: &mut Option<Connection<S>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<i32> {
    async {
        let mut taken = match connection.take() {
            Some(connection) => connection,
            None => server.open().await?,
        };
        let answer = S::number(&mut taken, "SELECT 42").await?;
        *connection = Some(taken);
        Ok(answer)
    }
    .await
    .inspect_err(|error| failures.push(S::code(error)))
}

/// A connection breaks with the code `broken`, and the server refuses new ones until it is back.
pub(crate) async fn a_restart<S: Server>(mut server: S, broken: &str) {
    let mut connection = Some(server.open().await.expect("a connection"));
    let mut failures = Vec::new();
    let before = ask(&mut server, &mut connection, &mut failures).await;
    assert_eq!(before.expect("a running server"), 42);
    assert!(failures.is_empty() && connection.is_some());

    server.stop();
    let after = ask(&mut server, &mut connection, &mut failures).await;
    assert_eq!(after.expect("a server that came back"), 42);
    assert_eq!(failures, [broken, "ConnectionRefused"]);
}

/// One connection of the crowd leaves after the first failure; the server takes a moment to see it.
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
async fn crowd_in<S: Server>(
    open: &impl AsyncFn() -> sqlx::Result<Connection<S>>,
    crowd: &mut Vec<Connection<S>>,
    classes: &mut Vec<Option<Class>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<Connection<S>> {
    open().await.inspect_err(|error| failures.push(S::code(error)))
}

/// Without room for what `open` opens, the server refuses it with `code`, until one of the crowd
/// leaves; the new connection takes its place.
pub(crate) async fn no_room<S: Server>(
    open: impl AsyncFn() -> sqlx::Result<Connection<S>>,
    crowd: &mut Vec<Connection<S>>,
    code: &str,
) {
    let (mut classes, mut failures) = (Vec::new(), Vec::new());
    let last = crowd_in::<S>(&open, crowd, &mut classes, &mut failures).await;
    crowd.push(last.expect("room after one has left"));
    failures.dedup();
    assert_eq!(failures, [code]);
    classes.dedup();
    assert_eq!(classes, [Some(Class::Throttled)], "{code}");
}

#[retry(base_delay = 0)]
pub(crate) async fn run<S: Server>(
    connection: &mut Connection<S>,
    statement: &'static str,
    attempts: &mut u32,
) -> sqlx::Result<()> {
    *attempts += 1;
    S::execute(connection, statement).await
}

/// Statements that are wrong, each with its code, fail at the first attempt. The table `ids` has a 1.
pub(crate) async fn mistakes<S: Server>(server: &S, mistakes: &[(&'static str, &str)]) {
    let mut connection = server.open().await.expect("a connection");
    for statement in ["CREATE TABLE ids (id INT PRIMARY KEY)", "INSERT INTO ids VALUES (1)"] {
        S::execute(&mut connection, statement).await.expect("a row");
    }
    for &(statement, code) in mistakes {
        let mut attempts = 0;
        let error = run::<S>(&mut connection, statement, &mut attempts).await;
        let error = error.expect_err("a mistake");
        assert_eq!((S::code(&error).as_str(), attempts), (code, 1), "{statement}");
    }
}
