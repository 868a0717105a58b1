//! Transactions on a real MariaDB that lose against others; in a module of its own, servers that are
//! down, full or read-only. Hooks change the server's state, so that no test waits
//! for a time.

mod mariadb_sessions;
#[path = "../services/mod.rs"]
mod services;

use persevere::retry;
use services::mariadb::MariaDb;
use sqlx::mysql::{MySqlConnection, MySqlDatabaseError, MySqlTransaction};
use sqlx::{Connection as _, Executor as _, query, query_scalar};
use tokio::sync::Barrier;

async fn connect(mariadb: &MariaDb, user: &str) -> MySqlConnection {
    MySqlConnection::connect_with(&mariadb.options(user)).await.expect("a connection")
}

/// The error's number, or the name of the error; `broken` for all that a broken connection may show.
fn number(error: &sqlx::Error) -> String {
    use std::io::ErrorKind as Kind;
    match error {
        sqlx::Error::Database(error) => {
            error.downcast_ref::<MySqlDatabaseError>().number().to_string()
        }
        sqlx::Error::Io(error) => match error.kind() {
            Kind::UnexpectedEof | Kind::ConnectionReset | Kind::BrokenPipe => "broken".to_owned(),
            kind => format!("{kind:?}"),
        },
        _ => format!("{error:?}"),
    }
}

/// Adds one to each of two rows, in that order. In their first attempts, both calls have their first
/// row before either asks for its second. The chosen call begins again with the row that the other
/// has.
#[retry(base_delay = 0, context = attempt)]
async fn add(
    connection: &mut MySqlConnection,
    rows: [i32; 2],
    both: &Barrier,
    failures: &mut Vec<String>,
) -> sqlx::Result<()> {
    async {
        let update = "UPDATE counters SET value = value + 1 WHERE id = ?";
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
    .inspect_err(|error| failures.push(number(error)))
}

#[tokio::test]
async fn deadlocks_repeat_the_transaction_that_was_chosen() {
    let mariadb = MariaDb::start(&[]);
    let (mut one, mut other) = (connect(&mariadb, "test").await, connect(&mariadb, "test").await);
    one.execute("CREATE TABLE counters (id INT PRIMARY KEY, value INT)").await.expect("a table");
    one.execute("INSERT INTO counters VALUES (1, 0), (2, 0)").await.expect("rows");

    let (mut failures, mut others) = (Vec::new(), Vec::new());
    let both = Barrier::new(2);
    let added = tokio::join!(
        add(&mut one, [1, 2], &both, &mut failures),
        add(&mut other, [2, 1], &both, &mut others),
    );
    assert!(matches!(added, (Ok(()), Ok(()))), "{added:?}");
    failures.append(&mut others);
    assert_eq!(failures, ["1213"], "one of the two");
    let values = query_scalar::<_, i32>("SELECT value FROM counters").fetch_all(&mut one).await;
    assert_eq!(values.expect("both rows"), [2, 2], "each added once to each");
}

/// The holder releases its lock after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |_| if let Some(holder) = holder.take() {
        holder.rollback().await.expect("a rollback");
    }
)]
async fn claim(
    connection: &mut MySqlConnection,
    statement: &'static str,
    holder: &mut Option<MySqlTransaction<'_>>,
    failures: &mut Vec<String>,
) -> sqlx::Result<i32> {
    let claimed = query_scalar(statement).fetch_one(connection).await;
    claimed.inspect_err(|error| failures.push(number(error)))
}

#[tokio::test]
async fn locks_that_are_not_to_be_had_are_asked_for_again() {
    let mariadb = MariaDb::start(&["innodb-lock-wait-timeout=0"]);
    let mut connection = connect(&mariadb, "test").await;
    let mut holder = connect(&mariadb, "test").await;
    connection.execute("CREATE TABLE jobs (id INT PRIMARY KEY)").await.expect("a table");
    connection.execute("INSERT INTO jobs VALUES (7)").await.expect("a row");
    for statement in ["SELECT id FROM jobs FOR UPDATE", "SELECT id FROM jobs FOR UPDATE NOWAIT"] {
        let mut held = holder.begin().await.expect("a transaction");
        held.execute("SELECT id FROM jobs FOR UPDATE").await.expect("the lock");

        let mut failures = Vec::new();
        let claimed = claim(&mut connection, statement, &mut Some(held), &mut failures).await;
        assert_eq!(claimed.expect("the lock"), 7);
        assert_eq!(failures, ["1205"], "{statement}");
    }
}

