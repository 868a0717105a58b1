//! Writing what became of leased tasks.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _, query};

use super::open::begin;
use super::{id, push, text};
use crate::engine::clock::Clock;
use crate::engine::new_state::{self, NewState};
use crate::engine::{
    Attempts, Held, Payload, Progress, Recovered, Settled, Settlement, Transition, WORKER_LOST,
};
use crate::row::lease_id::LeaseId;
use crate::row::moment::Moment;
use crate::row::stored::LOST_COLUMNS;

/// All of a list in JSON in one statement, each fenced by its lease. `+state` keeps SQLite from taking
/// the index of all that runs. What would be due again and is to be cancelled ends.
pub(super) const SETTLE: &str = "\
    UPDATE persevere_tasks SET \
        state = CASE WHEN new.state = 'waiting' AND cancel = 1 THEN 'cancelled' \
            ELSE new.state END, \
        due = CASE WHEN new.state = 'waiting' AND cancel = 0 THEN new.due \
            ELSE persevere_tasks.due END, \
        progress = new.progress, attempts = new.attempts, suspect = new.suspect, \
        output = new.output, reason = new.reason, error = new.error, \
        ended = CASE WHEN new.state = 'waiting' AND cancel = 0 THEN NULL ELSE ?2 END, \
        keep_until = CASE WHEN new.state = 'waiting' AND cancel = 0 THEN NULL \
            ELSE new.keep_until END, \
        holds_key = holds_key = 1 AND new.state = 'waiting' AND cancel = 0, \
        begun = begun = 1 AND new.state = 'waiting' AND cancel = 0, \
        cancel = 0, worker = NULL, since = NULL, until = NULL \
    FROM (SELECT unhex(value ->> 0) AS id, value ->> 1 AS lease, value ->> 2 AS state, \
            value ->> 3 AS due, value ->> 4 AS progress, value ->> 5 AS attempts, \
            value ->> 6 AS suspect, value ->> 7 AS output, value ->> 8 AS reason, \
            value ->> 9 AS error, value ->> 10 AS keep_until FROM json_each(?1)) AS new \
    WHERE persevere_tasks.id = new.id AND persevere_tasks.lease = new.lease AND +persevere_tasks.state = 'running' \
    RETURNING persevere_tasks.id, persevere_tasks.lease, persevere_tasks.state";

pub(super) async fn settle(
    connection: &mut SqliteConnection,
    clock: Clock,
    settlements: &[Settlement],
) -> sqlx::Result<Vec<Settled>> {
    let mut transaction = begin!(connection);
    let now = clock.now();
    let new: Vec<_> = settlements.iter().map(NewState::of).collect();
    let mut written = write(&mut transaction, now, &new).await?;
    let mut settled = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        // What occurs twice is written once.
        let state = written.remove(&settlement.held);
        if let (Some(_), Transition::Done { then, .. }) = (&state, &settlement.transition) {
            push::push_within(&mut transaction, now, then).await?;
        }
        settled.push(new_state::settled(settlement, state.as_deref()));
    }
    transaction.commit().await?;
    Ok(settled)
}

/// The states that were written.
async fn write(
    transaction: &mut SqliteConnection,
    now: Moment,
    new: &[NewState<'_>],
) -> sqlx::Result<HashMap<Held, String>> {
    let list: Value = new
        .iter()
        .map(|new| {
            json!([
                format!("{:032x}", new.held.id.as_u128()),
                new.held.lease.0,
                new.state,
                now.after(new.after).0,
                new.progress.text(),
                new.attempts.text(),
                i32::from(new.progress.crashes > 0),
                new.output,
                new.reason,
                new.error,
                new.keep.map(|keep| now.after(keep).0),
            ])
        })
        .collect();
    let mut written = HashMap::new();
    for row in query(SETTLE).bind(list.to_string()).bind(now.0).fetch_all(transaction).await? {
        let held = Held { id: id::read(row.try_get(0)?), lease: LeaseId(row.try_get(1)?) };
        written.insert(held, row.try_get(2)?);
    }
    Ok(written)
}

pub(super) async fn checkpoint(
    connection: &mut SqliteConnection,
    held: Held,
    value: &Payload,
) -> sqlx::Result<bool> {
    let update = query(
        "UPDATE persevere_tasks SET checkpoint = ?3 \
         WHERE id = ?1 AND lease = ?2 AND state = 'running'",
    );
    let update = update.bind(id::bytes(held.id)).bind(held.lease.0).bind(value.as_str());
    let mut transaction = begin!(connection);
    let kept = update.execute(&mut *transaction).await?.rows_affected() > 0;
    transaction.commit().await?;
    Ok(kept)
}

/// The leases that ran out, the first one first.
pub(super) fn lost() -> String {
    format!(
        "SELECT {LOST_COLUMNS} FROM persevere_tasks \
         WHERE state = 'running' AND until <= ?1 ORDER BY until LIMIT ?2"
    )
}

/// Whether a lease has run out.
pub(super) async fn is_any_lost(
    connection: &mut SqliteConnection,
    now: Moment,
) -> sqlx::Result<bool> {
    let lost = query(AssertSqlSafe(lost())).bind(now.0).bind(1).fetch_optional(connection).await?;
    Ok(lost.is_some())
}

pub(super) async fn recover(
    connection: &mut SqliteConnection,
    clock: Clock,
    limit: i64,
    trusts: impl FnOnce(Moment) -> bool,
) -> sqlx::Result<Vec<Recovered>> {
    let mut transaction = begin!(connection);
    let now = clock.now();
    // While others wrote, those who live could not renew their leases.
    if !trusts(now) {
        transaction.rollback().await?;
        return Ok(Vec::new());
    }
    let mut lost = Vec::new();
    let select = query(AssertSqlSafe(self::lost())).bind(now.0).bind(limit);
    for row in select.fetch_all(&mut *transaction).await? {
        let held = Held { id: id::read(row.try_get(0)?), lease: LeaseId(row.try_get(1)?) };
        let since = Moment(row.try_get::<Option<i64>, _>(4)?.unwrap_or_default());
        let mut progress = Progress::parse(&text(&row, 5)?.unwrap_or_default());
        let mut attempts = Attempts::parse(&text(&row, 6)?.unwrap_or_default());
        let pause = progress.crashed();
        attempts.add(since.time(), None, WORKER_LOST);
        let recovered = Recovered {
            id: held.id,
            task: text(&row, 2)?.unwrap_or_default(),
            worker: text(&row, 3)?.unwrap_or_default(),
            crashes: progress.crashes,
        };
        lost.push((held, pause, progress, attempts, recovered));
    }
    let new = lost.iter().map(|(held, pause, progress, attempts, _)| {
        NewState::again(*held, *pause, progress, attempts)
    });
    write(&mut transaction, now, &new.collect::<Vec<_>>()).await?;
    transaction.commit().await?;
    Ok(lost.into_iter().map(|(.., recovered)| recovered).collect())
}
