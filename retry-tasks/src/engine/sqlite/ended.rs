//! Looking at tasks; and those that have ended, or are to end.

use std::collections::HashMap;
use std::time::Duration;

use persevere_core::task::TaskId;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, query};

use super::open::begin;
use super::{id, text};
use crate::engine::clock::Clock;
use crate::engine::select::LISTED_NAMES;
use crate::engine::sizes::{SIZE, first_within};
use crate::engine::{Cancelled, Listing, Look, Selection, TaskStats, listing};
use crate::row::moment::Moment;
use crate::row::progress::START_AGAIN;
use crate::row::stored::{COLUMNS, column, stored};

fn look_at(row: &SqliteRow) -> sqlx::Result<Look> {
    Ok(stored!(row, id::read(row.try_get(0)?), text).look())
}

/// How many tasks one statement looks at.
const AT_ONCE: usize = 500;

/// The tasks of a list of ids in JSON.
pub(super) fn look_sql() -> String {
    format!(
        "SELECT {COLUMNS} FROM persevere_tasks WHERE id IN (SELECT unhex(value) FROM json_each(?1))"
    )
}

pub(super) async fn look(
    connection: &mut SqliteConnection,
    ids: &[TaskId],
) -> sqlx::Result<Vec<Option<Look>>> {
    let sql = look_sql();
    let mut looks = Vec::with_capacity(ids.len());
    for ids in ids.chunks(AT_ONCE) {
        let select = query(AssertSqlSafe(sql.as_str())).bind(id::list(ids));
        let mut found = HashMap::new();
        for row in select.fetch_all(&mut *connection).await? {
            let look = look_at(&row)?;
            found.insert(look.row.id, look);
        }
        looks.extend(ids.iter().map(|id| found.get(id).cloned()));
    }
    Ok(looks)
}

/// The first of these tasks that have no more than `bytes` in all.
pub(super) async fn look_within(
    connection: &mut SqliteConnection,
    ids: &[TaskId],
    bytes: u64,
) -> sqlx::Result<Vec<Look>> {
    let sql = format!(
        "SELECT id, {SIZE} FROM persevere_tasks \
         WHERE id IN (SELECT unhex(value) FROM json_each(?1))"
    );
    let mut transaction = connection.begin().await?;
    let mut sizes = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let select = query(AssertSqlSafe(sql.as_str())).bind(id::list(ids));
        for row in select.fetch_all(&mut *transaction).await? {
            let size = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
            sizes.insert(id::read(row.try_get(0)?), size);
        }
    }
    let looks = look(&mut transaction, &first_within(ids, &sizes, bytes)).await?;
    transaction.commit().await?;
    Ok(looks.into_iter().flatten().collect())
}

const WAITING: &str = "\
    SELECT id FROM persevere_tasks \
    WHERE state = 'waiting' AND task IN (SELECT value FROM json_each(?1)) ORDER BY due, id LIMIT ?2";

pub(super) async fn waiting(
    connection: &mut SqliteConnection,
    names: &[String],
    limit: i64,
) -> sqlx::Result<Vec<TaskId>> {
    let names = serde_json::Value::from(names).to_string();
    let rows = query(WAITING).bind(names).bind(limit).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(id::read(row.try_get(0)?))).collect()
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    which: &Listing,
) -> sqlx::Result<Vec<TaskId>> {
    if let Some(dead) = which.of_the_dead() {
        return dead_ids(connection, &dead).await;
    }
    let mut select = listing::select::<Sqlite>("persevere_tasks", which);
    let rows = select.build().fetch_all(connection).await?;
    rows.iter().map(|row| Ok(id::read(row.try_get(0)?))).collect()
}

/// The ids of the dead that are meant, first the one that died last.
pub(super) async fn dead_ids(
    connection: &mut SqliteConnection,
    which: &Selection,
) -> sqlx::Result<Vec<TaskId>> {
    let mut found = Vec::new();
    for named in which.each() {
        let mut select = which.dead_in::<Sqlite>("persevere_tasks", named, id::literal);
        for row in select.build().fetch_all(&mut *connection).await? {
            let ended = row.try_get::<Option<i64>, _>(0)?;
            found.push((ended.unwrap_or_default(), id::read(row.try_get(1)?)));
        }
    }
    Ok(which.latest(found))
}

/// Due now, as if nothing had been. The key is taken again where no other task has it by now.
const REQUEUE: &str = "\
    UPDATE persevere_tasks SET state = 'waiting', due = ?2, first_due = ?2, \
        progress = json_patch(CASE WHEN octet_length(progress) <= 1048576 AND json_valid(progress) \
            THEN progress ELSE '{}' END, ?3), \
        suspect = 0, reason = NULL, error = NULL, ended = NULL, \
        holds_key = key IS NOT NULL AND NOT EXISTS (SELECT 1 FROM persevere_tasks AS other \
            WHERE other.holds_key = 1 AND other.task = persevere_tasks.task \
            AND other.key = persevere_tasks.key) \
    WHERE id = ?1 AND state = 'dead'";

