//! Writing what became of leased tasks.

use std::collections::{HashMap, HashSet};

use persevere_core::task::TaskId;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _, query};
use uuid::Uuid;

use super::{of_json, push, uuid};
use crate::engine::new_state::{self, NewState};
use crate::engine::{
    Attempts, Held, Payload, Progress, Recovered, Settled, Settlement, Transition, WORKER_LOST,
};
use crate::row::lease_id::LeaseId;
use crate::row::moment::{Moment, micros};
use crate::row::stored::LOST_COLUMNS;

/// All of them in one statement, each fenced by its lease. What would be due again and is to be
/// cancelled ends: that is asked of the row itself, which another program may be changing.
fn settle_all() -> String {
    let goes_on = "(new.state = 'waiting' AND NOT t.cancel)";
    format!(
        "WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) \
         UPDATE persevere.tasks AS t SET \
            state = CASE WHEN new.state = 'waiting' AND t.cancel THEN 'cancelled' \
                ELSE new.state END, \
            due = CASE WHEN {goes_on} THEN now + after ELSE due END, \
            progress = new.progress::jsonb, attempts = new.attempts, suspect = new.suspect, \
            output = new.output, reason = new.reason, error = new.error, \
            ended = CASE WHEN NOT {goes_on} THEN now END, \
            keep_until = CASE WHEN NOT {goes_on} THEN now + keep END, \
            holds_key = holds_key AND {goes_on}, begun = begun AND {goes_on}, \
            worker = NULL, since = NULL, until = NULL, cancel = false \
         FROM clock, unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], \
                $6::text[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::bigint[]) \
            AS new (task_id, lease, state, after, progress, attempts, suspect, output, reason, \
                error, keep) \
         WHERE t.id = new.task_id AND t.lease = new.lease AND t.state = 'running' \
         RETURNING t.id, t.state"
    )
}

/// The states that were written.
async fn write(
    connection: &mut PgConnection,
    mut new: Vec<NewState<'_>>,
) -> sqlx::Result<HashMap<TaskId, String>> {
    new.sort_unstable_by_key(|new| new.held.id);
    let new = new.iter();
    let update = query(AssertSqlSafe(settle_all()))
        .bind(new.clone().map(|new| uuid(new.held.id)).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.held.lease.0).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.state).collect::<Vec<_>>())
        .bind(new.clone().map(|new| micros(new.after)).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.progress.text()).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.attempts.text()).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.progress.crashes > 0).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.output).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.reason).collect::<Vec<_>>())
        .bind(new.clone().map(|new| new.error.as_deref()).collect::<Vec<_>>())
        .bind(new.map(|new| new.keep.map(micros)).collect::<Vec<_>>());
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
    let mut settled = vec![Settled::Fenced; settlements.len()];
    let tasks: HashSet<_> = settlements.iter().map(|settlement| settlement.held.id).collect();
    if tasks.len() == settlements.len() && !settlements.iter().any(has_followers) {
        // One statement, which is a transaction by itself.
        let new = settlements.iter().map(NewState::of).collect();
        let written = write(connection, new).await?;
        for (settled, settlement) in settled.iter_mut().zip(settlements) {
            let state = written.get(&settlement.held.id).map(String::as_str);
            *settled = new_state::settled(settlement, state);
        }
        return Ok(settled);
    }
    let mut transaction = connection.begin().await?;
    let mut open: Vec<usize> = (0..settlements.len()).collect();
    // Two settlements of one task, of which the later one's lease is over, are two statements.
    while !open.is_empty() {
        let mut seen = HashSet::new();
        let (now, later): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|&index| seen.insert(settlements[index].held.id));
        let new = now.iter().map(|&index| NewState::of(&settlements[index])).collect();
        let written = write(&mut transaction, new).await?;
        for index in now {
            let settlement = &settlements[index];
            let state = written.get(&settlement.held.id).map(String::as_str);
            settled[index] = new_state::settled(settlement, state);
            if let (Some(_), Transition::Done { then, .. }) = (state, &settlement.transition) {
                push::push_within(&mut transaction, then).await?;
            }
        }
        open = later;
    }
    transaction.commit().await?;
    Ok(settled)
}

/// Whether other tasks are stored with its end.
fn has_followers(settlement: &Settlement) -> bool {
    matches!(&settlement.transition, Transition::Done { then, .. } if !then.is_empty())
}

pub(super) async fn checkpoint(
    connection: &mut PgConnection,
    held: Held,
    value: &Payload,
) -> sqlx::Result<bool> {
    let update = query(
        "UPDATE persevere.tasks SET checkpoint = $3 \
         WHERE id = $1 AND lease = $2 AND state = 'running'",
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
        let new = lost.iter().map(|(held, pause, progress, attempts, _)| {
            NewState::again(*held, *pause, progress, attempts)
        });
        write(&mut transaction, new.collect()).await?;
    }
    transaction.commit().await?;
    Ok(lost.into_iter().map(|(.., recovered)| recovered).collect())
}
