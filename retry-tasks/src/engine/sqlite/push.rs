//! Storing tasks.

use std::collections::HashSet;

use persevere_core::task::TaskId;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Row as _, query};

use super::id;
use super::open::begin;
use crate::engine::{Due, KeyUntil, NewRow, Pushed};
use crate::row::moment::Moment;
use crate::row::priority;

/// How many rows one statement stores.
const AT_ONCE: usize = 1_000;

/// Stores what is not there yet, of a list in JSON.
const INSERT: &str = "\
    INSERT INTO persevere_tasks \
        (id, task, version, queue, args, envelope, priority, state, enqueued, first_due, due, \
        key, from_start, holds_key) \
    SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
        value ->> 6, 'waiting', ?2, value ->> 7, value ->> 7, value ->> 8, value ->> 9, \
        value ->> 8 IS NOT NULL \
    FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING RETURNING id";

/// The task of that id or else the one that has the key.
const TWIN: &str = "\
    SELECT id FROM persevere_tasks WHERE id = ?1 \
    UNION ALL SELECT id FROM persevere_tasks WHERE task = ?2 AND key = ?3 AND holds_key = 1 LIMIT 1";

pub(super) async fn push(
    connection: &mut SqliteConnection,
    clock: crate::engine::clock::Clock,
    rows: &[NewRow],
) -> sqlx::Result<Vec<Pushed>> {
    let mut transaction = begin!(connection);
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
    for rows in rows.chunks(AT_ONCE) {
        let mut new = insert(transaction, now, rows).await?;
        for row in rows {
            // An id that occurs twice is new once.
            pushed.push(if new.remove(&row.id) {
                Pushed { id: row.id, is_new: true }
            } else {
                Pushed { id: twin(transaction, row).await?, is_new: false }
            });
        }
    }
    Ok(pushed)
}

/// The ids of those that were not there yet.
async fn insert(
    transaction: &mut SqliteConnection,
    now: Moment,
    rows: &[NewRow],
) -> sqlx::Result<HashSet<TaskId>> {
    let list: Value = rows.iter().map(|row| listed(row, now)).collect();
    let insert = query(INSERT).bind(list.to_string()).bind(now.0);
    let stored = insert.fetch_all(transaction).await?;
    stored.iter().map(|row| Ok(id::read(row.try_get(0)?))).collect()
}

/// What [`INSERT`] reads.
fn listed(row: &NewRow, now: Moment) -> Value {
    let due = match row.due {
        Due::In(span) => now.after(span),
        Due::At(time) => Moment::not_before(time),
    };
    let key = row.key.as_ref();
    json!([
        format!("{:032x}", row.id.as_u128()),
        row.task,
        row.version,
        row.queue,
        row.args.as_str(),
        row.envelope.text(),
        priority::number(row.priority),
        due.0,
        key.map(|key| &key.text),
        i32::from(key.is_some_and(|key| key.until == KeyUntil::Started)),
    ])
}

async fn twin(transaction: &mut SqliteConnection, row: &NewRow) -> sqlx::Result<TaskId> {
    let key = row.key.as_ref().map(|key| &key.text);
    let twin = query(TWIN).bind(id::bytes(row.id)).bind(&row.task).bind(key);
    Ok(id::read(twin.fetch_one(transaction).await?.try_get(0)?))
}
