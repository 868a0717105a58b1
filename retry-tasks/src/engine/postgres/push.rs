//! Storing tasks.

use persevere_core::task::TaskId;
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, query_scalar};
use uuid::Uuid;

use super::uuid;
use crate::engine::{Due, KeyUntil, NewRow, Pushed};
use crate::row::moment::{Moment, micros};
use crate::row::priority;

/// How many rows one statement stores.
const AT_ONCE: usize = 10_000;

/// How often a row whose key's holder ended in the meantime is tried again.
const TRIES: usize = 20;

/// Stores the rows that do not exist yet, and notifies the listeners.
const INSERT: &str = "\
    WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now), stored AS ( \
        INSERT INTO persevere.tasks (id, task, version, queue, args, envelope, priority, state, \
            enqueued, first_due, due, key, from_start, holds_key) \
        SELECT id, task, version, queue, args, envelope, priority, 'waiting', now, \
            coalesce(at, now + after), coalesce(at, now + after), key, from_start, key IS NOT NULL \
        FROM clock, unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], \
            $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::boolean[]) \
            AS new (id, task, version, queue, args, envelope, priority, after, at, key, from_start) \
        ON CONFLICT DO NOTHING RETURNING id) \
    SELECT id FROM stored, (SELECT pg_notify('persevere_tasks', '')) AS notified";

/// The task of that id, or else the one that has the key.
const TWIN: &str = "\
    SELECT id FROM persevere.tasks WHERE id = $1 \
    UNION ALL SELECT id FROM persevere.tasks WHERE task = $2 AND key = $3 AND holds_key LIMIT 1";

pub(super) async fn push(
    connection: &mut PgConnection,
    rows: &[NewRow],
) -> sqlx::Result<Vec<Pushed>> {
    // Without keys one statement does it, which is a transaction by itself.
    if rows.len() <= AT_ONCE && rows.iter().all(|row| row.key.is_none()) {
        return push_within(connection, rows).await;
    }
    let mut transaction = connection.begin().await?;
    let pushed = push_within(&mut transaction, rows).await?;
    transaction.commit().await?;
    Ok(pushed)
}

/// In a transaction that has begun, where one statement does not do it.
pub(super) async fn push_within(
    transaction: &mut PgConnection,
    rows: &[NewRow],
) -> sqlx::Result<Vec<Pushed>> {
    let mut pushed = Vec::with_capacity(rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let mut new = insert(transaction, rows).await?;
        for row in rows {
            // An id that occurs twice is new once.
            pushed.push(if new.remove(&row.id) {
                Pushed { id: row.id, is_new: true }
            } else {
                twin(transaction, row).await?
            });
        }
    }
    Ok(pushed)
}

async fn insert(
    transaction: &mut PgConnection,
    rows: &[NewRow],
) -> sqlx::Result<std::collections::HashSet<TaskId>> {
    let each = |text: fn(&NewRow) -> &str| rows.iter().map(text).collect::<Vec<_>>();
    let after = rows.iter().map(|row| match row.due {
        Due::In(span) => micros(span),
        Due::At(_) => 0,
    });
    let at = rows.iter().map(|row| match row.due {
        Due::In(_) => None,
        Due::At(time) => Some(Moment::not_before(time).0),
    });
    let key = rows.iter().map(|row| row.key.as_ref());
    let is_from_start = |key: &crate::engine::Key| key.until == KeyUntil::Started;
    let ids = query_scalar::<_, Uuid>(INSERT)
        .bind(rows.iter().map(|row| uuid(row.id)).collect::<Vec<_>>())
        .bind(each(|row| &row.task))
        .bind(rows.iter().map(|row| i64::from(row.version)).collect::<Vec<_>>())
        .bind(each(|row| &row.queue))
        .bind(each(|row| row.args.as_str()))
        .bind(rows.iter().map(|row| row.envelope.text()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| i64::from(priority::number(row.priority))).collect::<Vec<_>>())
        .bind(after.collect::<Vec<_>>())
        .bind(at.collect::<Vec<_>>())
        .bind(key.clone().map(|key| key.map(|key| key.text.as_str())).collect::<Vec<_>>())
        .bind(key.map(|key| key.is_some_and(is_from_start)).collect::<Vec<_>>())
        .fetch_all(transaction)
        .await?;
    Ok(ids.into_iter().map(|id| TaskId::from_u128(id.as_u128())).collect())
}

/// The task that is there in the place of one that was not stored; or that one, stored after all,
/// where the other ended just now.
async fn twin(transaction: &mut PgConnection, row: &NewRow) -> sqlx::Result<Pushed> {
    for _ in 0..TRIES {
        let key = row.key.as_ref().map(|key| &key.text);
        let twin = query_scalar::<_, Uuid>(TWIN).bind(uuid(row.id)).bind(&row.task).bind(key);
        if let Some(id) = twin.fetch_optional(&mut *transaction).await? {
            return Ok(Pushed { id: TaskId::from_u128(id.as_u128()), is_new: false });
        }
        if insert(transaction, std::slice::from_ref(row)).await?.contains(&row.id) {
            return Ok(Pushed { id: row.id, is_new: true });
        }
    }
    Err(sqlx::Error::RowNotFound)
}
