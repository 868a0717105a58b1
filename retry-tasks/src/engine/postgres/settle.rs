//! Writing what became of leased tasks.

use std::collections::HashMap;
use std::time::Duration;

use persevere_core::task::TaskId;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, query};
use uuid::Uuid;

use super::{of_json, push, uuid};
use crate::engine::{
    Attempts, Held, KEEP_CANCELLED, LAST_ERROR, Payload, Progress, Recovered, Settled, Settlement,
    Transition, WORKER_LOST,
};
use crate::row::lease_id::LeaseId;
use crate::row::moment::{Moment, micros};
use crate::row::stored::LOST_COLUMNS;
use crate::row::text::bounded;

/// All of them in one statement, each fenced by its lease. What would be due again and is to be
/// cancelled ends: that is asked of the row itself, which another program may be changing.
fn settle_all() -> String {
    let goes_on = "(told.state = 'waiting' AND NOT t.cancel)";
    format!(
        "WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) \
         UPDATE persevere.tasks AS t SET \
            state = CASE WHEN told.state = 'waiting' AND t.cancel THEN 'cancelled' \
                ELSE told.state END, \
            due = CASE WHEN {goes_on} THEN now + after ELSE due END, \
            progress = told.progress::jsonb, attempts = told.attempts, suspect = told.suspect, \
            output = told.output, reason = told.reason, error = told.error, \
            ended = CASE WHEN NOT {goes_on} THEN now END, \
            keep_until = CASE WHEN NOT {goes_on} THEN now + keep END, \
            holds_key = holds_key AND {goes_on}, begun = begun AND {goes_on}, \
            worker = NULL, since = NULL, until = NULL, cancel = false \
         FROM clock, unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], \
                $6::text[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::bigint[]) \
            AS told (task_id, lease, state, after, progress, attempts, suspect, output, reason, \
                error, keep) \
         WHERE t.id = told.task_id AND t.leases = told.lease AND t.state = 'running' \
         RETURNING t.id, t.state"
    )
}

/// What is written of a task.
struct Told<'a> {
    held: Held,
    state: &'static str,
    after: Duration,
    progress: &'a Progress,
    attempts: &'a Attempts,
    output: Option<&'a str>,
    reason: Option<&'static str>,
    error: Option<String>,
    keep: Option<Duration>,
}

impl<'a> Told<'a> {
    fn again(held: Held, after: Duration, progress: &'a Progress, attempts: &'a Attempts) -> Self {
        Self {
            held,
            state: "waiting",
            after,
            progress,
            attempts,
            output: None,
            reason: None,
            error: None,
            keep: Some(KEEP_CANCELLED),
        }
    }

    fn of(settlement: &'a Settlement) -> Self {
        let Settlement { held, progress, attempts, transition, keep } = settlement;
        let keep = Some(*keep);
        let told = Self { keep, ..Self::again(*held, Duration::ZERO, progress, attempts) };
        match transition {
            Transition::Again(after) => Self { after: *after, ..told },
            Transition::Done { output, .. } => {
                Self { state: "done", output: Some(output.as_str()), ..told }
            }
            Transition::Dead { reason, error } => {
                let error = Some(bounded(error, LAST_ERROR));
                Self { state: "dead", reason: Some(reason.as_str()), error, keep: None, ..told }
            }
            Transition::Cancelled => Self { state: "cancelled", ..told },
        }
    }
}

/// The states that were written.
async fn write(
    connection: &mut PgConnection,
    mut told: Vec<Told<'_>>,
) -> sqlx::Result<HashMap<TaskId, String>> {
    told.sort_unstable_by_key(|told| told.held.id);
    let told = told.iter();
    let update = query(AssertSqlSafe(settle_all()))
        .bind(told.clone().map(|told| uuid(told.held.id)).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.held.lease.0).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.state).collect::<Vec<_>>())
        .bind(told.clone().map(|told| micros(told.after)).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.progress.text()).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.attempts.text()).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.progress.crashes > 0).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.output).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.reason).collect::<Vec<_>>())
        .bind(told.clone().map(|told| told.error.as_deref()).collect::<Vec<_>>())
        .bind(told.map(|told| told.keep.map(micros)).collect::<Vec<_>>());
    let mut written = HashMap::new();
    for row in update.fetch_all(connection).await? {
        let id = TaskId::from_u128(row.try_get::<Uuid, _>(0)?.as_u128());
        written.insert(id, row.try_get(1)?);
    }
    Ok(written)
}

