//! Storing tasks.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _, query};

use super::id;
use crate::engine::{Due, KeyUntil, NewRow, Pushed};
use crate::row::moment::Moment;

const INSERT: &str = "\
    INSERT INTO persevere_tasks \
        (id, task, version, queue, args, envelope, priority, state, enqueued, first_due, due, \
        key, from_start, holds_key) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting', ?8, ?9, ?9, ?10, ?11, ?10 IS NOT NULL) \
    ON CONFLICT DO NOTHING RETURNING id";

/// The task of that id or else the one that has the key.
const TWIN: &str = "\
    SELECT id FROM persevere_tasks WHERE id = ?1 \
    UNION ALL SELECT id FROM persevere_tasks WHERE task = ?2 AND key = ?3 AND holds_key = 1 LIMIT 1";

pub(super) async fn push(
    connection: &mut SqliteConnection,
    clock: &crate::engine::clock::Clock,
    rows: &[NewRow],
) -> sqlx::Result<Vec<Pushed>> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let pushed = push_within(&mut transaction, clock.now(), rows).await?;
    transaction.commit().await?;
    Ok(pushed)
}

/// In a transaction that has begun.
pub(super) async fn push_within(
    transaction: &mut SqliteConnection,
    now: Moment,
    rows: &[NewRow],
) -> sqlx::Result<Vec<Pushed>> {
    let mut pushed = Vec::with_capacity(rows.len());
    for row in rows {
        pushed.push(push_one(transaction, now, row).await?);
    }
    Ok(pushed)
}

async fn push_one(
    transaction: &mut SqliteConnection,
    now: Moment,
    row: &NewRow,
) -> sqlx::Result<Pushed> {
    let due = match row.due {
        Due::In(span) => now.after(span),
        Due::At(time) => Moment::not_before(time),
    };
    let key = row.key.as_ref();
    let insert = query(INSERT)
        .bind(id::bytes(row.id))
        .bind(&row.task)
        .bind(row.version)
        .bind(&row.queue)
        .bind(row.args.as_str())
        .bind(row.envelope.text())
        .bind(row.priority.number())
        .bind(now.0)
        .bind(due.0)
        .bind(key.map(|key| &key.text))
        .bind(key.is_some_and(|key| key.until == KeyUntil::Started));
    if insert.fetch_optional(&mut *transaction).await?.is_some() {
        return Ok(Pushed { id: row.id, is_new: true });
    }
    let twin = query(TWIN).bind(id::bytes(row.id)).bind(&row.task).bind(key.map(|key| &key.text));
    let twin = twin.fetch_one(&mut *transaction).await?;
    Ok(Pushed { id: id::read(twin.try_get(0)?), is_new: false })
}
