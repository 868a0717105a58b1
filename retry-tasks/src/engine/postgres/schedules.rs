//! The last tick of each schedule.

use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, query, query_as};

use super::push;
use crate::engine::{AHEAD, NewRow, Ticked};
use crate::row::moment::{Moment, micros};

/// Begins one that is not known; where another program does so now, it begins now as well.
const TICKED: &str = "\
    WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now), begun AS ( \
        INSERT INTO persevere.schedules (name, last) SELECT $1, now FROM clock \
        WHERE NOT EXISTS (SELECT 1 FROM persevere.schedules WHERE name = $1) \
        ON CONFLICT DO NOTHING) \
    SELECT coalesce((SELECT last FROM persevere.schedules WHERE name = $1), now), now FROM clock";

pub(super) async fn ticked(connection: &mut PgConnection, schedule: &str) -> sqlx::Result<Ticked> {
    let ticked = query_as::<_, (i64, i64)>(TICKED).bind(schedule);
    let (last, now) = ticked.fetch_one(connection).await?;
    Ok(Ticked { last: Moment(last).time(), now: Moment(now).time() })
}

pub(super) async fn tick(
    connection: &mut PgConnection,
    schedule: &str,
    tick: Moment,
    row: &NewRow,
) -> sqlx::Result<bool> {
    let mut transaction = connection.begin().await?;
    let update = query(
        "UPDATE persevere.schedules SET last = $2 \
         WHERE name = $1 AND (last < $2 OR last > (SELECT persevere.now_us()) + $3)",
    );
    let update = update.bind(schedule).bind(tick.0).bind(micros(AHEAD));
    let update = update.execute(&mut *transaction).await?;
    let is_new = update.rows_affected() > 0;
    if is_new {
        push::push_within(&mut transaction, std::slice::from_ref(row)).await?;
    }
    transaction.commit().await?;
    Ok(is_new)
}