pub(super) async fn settle(
    connection: &mut PgConnection,
    settlements: &[Settlement],
) -> sqlx::Result<Vec<Settled>> {
    let mut transaction = connection.begin().await?;
    let mut settled = vec![Settled::Fenced; settlements.len()];
    let mut open: Vec<usize> = (0..settlements.len()).collect();
    // Two settlements of one task, of which the later one's lease is over, are two statements.
    while !open.is_empty() {
        let mut seen = std::collections::HashSet::new();
        let (now, later): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|&index| seen.insert(settlements[index].held.id));
        let told = now.iter().map(|&index| Told::of(&settlements[index])).collect();
        let written = write(&mut transaction, told).await?;
        for index in now {
            let settlement = &settlements[index];
            let Some(state) = written.get(&settlement.held.id) else { continue };
            let is_again = matches!(settlement.transition, Transition::Again(_));
            settled[index] = if is_again && state == "cancelled" {
                Settled::Cancelled
            } else {
                Settled::Written
            };
            if let Transition::Done { then, .. } = &settlement.transition {
                push::push_within(&mut transaction, then).await?;
            }
        }
        open = later;
    }
    transaction.commit().await?;
    Ok(settled)
}

pub(super) async fn checkpoint(
    connection: &mut PgConnection,
    held: Held,
    value: &Payload,
) -> sqlx::Result<bool> {
    let update = query(
        "UPDATE persevere.tasks SET checkpoint = $3 \
         WHERE id = $1 AND leases = $2 AND state = 'running'",
    );
    let update = update.bind(uuid(held.id)).bind(held.lease.0).bind(value.as_str());
    Ok(update.execute(connection).await?.rows_affected() > 0)
}

/// The leases that had run out at `$2`, the first one first; not those that another program recovers
/// now. Where the server stands still between that moment and this statement, those that ran out
/// meanwhile are not meant: nobody could renew them.
fn lost() -> String {
    let columns = of_json(LOST_COLUMNS);
    format!(
        "SELECT {columns} FROM persevere.tasks WHERE state = 'running' AND until <= $2 \
         ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED"
    )
}

pub(super) async fn recover(
    connection: &mut PgConnection,
    now: Moment,
    limit: i64,
) -> sqlx::Result<Vec<Recovered>> {
    let mut transaction = connection.begin().await?;
    let mut lost = Vec::new();
    let select = query(AssertSqlSafe(self::lost())).bind(limit).bind(now.0);
    for row in select.fetch_all(&mut *transaction).await? {
        let id = TaskId::from_u128(row.try_get::<Uuid, _>(0)?.as_u128());
        let held = Held { id, lease: LeaseId(row.try_get(1)?) };
        let since = Moment(row.try_get::<Option<i64>, _>(4)?.unwrap_or_default());
        let mut progress = Progress::parse(row.try_get(5)?);
        let mut attempts = Attempts::parse(row.try_get(6)?);
        let pause = progress.crashed();
        attempts.add(since.time(), None, WORKER_LOST);
        let recovered = Recovered {
            id,
            task: row.try_get(2)?,
            worker: row.try_get::<Option<_>, _>(3)?.unwrap_or_default(),
            crashes: progress.crashes,
        };
        lost.push((held, pause, progress, attempts, recovered));
    }
    if !lost.is_empty() {
        let told = lost.iter().map(|(held, pause, progress, attempts, _)| {
            Told::again(*held, *pause, progress, attempts)
        });
        write(&mut transaction, told.collect()).await?;
    }
    transaction.commit().await?;
    Ok(lost.into_iter().map(|(.., recovered)| recovered).collect())
}
