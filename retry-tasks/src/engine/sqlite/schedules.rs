//! The last tick of each schedule.

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_scalar};

use super::push;
use crate::engine::clock::Clock;
use crate::engine::{AHEAD, NewRow};
use crate::row::moment::Moment;

const LAST: &str = "SELECT last FROM persevere_schedules WHERE name = ?1";

pub(super) async fn last(
    connection: &mut SqliteConnection,
    schedule: &str,
) -> sqlx::Result<Option<Moment>> {
    let last = query_scalar(LAST).bind(schedule).fetch_optional(connection).await?;
    Ok(last.map(Moment))
}

/// Begins a schedule now, unless another program has.
pub(super) async fn begin(
    connection: &mut SqliteConnection,
    schedule: &str,
    now: Moment,
) -> sqlx::Result<Moment> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let insert = query(
        "INSERT INTO persevere_schedules (name, last) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    );
    insert.bind(schedule).bind(now.0).execute(&mut *transaction).await?;
    let last = query_scalar(LAST).bind(schedule).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Moment(last))
}

pub(super) async fn tick(
    connection: &mut SqliteConnection,
    clock: &Clock,
    schedule: &str,
    tick: Moment,
    row: &NewRow,
) -> sqlx::Result<bool> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let update = query(
        "UPDATE persevere_schedules SET last = ?2 WHERE name = ?1 AND (last < ?2 OR last > ?3)",
    );
    let ahead = clock.now().after(AHEAD);
    let update = update.bind(schedule).bind(tick.0).bind(ahead.0);
    let update = update.execute(&mut *transaction).await?;
    let is_new = update.rows_affected() > 0;
    if is_new {
        push::push_within(&mut transaction, clock.now(), std::slice::from_ref(row)).await?;
    }
    transaction.commit().await?;
    Ok(is_new)
}