pub(super) async fn requeue(
    connection: &mut SqliteConnection,
    clock: Clock,
    which: &Selection,
) -> sqlx::Result<u64> {
    let mut transaction = begin!(connection);
    let now = clock.now();
    let mut requeued = 0;
    for dead in dead_ids(&mut transaction, which).await? {
        let update = query(REQUEUE).bind(id::bytes(dead)).bind(now.0).bind(START_AGAIN);
        requeued += update.execute(&mut *transaction).await?.rows_affected();
    }
    transaction.commit().await?;
    Ok(requeued)
}

pub(super) async fn discard(
    connection: &mut SqliteConnection,
    which: &Selection,
) -> sqlx::Result<u64> {
    let mut transaction = begin!(connection);
    let mut discarded = 0;
    for dead in dead_ids(&mut transaction, which).await? {
        let delete = query("DELETE FROM persevere_tasks WHERE id = ?1").bind(id::bytes(dead));
        discarded += delete.execute(&mut *transaction).await?.rows_affected();
    }
    transaction.commit().await?;
    Ok(discarded)
}

/// Ends a task that waits.
const CANCEL_WAITING: &str = "\
    UPDATE persevere_tasks SET state = 'cancelled', ended = ?2, keep_until = ?3, holds_key = 0, \
        begun = 0 \
    WHERE id = ?1 AND state = 'waiting'";

pub(super) async fn cancel(
    connection: &mut SqliteConnection,
    clock: Clock,
    id: TaskId,
    keep: Duration,
) -> sqlx::Result<Option<Cancelled>> {
    let mut transaction = begin!(connection);
    let now = clock.now();
    let waiting = query(CANCEL_WAITING).bind(id::bytes(id)).bind(now.0).bind(now.after(keep).0);
    let running =
        query("UPDATE persevere_tasks SET cancel = 1 WHERE id = ?1 AND state = 'running'");
    let known = query("SELECT 1 FROM persevere_tasks WHERE id = ?1").bind(id::bytes(id));
    let cancelled = if waiting.execute(&mut *transaction).await?.rows_affected() > 0 {
        Some(Cancelled::BeforeStart)
    } else if running.bind(id::bytes(id)).execute(&mut *transaction).await?.rows_affected() > 0 {
        Some(Cancelled::Requested)
    } else {
        known.fetch_optional(&mut *transaction).await?.map(|_| Cancelled::TooLate)
    };
    transaction.commit().await?;
    Ok(cancelled)
}

pub(super) const PRUNE: &str = "\
    DELETE FROM persevere_tasks WHERE rowid IN (SELECT rowid FROM persevere_tasks \
        WHERE keep_until IS NOT NULL AND keep_until <= ?1 ORDER BY keep_until LIMIT ?2)";

pub(super) async fn prune(
    connection: &mut SqliteConnection,
    now: Moment,
    limit: i64,
) -> sqlx::Result<u64> {
    let mut transaction = begin!(connection);
    let delete = query(PRUNE).bind(now.0).bind(limit);
    let deleted = delete.execute(&mut *transaction).await?.rows_affected();
    transaction.commit().await?;
    Ok(deleted)
}

/// Each by the index of its state, in which ended tasks that went well do not occur.
pub(super) fn stats_sql() -> String {
    let each = |state: &str, numbers: &str| {
        format!(
            "SELECT * FROM (SELECT {name}, {numbers} FROM persevere_tasks WHERE state = '{state}' \
             GROUP BY task ORDER BY task LIMIT {LISTED_NAMES})",
            name = column!(task),
        )
    };
    [
        each("waiting", "count(*), count(*) FILTER (WHERE due <= ?1), 0, 0, min(due)"),
        each("running", "0, 0, count(*), 0, NULL"),
        each("dead", "0, 0, 0, count(*), NULL"),
    ]
    .join(" UNION ALL ")
}

pub(super) async fn stats(
    connection: &mut SqliteConnection,
    now: Moment,
) -> sqlx::Result<Vec<TaskStats>> {
    let mut stats = Vec::new();
    let select = query(AssertSqlSafe(stats_sql())).bind(now.0);
    for row in select.fetch_all(connection).await? {
        let number = |index| -> sqlx::Result<u64> {
            Ok(u64::try_from(row.try_get::<i64, _>(index)?).unwrap_or_default())
        };
        let oldest = row.try_get::<Option<i64>, _>(5)?.map(Moment);
        stats.push(TaskStats {
            task: text(&row, 0)?.unwrap_or_default(),
            waiting: number(1)?,
            due: number(2)?,
            running: number(3)?,
            dead: number(4)?,
            oldest_due: oldest.filter(|&due| due <= now).map(|due| now.since(due)),
            workers: 0,
        });
    }
    Ok(TaskStats::merged(stats))
}
