//! Sessions with a MariaDB that kills them, restarts, only reads, or has no room.

use persevere::retry;
use sqlx::mysql::MySqlConnection;
use sqlx::{Connection as _, Executor as _, query, query_scalar};

use super::services::mariadb::MariaDb;
use super::{connect, number, sql};

/// The operator ends the first attempt; the second opens a new session.
#[retry(base_delay = 0, context = attempt)]
async fn sleep_unless_killed(
    mariadb: &MariaDb,
    operator: &mut MySqlConnection,
    kill_by: &'static str,
    failures: &mut Vec<String>,
) -> sqlx::Result<()> {
    async {
        let mut connection = connect(mariadb, "test").await;
        if !attempt.is_first() {
            return connection.close().await;
        }
        let id: u64 = query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut connection).await?;
        let wait = query("SELECT SLEEP(60) FROM seq_1_to_10").execute(&mut connection);
        let kill = async {
            let runs = "SELECT COUNT(*) FROM information_schema.PROCESSLIST
                WHERE ID = ? AND STATE = 'User sleep'";
            while query_scalar::<_, i64>(runs).bind(id).fetch_one(&mut *operator).await? == 0 {
                tokio::task::yield_now().await;
            }
            query(kill_by).bind(id).execute(&mut *operator).await
        };
        let (waited, killed) = tokio::join!(wait, kill);
        killed.expect("an operator may");
        waited.map(|_| ())
    }
    .await
    .inspect_err(|error| failures.push(number(error)))
}

#[tokio::test]
async fn a_killed_session_is_begun_anew_but_not_a_cancelled_statement() {
    let mariadb = MariaDb::start(&[]);
    let mut operator = connect(&mariadb, "operator").await;
    let mut failures = Vec::new();
    let done = sleep_unless_killed(&mariadb, &mut operator, "KILL ?", &mut failures).await;
    done.expect("another session");
    assert_eq!(failures, ["broken"]);

    let mut failures = Vec::new();
    let done = sleep_unless_killed(&mariadb, &mut operator, "KILL QUERY ?", &mut failures).await;
    done.expect_err("somebody did not want the answer");
    assert_eq!(failures, ["1317"]);
}

#[tokio::test]
async fn a_restart_is_outlived() {
    sql::a_restart(MariaDb::start(&[]), "broken").await;
}

/// The server takes writes again after the first failure.
#[retry(
    base_delay = 0,
    on_retry = async |_| {
        operator.execute("SET GLOBAL read_only = OFF").await.expect("an operator may");
    }
)]
async fn insert(
    connection: &mut MySqlConnection,
    operator: &mut MySqlConnection,
    failures: &mut Vec<String>,
) -> sqlx::Result<()> {
    let inserted = connection.execute("INSERT INTO orders VALUES (1)").await;
    inserted.map(|_| ()).inspect_err(|error| failures.push(number(error)))
}

#[tokio::test]
async fn a_write_during_a_failover_is_tried_again() {
    let mariadb = MariaDb::start(&[]);
    let mut connection = connect(&mariadb, "test").await;
    let mut operator = connect(&mariadb, "operator").await;
    connection.execute("CREATE TABLE orders (id INT PRIMARY KEY)").await.expect("a table");
    operator.execute("SET GLOBAL read_only = ON").await.expect("an operator may");

    let mut failures = Vec::new();
    insert(&mut connection, &mut operator, &mut failures).await.expect("a server that writes");
    assert_eq!(failures, ["1290"]);
}

/// Without room for one more connection: of one user, of each, of anybody.
#[tokio::test]
async fn a_full_server_throttles() {
    let mariadb = MariaDb::start(&["max-connections=10", "max-user-connections=8"]);
    let mut operator = connect(&mariadb, "operator").await;
    for statement in [
        "CREATE USER limited WITH MAX_USER_CONNECTIONS 1",
        "CREATE USER other",
        "GRANT ALL ON test.* TO limited, other",
    ] {
        operator.execute(statement).await.expect("an operator may");
    }

    let mut crowd = Vec::new();
    for (fills, places, asks, expected) in [
        ("limited", 1, "limited", "1226"),
        ("test", 8, "test", "1203"),
        ("nobody", 0, "other", "1040"), // there are one `operator`, one `limited` and eight `test`
    ] {
        for _ in 0..places {
            crowd.push(connect(&mariadb, fills).await);
        }
        let open = async || MySqlConnection::connect_with(&mariadb.options(asks)).await;
        sql::no_room::<MariaDb>(open, &mut crowd, expected).await;
    }
}
