//! Looking at tasks; and those that have ended, or are to end.

use std::collections::HashMap;
use std::time::Duration;

use persevere_core::task::TaskId;
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, query, query_scalar};
use uuid::Uuid;

use super::{columns, of_json, text, uuid};
use crate::engine::select::LISTED_NAMES;
use crate::engine::sizes::{SIZE, first_within};
use crate::engine::{Cancelled, Listing, Look, Selection, TaskStats, listing};
use crate::row::moment::{Moment, micros};
use crate::row::progress::START_AGAIN;
use crate::row::stored::{column, stored};

fn look_at(row: &PgRow) -> sqlx::Result<Look> {
    Ok(stored!(row, TaskId::from_u128(row.try_get::<Uuid, _>(0)?.as_u128()), text).look())
}

fn uuids(ids: &[TaskId]) -> Vec<Uuid> {
    ids.iter().copied().map(uuid).collect()
}

pub(super) async fn look(
    connection: &mut PgConnection,
    ids: &[TaskId],
) -> sqlx::Result<Vec<Option<Look>>> {
    let columns = columns();
    let sql = format!("SELECT {columns} FROM persevere.tasks WHERE id = ANY($1)");
    let mut looks = HashMap::new();
    for row in query(AssertSqlSafe(sql)).bind(uuids(ids)).fetch_all(connection).await? {
        let look = look_at(&row)?;
        looks.insert(look.row.id, look);
    }
    Ok(ids.iter().map(|id| looks.get(id).cloned()).collect())
}

/// The first of these tasks that have no more than `bytes` in all.
pub(super) async fn look_within(
    connection: &mut PgConnection,
    ids: &[TaskId],
    bytes: u64,
) -> sqlx::Result<Vec<Look>> {
    let size = of_json(SIZE);
    let sql = format!("SELECT id, ({size})::bigint FROM persevere.tasks WHERE id = ANY($1)");
    let mut sizes = HashMap::new();
    for row in query(AssertSqlSafe(sql)).bind(uuids(ids)).fetch_all(&mut *connection).await? {
        let size = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
        sizes.insert(TaskId::from_u128(row.try_get::<Uuid, _>(0)?.as_u128()), size);
    }
    let looks = look(connection, &first_within(ids, &sizes, bytes)).await?;
    Ok(looks.into_iter().flatten().collect())
}

const WAITING: &str = "\
    SELECT id FROM persevere.tasks WHERE state = 'waiting' AND task = ANY($1) \
    ORDER BY due, id LIMIT $2";

pub(super) async fn waiting(
    connection: &mut PgConnection,
    names: &[String],
    limit: i64,
) -> sqlx::Result<Vec<TaskId>> {
    let ids =
        query_scalar::<_, Uuid>(WAITING).bind(names).bind(limit).fetch_all(connection).await?;
    Ok(ids.into_iter().map(|id| TaskId::from_u128(id.as_u128())).collect())
}

pub(super) async fn list(
    connection: &mut PgConnection,
    which: &Listing,
) -> sqlx::Result<Vec<TaskId>> {
    if let Some(dead) = which.of_the_dead() {
        return dead_ids(connection, &dead).await;
    }
    let mut select = listing::select::<Postgres>("persevere.tasks", which);
    let ids = select.build_query_scalar::<Uuid>().fetch_all(connection).await?;
    Ok(ids.into_iter().map(|id| TaskId::from_u128(id.as_u128())).collect())
}

/// The ids of the dead that are meant, first the one that died last.
pub(super) async fn dead_ids(
    connection: &mut PgConnection,
    which: &Selection,
) -> sqlx::Result<Vec<TaskId>> {
    let mut found = Vec::new();
    for named in which.each() {
        let mut select =
            which.dead_in::<Postgres>("persevere.tasks", named, |id| format!("'{id}'"));
        for row in select.build().fetch_all(&mut *connection).await? {
            let id = row.try_get::<Uuid, _>(1)?.as_u128();
            let ended = row.try_get::<Option<i64>, _>(0)?;
            found.push((ended.unwrap_or_default(), TaskId::from_u128(id)));
        }
    }
    Ok(which.latest(found))
}

/// Due now, as if nothing had been, without the key.
const REQUEUE: &str = "\
    WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) \
    UPDATE persevere.tasks SET state = 'waiting', due = now, first_due = now, \
        progress = progress || $2::jsonb, suspect = false, reason = NULL, error = NULL, ended = NULL \
    FROM clock WHERE id = ANY($1) AND state = 'dead' RETURNING id";

