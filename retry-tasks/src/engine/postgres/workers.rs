//! Which workers run, and the tasks that they run.

use std::collections::HashMap;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query, query_as};

use crate::engine::Runs;
use crate::engine::select::LISTED_NAMES;
use crate::row::moment::micros;
use crate::row::stored::column;

const ANNOUNCE: &str = "\
    WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now), gone AS ( \
        DELETE FROM persevere.workers USING clock WHERE until <= now AND worker <> $1) \
    INSERT INTO persevere.workers (worker, task, until) \
    SELECT $1, task, now + $3 FROM clock, unnest($2::text[]) AS task \
    ON CONFLICT (task, worker) DO UPDATE SET until = excluded.until";

pub(super) async fn announce(
    connection: &mut PgConnection,
    worker: &str,
    tasks: &[String],
    span: Duration,
) -> sqlx::Result<()> {
    let announce = query(ANNOUNCE).bind(worker).bind(tasks).bind(micros(span));
    announce.execute(connection).await.map(drop)
}

pub(super) async fn withdraw(connection: &mut PgConnection, worker: &str) -> sqlx::Result<()> {
    let gone = query("DELETE FROM persevere.workers WHERE worker = $1").bind(worker);
    gone.execute(connection).await.map(drop)
}

const RUNS: &str = "\
    WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) \
    SELECT EXISTS (SELECT 1 FROM persevere.workers WHERE until > now), \
        EXISTS (SELECT 1 FROM persevere.workers WHERE task = $1 AND until > now) FROM clock";

pub(super) async fn runs(connection: &mut PgConnection, task: &str) -> sqlx::Result<Runs> {
    let runs = query_as::<_, (bool, bool)>(RUNS).bind(task).fetch_one(connection).await?;
    Ok(Runs::of(runs))
}

/// How many there are that run a task, by its name.
pub(super) async fn count(connection: &mut PgConnection) -> sqlx::Result<HashMap<String, u64>> {
    let sql = format!(
        "SELECT {}, count(*) FROM persevere.workers WHERE until > (SELECT persevere.now_us()) \
         GROUP BY task ORDER BY task COLLATE \"C\" LIMIT {LISTED_NAMES}",
        column!(task)
    );
    let rows = query_as::<_, (String, i64)>(AssertSqlSafe(sql)).fetch_all(connection).await?;
    Ok(rows
        .into_iter()
        .map(|(task, count)| (task, u64::try_from(count).unwrap_or_default()))
        .collect())
}
