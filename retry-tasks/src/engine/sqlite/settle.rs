//! Writing what became of leased tasks.

use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, query};

use super::{id, push, text};
use crate::engine::clock::Clock;
use crate::engine::{
    Attempts, Held, KEEP_CANCELLED, LAST_ERROR, Payload, Progress, Recovered, Settled, Settlement,
    Transition, WORKER_LOST,
};
use crate::row::moment::Moment;
use crate::row::stored::LOST_COLUMNS;
use crate::row::text::bounded;

/// Due again, unless it is to be cancelled.
const AGAIN: &str = "\
    UPDATE persevere_tasks SET state = 'waiting', due = ?3, progress = ?4, attempts = ?5, \
        suspect = ?6, worker = NULL, since = NULL, until = NULL \
    WHERE id = ?1 AND leases = ?2 AND state = 'running' AND cancel = 0";

/// Ended. It gives its key back.
const END: &str = "\
    UPDATE persevere_tasks SET state = ?3, progress = ?4, attempts = ?5, output = ?6, reason = ?7, \
        error = ?8, ended = ?9, keep_until = ?10, holds_key = 0, begun = 0, cancel = 0, \
        worker = NULL, since = NULL, until = NULL \
    WHERE id = ?1 AND leases = ?2 AND state = 'running'";

/// How a task ends.
#[derive(Default)]
struct End<'a> {
    state: &'static str,
    output: Option<&'a str>,
    reason: Option<&'static str>,
    error: Option<String>,
    keep: Option<Duration>,
}

pub(super) async fn settle(
    connection: &mut SqliteConnection,
    clock: Clock,
    settlements: &[Settlement],
) -> sqlx::Result<Vec<Settled>> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let now = clock.now();
    let mut settled = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        settled.push(settle_one(&mut transaction, now, settlement).await?);
    }
    transaction.commit().await?;
    Ok(settled)
}

async fn settle_one(
    transaction: &mut SqliteConnection,
    now: Moment,
    settlement: &Settlement,
) -> sqlx::Result<Settled> {
    let Settlement { held, progress, attempts, transition, keep } = settlement;
    let keep = Some(*keep);
    let (end, written) = match transition {
        Transition::Again(span) => {
            if again(transaction, *held, now.after(*span), progress, attempts).await? {
                return Ok(Settled::Written);
            }
            (End { state: "cancelled", keep, ..End::default() }, Settled::Cancelled)
        }
        Transition::Done { output, .. } => {
            let output = Some(output.as_str());
            (End { state: "done", output, keep, ..End::default() }, Settled::Written)
        }
        Transition::Dead { reason, error } => {
            let (reason, error) = (Some(reason.as_str()), Some(bounded(error, LAST_ERROR)));
            (End { state: "dead", reason, error, ..End::default() }, Settled::Written)
        }
        Transition::Cancelled => {
            (End { state: "cancelled", keep, ..End::default() }, Settled::Written)
        }
    };
    if !self::end(transaction, *held, now, progress, attempts, end).await? {
        return Ok(Settled::Fenced);
    }
    if let Transition::Done { then, .. } = transition {
        push::push_within(transaction, now, then).await?;
    }
    Ok(written)
}

async fn again(
    transaction: &mut SqliteConnection,
    held: Held,
    due: Moment,
    progress: &Progress,
    attempts: &Attempts,
) -> sqlx::Result<bool> {
    let update = query(AGAIN)
        .bind(id::bytes(held.id))
        .bind(held.lease.0)
        .bind(due.0)
        .bind(progress.text())
        .bind(attempts.text())
        .bind(progress.crashes > 0);
    Ok(update.execute(transaction).await?.rows_affected() > 0)
}

async fn end(
    transaction: &mut SqliteConnection,
    held: Held,
    now: Moment,
    progress: &Progress,
    attempts: &Attempts,
    end: End<'_>,
) -> sqlx::Result<bool> {
    let update = query(END)
        .bind(id::bytes(held.id))
        .bind(held.lease.0)
        .bind(end.state)
        .bind(progress.text())
        .bind(attempts.text())
        .bind(end.output)
        .bind(end.reason)
        .bind(end.error)
        .bind(now.0)
        .bind(end.keep.map(|keep| now.after(keep).0));
    Ok(update.execute(transaction).await?.rows_affected() > 0)
}

pub(super) async fn checkpoint(
    connection: &mut SqliteConnection,
    held: Held,
    value: &Payload,
) -> sqlx::Result<bool> {
    let update = query(
        "UPDATE persevere_tasks SET checkpoint = ?3 \
         WHERE id = ?1 AND leases = ?2 AND state = 'running'",
    );
    let update = update.bind(id::bytes(held.id)).bind(held.lease.0).bind(value.as_str());
    Ok(update.execute(connection).await?.rows_affected() > 0)
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
) -> sqlx::Result<Vec<Recovered>> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let now = clock.now();
    let mut recovered = Vec::new();
    let lost = query(AssertSqlSafe(lost())).bind(now.0).bind(limit);
    for row in lost.fetch_all(&mut *transaction).await? {
        let lease = crate::row::lease_id::LeaseId(row.try_get(1)?);
        let held = Held { id: id::read(row.try_get(0)?), lease };
        let since = Moment(row.try_get::<Option<i64>, _>(4)?.unwrap_or_default());
        let mut progress = Progress::parse(&text(&row, 5)?.unwrap_or_default());
        let mut attempts = Attempts::parse(&text(&row, 6)?.unwrap_or_default());
        let pause = progress.crashed();
        attempts.add(since.time(), None, WORKER_LOST);
        if !again(&mut transaction, held, now.after(pause), &progress, &attempts).await? {
            let keep = Some(KEEP_CANCELLED);
            let cancelled = End { state: "cancelled", keep, ..End::default() };
            end(&mut transaction, held, now, &progress, &attempts, cancelled).await?;
        }
        recovered.push(Recovered {
            id: held.id,
            task: text(&row, 2)?.unwrap_or_default(),
            worker: text(&row, 3)?.unwrap_or_default(),
            crashes: progress.crashes,
        });
    }
    transaction.commit().await?;
    Ok(recovered)
}