/// The key is taken again where no other task has it by now.
const TAKE_KEYS: &str = "\
    UPDATE persevere.tasks AS t SET holds_key = true \
    WHERE t.id IN (SELECT DISTINCT ON (task, key) id FROM persevere.tasks \
            WHERE id = ANY($1) AND key IS NOT NULL ORDER BY task, key, id) \
        AND NOT EXISTS (SELECT 1 FROM persevere.tasks AS other \
            WHERE other.holds_key AND other.task = t.task AND other.key = t.key)";

pub(super) async fn requeue(connection: &mut PgConnection, which: &Selection) -> sqlx::Result<u64> {
    let mut transaction = connection.begin().await?;
    let mut ids = dead_ids(&mut transaction, which).await?;
    ids.sort_unstable();
    let update = query_scalar::<_, Uuid>(REQUEUE).bind(uuids(&ids)).bind(START_AGAIN);
    let requeued = update.fetch_all(&mut *transaction).await?;
    query(TAKE_KEYS).bind(&requeued).execute(&mut *transaction).await?;
    query("SELECT pg_notify('persevere_tasks', '')").execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(requeued.len() as u64)
}

pub(super) async fn discard(connection: &mut PgConnection, which: &Selection) -> sqlx::Result<u64> {
    let ids = dead_ids(connection, which).await?;
    let delete = query("DELETE FROM persevere.tasks WHERE id = ANY($1) AND state = 'dead'");
    Ok(delete.bind(uuids(&ids)).execute(connection).await?.rows_affected())
}

/// Ends a task that waits, and marks one that runs.
const CANCEL: &str = "\
    WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) \
    UPDATE persevere.tasks SET cancel = state = 'running', \
        state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END, \
        ended = CASE state WHEN 'waiting' THEN now END, \
        keep_until = CASE state WHEN 'waiting' THEN now + $2 END, \
        holds_key = holds_key AND state = 'running', begun = begun AND state = 'running' \
    FROM clock WHERE id = $1 AND state IN ('waiting', 'running') RETURNING state";

pub(super) async fn cancel(
    connection: &mut PgConnection,
    id: TaskId,
    keep: Duration,
) -> sqlx::Result<Option<Cancelled>> {
    let update = query_scalar::<_, String>(CANCEL).bind(uuid(id)).bind(micros(keep));
    Ok(match update.fetch_optional(&mut *connection).await?.as_deref() {
        Some("running") => Some(Cancelled::Requested),
        Some(_) => Some(Cancelled::BeforeStart),
        None => {
            let known = query("SELECT FROM persevere.tasks WHERE id = $1").bind(uuid(id));
            known.fetch_optional(connection).await?.map(|_| Cancelled::TooLate)
        }
    })
}

const PRUNE: &str = "\
    DELETE FROM persevere.tasks WHERE id IN (SELECT id FROM persevere.tasks \
        WHERE keep_until IS NOT NULL AND keep_until <= (SELECT persevere.now_us()) \
        ORDER BY keep_until LIMIT $1 FOR UPDATE SKIP LOCKED)";

pub(super) async fn prune(connection: &mut PgConnection, limit: i64) -> sqlx::Result<u64> {
    Ok(query(PRUNE).bind(limit).execute(connection).await?.rows_affected())
}

/// Tasks that have ended well do not occur.
fn stats_sql() -> String {
    let each = |state: &str, numbers: &str| {
        format!(
            "(SELECT {name}, {numbers} FROM persevere.tasks, clock WHERE state = '{state}' \
             GROUP BY task ORDER BY task COLLATE \"C\" LIMIT {LISTED_NAMES})",
            name = column!(task),
        )
    };
    let waiting = "count(*), count(*) FILTER (WHERE due <= now), 0::bigint, 0::bigint, \
        min(due) FILTER (WHERE due <= now), max(now)";
    let each = [
        each("waiting", waiting),
        each("running", "0, 0, count(*), 0, NULL, NULL"),
        each("dead", "0, 0, 0, count(*), NULL, NULL"),
    ];
    let each = each.join(" UNION ALL ");
    format!("WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) {each}")
}

pub(super) async fn stats(connection: &mut PgConnection) -> sqlx::Result<Vec<TaskStats>> {
    let mut stats = Vec::new();
    for row in query(AssertSqlSafe(stats_sql())).fetch_all(connection).await? {
        let number = |index| -> sqlx::Result<u64> {
            Ok(u64::try_from(row.try_get::<i64, _>(index)?).unwrap_or_default())
        };
        let now = Moment(row.try_get::<Option<i64>, _>(6)?.unwrap_or_default());
        let oldest = row.try_get::<Option<i64>, _>(5)?.map(Moment);
        stats.push(TaskStats {
            task: row.try_get(0)?,
            waiting: number(1)?,
            due: number(2)?,
            running: number(3)?,
            dead: number(4)?,
            oldest_due: oldest.map(|due| now.since(due)),
            workers: 0,
        });
    }
    Ok(TaskStats::merged(stats))
}
