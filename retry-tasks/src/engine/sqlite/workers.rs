//! Which workers run, and the tasks that they run.

use std::collections::HashMap;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _, query, query_as};

use super::open::begin;
use super::text;
use crate::engine::Runs;
use crate::engine::select::LISTED_NAMES;
use crate::row::moment::Moment;
use crate::row::stored::column;

const ANNOUNCE: &str = "\
    INSERT INTO persevere_workers (worker, task, until) SELECT ?1, value, ?3 FROM json_each(?2) WHERE true \
    ON CONFLICT DO UPDATE SET until = excluded.until";

pub(super) async fn announce(
    connection: &mut SqliteConnection,
    worker: &str,
    tasks: &[String],
    (now, until): (Moment, Moment),
) -> sqlx::Result<()> {
    let mut transaction = begin!(connection);
    let gone = query("DELETE FROM persevere_workers WHERE until <= ?1").bind(now.0);
    gone.execute(&mut *transaction).await?;
    let tasks = serde_json::Value::from(tasks).to_string();
    let announce = query(ANNOUNCE).bind(worker).bind(tasks).bind(until.0);
    announce.execute(&mut *transaction).await?;
    transaction.commit().await
}

pub(super) async fn withdraw(connection: &mut SqliteConnection, worker: &str) -> sqlx::Result<()> {
    let mut transaction = begin!(connection);
    let gone = query("DELETE FROM persevere_workers WHERE worker = ?1").bind(worker);
    gone.execute(&mut *transaction).await?;
    transaction.commit().await
}

const RUNS: &str = "\
    SELECT EXISTS (SELECT 1 FROM persevere_workers WHERE until > ?1), \
        EXISTS (SELECT 1 FROM persevere_workers WHERE task = ?2 AND until > ?1)";

pub(super) async fn runs(
    connection: &mut SqliteConnection,
    task: &str,
    now: Moment,
) -> sqlx::Result<Runs> {
    let runs =
        query_as::<_, (bool, bool)>(RUNS).bind(now.0).bind(task).fetch_one(connection).await?;
    Ok(Runs::of(runs))
}

/// How many there are that run a task, by its name.
pub(super) async fn count(
    connection: &mut SqliteConnection,
    now: Moment,
) -> sqlx::Result<HashMap<String, u64>> {
    let sql = format!(
        "SELECT {}, count(*) FROM persevere_workers WHERE until > ?1 GROUP BY task ORDER BY task \
         LIMIT {LISTED_NAMES}",
        column!(task)
    );
    let rows = query(AssertSqlSafe(sql)).bind(now.0).fetch_all(connection).await?;
    let named = rows.iter().map(|row| {
        let count = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
        Ok((text(row, 0)?.unwrap_or_default(), count))
    });
    named.collect()
}
