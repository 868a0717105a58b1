//! Transactions on a real MariaDB that lose against others; in a module of its own, servers that are
//! down, full or read-only. Hooks change the server's state, so that no test waits
//! for a time.

mod mariadb_sessions;
#[path = "../services/mod.rs"]
mod services;
mod sql;

use persevere::retry;
use services::mariadb::MariaDb;
use sqlx::mysql::{MySql, MySqlConnection, MySqlDatabaseError};
use sqlx::{Connection as _, Executor as _, query_scalar};

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

impl sql::Server for MariaDb {
    type Driver = MySql;

    async fn open(&self) -> sqlx::Result<MySqlConnection> {
        MySqlConnection::connect_with(&self.options("test")).await
    }

    fn stop(&mut self) {
        self.stop();
    }

    fn start_again(&mut self) {
        self.start_again();
    }

    fn code(error: &sqlx::Error) -> String {
        number(error)
    }

    async fn execute(to: &mut MySqlConnection, statement: &'static str) -> sqlx::Result<()> {
        to.execute(statement).await.map(|_| ())
    }

    async fn number(from: &mut MySqlConnection, statement: &'static str) -> sqlx::Result<i32> {
        query_scalar(statement).fetch_one(from).await
    }
}

#[tokio::test]
async fn deadlocks_repeat_the_transaction_that_was_chosen() {
    sql::deadlocks(&MariaDb::start(&[]), "1213").await;
}

#[tokio::test]
async fn locks_that_are_held_are_requested_again() {
    let mariadb = MariaDb::start(&["innodb-lock-wait-timeout=0"]);
    let statements = ["SELECT id FROM jobs FOR UPDATE", "SELECT id FROM jobs FOR UPDATE NOWAIT"];
    sql::locks(&mariadb, &statements, "1205").await;
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
    let mariadb = MariaDb::start(&[]);
    let mistakes = [
        ("INSERT INTO ids VALUES (1)", "1062"),
        ("SELECT nothing FROM nowhere", "1146"),
        ("SELEC 1", "1064"),
        ("SET STATEMENT max_statement_time = 0.01 FOR SELECT SLEEP(5) FROM seq_1_to_10", "1969"),
        ("GRANT ALL ON *.* TO test", "1045"),
    ];
    sql::mistakes(&mariadb, &mistakes).await;

    let mut operator = connect(&mariadb, "operator").await;
    let create = "CREATE USER limited WITH MAX_QUERIES_PER_HOUR 10";
    operator.execute(create).await.expect("an operator may");
    operator.execute("GRANT ALL ON test.* TO limited").await.expect("an operator may");
    let mut limited = connect(&mariadb, "limited").await;
    let mut attempts = 0;
    let error = loop {
        let ran = sql::run::<MariaDb>(&mut limited, "SELECT 1", &mut attempts).await;
        if let Err(error) = ran {
            break error;
        }
    };
    assert_eq!(number(&error), "1226", "of this hour");
    let mut attempts = 0;
    let again = sql::run::<MariaDb>(&mut limited, "SELECT 1", &mut attempts).await;
    again.expect_err("the same hour");
    assert_eq!(attempts, 1);
}