/// Reads, lets a rival do its work in the first attempt, and goes on from what it has read.
#[retry(base_delay = 0, context = attempt)]
async fn go_on_beside(
    connection: &mut MySqlConnection,
    rival: &mut MySqlConnection,
    [begin, work, go_on]: [&'static str; 3],
    failures: &mut Vec<String>,
) -> sqlx::Result<()> {
    async {
        let mut transaction = connection.begin().await?;
        transaction.execute(begin).await?;
        if attempt.is_first() {
            rival.execute(work).await?;
        }
        transaction.execute(go_on).await?;
        transaction.commit().await
    }
    .await
    .inspect_err(|error| failures.push(number(error)))
}

#[tokio::test]
async fn snapshots_that_are_out_of_date_repeat_the_transaction() {
    let mariadb = MariaDb::start(&["innodb-snapshot-isolation=ON"]);
    let (mut connection, mut rival) =
        (connect(&mariadb, "test").await, connect(&mariadb, "test").await);
    connection.execute("CREATE TABLE seats (free INT)").await.expect("a table");
    connection.execute("INSERT INTO seats VALUES (9)").await.expect("a row");
    connection.execute("CREATE TABLE guests (name TEXT)").await.expect("a table");

    let read = "SELECT * FROM seats";
    let update = "UPDATE seats SET free = free - 1";
    let mut failures = Vec::new();
    let row_changed = [read, update, update];
    let done = go_on_beside(&mut connection, &mut rival, row_changed, &mut failures).await;
    done.expect("a newer snapshot");
    assert_eq!(failures, ["1020"], "the row changed since it was read");
    let free = query_scalar::<_, i32>("SELECT free FROM seats").fetch_one(&mut rival).await;
    assert_eq!(free.expect("the row"), 7);

    let mut failures = Vec::new();
    let table_changed = [read, "ALTER TABLE guests FORCE", "SELECT * FROM guests"];
    let done = go_on_beside(&mut connection, &mut rival, table_changed, &mut failures).await;
    done.expect("a newer snapshot");
    assert_eq!(failures, ["1412"], "the table is a new one");
}

#[tokio::test]
async fn mistakes_are_not_repeated() {
    #[retry(base_delay = 0)]
    async fn run(
        connection: &mut MySqlConnection,
        statement: &'static str,
        attempts: &mut u32,
    ) -> sqlx::Result<()> {
        *attempts += 1;
        connection.execute(statement).await.map(|_| ())
    }

    let mariadb = MariaDb::start(&[]);
    let mut operator = connect(&mariadb, "operator").await;
    let create = "CREATE USER limited WITH MAX_QUERIES_PER_HOUR 10";
    operator.execute(create).await.expect("an operator may");
    operator.execute("GRANT ALL ON test.* TO limited").await.expect("an operator may");
    let mut connection = connect(&mariadb, "test").await;
    connection.execute("CREATE TABLE ids (id INT PRIMARY KEY)").await.expect("a table");
    connection.execute("INSERT INTO ids VALUES (1)").await.expect("a row");
    let mistakes = [
        ("INSERT INTO ids VALUES (1)", "1062"),
        ("SELECT nothing FROM nowhere", "1146"),
        ("SELEC 1", "1064"),
        ("SET STATEMENT max_statement_time = 0.01 FOR SELECT SLEEP(5) FROM seq_1_to_10", "1969"),
        ("GRANT ALL ON *.* TO test", "1045"),
    ];
    for (statement, expected) in mistakes {
        let mut attempts = 0;
        let error = run(&mut connection, statement, &mut attempts).await.expect_err("a mistake");
        assert_eq!((number(&error).as_str(), attempts), (expected, 1), "{statement}");
    }

    let mut limited = connect(&mariadb, "limited").await;
    let mut attempts = 0;
    let error = loop {
        if let Err(error) = run(&mut limited, "SELECT 1", &mut attempts).await {
            break error;
        }
    };
    assert_eq!(number(&error), "1226", "of this hour");
    let mut attempts = 0;
    run(&mut limited, "SELECT 1", &mut attempts).await.expect_err("the same hour");
    assert_eq!(attempts, 1);
}
