//! Giving leases, renewing them, and recovering from their loss.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use persevere_core::task::TaskId;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _, query};

use super::open::begin;
use super::{id, text};
use crate::engine::clock::Clock;
use crate::engine::lease::{Ask, Beat, Held, Leased};
use crate::row::lease_id::LeaseId;
use crate::row::moment::Moment;
use crate::row::priority;
use crate::row::stored::{COLUMNS, stored};

/// How many names one statement asks for, each with six terms of the 500 that SQLite takes.
const NAMES: usize = 64;

/// Whether another task of its key has begun, and has to end first.
const IS_BEHIND: &str = "(from_start = 1 AND EXISTS (SELECT 1 FROM persevere_tasks AS other \
    WHERE other.begun = 1 AND other.task = persevere_tasks.task \
    AND other.key = persevere_tasks.key AND other.id <> persevere_tasks.id))";

/// A task that may be leased.
pub(super) struct Candidate {
    id: TaskId,
    priority: i64,
    due: i64,
    is_suspect: bool,
    /// Its name and key, where the next one of that key waits for its end.
    twins: Option<(String, String)>,
    /// The index of who wants it.
    wanted: usize,
}

/// One name, of those whose index is given.
struct Name<'a> {
    name: &'a str,
    wanted: usize,
}

fn names(ask: &Ask) -> Vec<Name<'_>> {
    let wanted = ask.tasks.iter().enumerate();
    wanted.flat_map(|(wanted, of)| of.names.iter().map(move |name| Name { name, wanted })).collect()
}

/// Which tasks may be leased, the first to begin first: one search of the index for each name, each
/// priority, and suspects apart, so that nothing is passed over row by row.
pub(super) async fn candidates(
    connection: &mut SqliteConnection,
    ask: &Ask,
    now: Moment,
) -> sqlx::Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for names in names(ask).chunks(NAMES) {
        let mut search = query(AssertSqlSafe(candidates_sql(names.len()))).bind(now.0);
        for name in names {
            let wanted = &ask.tasks[name.wanted];
            let room = i64::try_from(wanted.room.min(ask.room)).unwrap_or(i64::MAX);
            search = search.bind(name.name).bind(wanted.version).bind(room);
        }
        for row in search.fetch_all(&mut *connection).await? {
            let index = usize::try_from(row.try_get::<i64, _>(4)?).unwrap_or_default();
            found.push(Candidate {
                id: id::read(row.try_get(0)?),
                priority: row.try_get(1)?,
                due: row.try_get(2)?,
                is_suspect: row.try_get(3)?,
                twins: row
                    .try_get::<Option<_>, _>(5)?
                    .map(|key| (names[index].name.to_owned(), key)),
                wanted: names[index].wanted,
            });
        }
    }
    found.sort_unstable_by_key(|candidate| (candidate.priority, candidate.due, candidate.id));
    Ok(found)
}

/// The span until the next one becomes due.
pub(super) async fn upcoming(
    connection: &mut SqliteConnection,
    ask: &Ask,
    now: Moment,
) -> sqlx::Result<Option<Duration>> {
    let mut next: Option<i64> = None;
    for names in names(ask).chunks(NAMES) {
        let mut search = query(AssertSqlSafe(upcoming_sql(names.len()))).bind(now.0);
        for name in names {
            search = search.bind(name.name).bind(ask.tasks[name.wanted].version);
        }
        for row in search.fetch_all(&mut *connection).await? {
            let due = row.try_get(0)?;
            next = Some(next.map_or(due, |next| next.min(due)));
        }
    }
    Ok(next.map(|due| Moment(due).since(now)))
}

pub(super) fn candidates_sql(names: usize) -> String {
    searches(names, |name, suspect, priority| {
        format!(
            "SELECT * FROM (SELECT id, priority, due, suspect, {name}, \
             CASE from_start WHEN 1 THEN key END FROM persevere_tasks \
             WHERE state = 'waiting' AND task = ?{task} AND suspect = {suspect} \
             AND priority = {priority} AND due <= ?1 AND version <= ?{version} \
             AND NOT {IS_BEHIND} ORDER BY due, id LIMIT ?{room})",
            task = 3 * name + 2,
            version = 3 * name + 3,
            room = 3 * name + 4,
        )
    })
}

pub(super) fn upcoming_sql(names: usize) -> String {
    searches(names, |name, suspect, priority| {
        format!(
            "SELECT * FROM (SELECT due FROM persevere_tasks \
             WHERE state = 'waiting' AND task = ?{task} AND suspect = {suspect} \
             AND priority = {priority} AND due > ?1 AND version <= ?{version} \
             ORDER BY due LIMIT 1)",
            task = 2 * name + 2,
            version = 2 * name + 3,
        )
    })
}

fn searches(names: usize, search: impl Fn(usize, u8, u8) -> String) -> String {
    let mut sql = String::new();
    for name in 0..names {
        for (suspect, priority) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)] {
            let union = if sql.is_empty() { "" } else { " UNION ALL " };
            let _ = write!(sql, "{union}{}", search(name, suspect, priority));
        }
    }
    sql
}

/// What becomes of a list of ids in JSON.
pub(super) fn lease_sql() -> String {
    format!(
        "UPDATE persevere_tasks SET state = 'running', \
         lease = ?5, worker = ?2, \
         since = ?3, until = ?4, cancel = 0, begun = from_start, \
         holds_key = CASE from_start WHEN 1 THEN 0 ELSE holds_key END \
         WHERE id IN (SELECT unhex(value) FROM json_each(?1)) AND +state = 'waiting' \
         AND NOT {IS_BEHIND} RETURNING {COLUMNS}"
    )
}

pub(super) async fn lease(
    connection: &mut SqliteConnection,
    clock: Clock,
    ask: &Ask,
) -> sqlx::Result<Vec<Leased>> {
    let mut transaction = begin!(connection);
    let now = clock.now();
    let chosen = chosen(ask, candidates(&mut transaction, ask, now).await?);
    let update = query(AssertSqlSafe(lease_sql()))
        .bind(id::list(&chosen))
        .bind(&ask.worker)
        .bind(now.0)
        .bind(now.after(ask.span).0)
        .bind(LeaseId::draw().0);
    let rows = update.fetch_all(&mut *transaction).await?;
    let mut leased = rows.iter().map(|row| leased(row, now)).collect::<sqlx::Result<Vec<_>>>()?;
    transaction.commit().await?;
    leased.sort_unstable_by_key(|leased| {
        (priority::number(leased.row.priority), std::cmp::Reverse(leased.late), leased.row.id)
    });
    Ok(leased)
}

/// Those that there is room for.
fn chosen(ask: &Ask, candidates: Vec<Candidate>) -> Vec<TaskId> {
    let (mut room, mut suspects) = (ask.room, ask.suspects);
    let mut rooms: Vec<_> = ask.tasks.iter().map(|wanted| wanted.room).collect();
    let mut begun = HashSet::new();
    let mut chosen = Vec::new();
    for candidate in candidates {
        let is_barred = candidate.is_suspect && suspects == 0;
        if room == 0 || rooms[candidate.wanted] == 0 || is_barred {
            continue;
        }
        if candidate.twins.is_some_and(|twins| !begun.insert(twins)) {
            continue;
        }
        chosen.push(candidate.id);
        room -= 1;
        rooms[candidate.wanted] -= 1;
        suspects -= usize::from(candidate.is_suspect);
    }
    chosen
}

fn leased(row: &SqliteRow, now: Moment) -> sqlx::Result<Leased> {
    let stored = stored!(row, id::read(row.try_get(0)?), text);
    Ok(Leased {
        lease: LeaseId(stored.lease),
        since_due: now.since(Moment(stored.first_due)),
        late: now.since(Moment(stored.due)),
        row: stored.row(),
    })
}

pub(super) async fn beat(
    connection: &mut SqliteConnection,
    clock: Clock,
    held: &[Held],
    span: Duration,
) -> sqlx::Result<Vec<Beat>> {
    let mut transaction = begin!(connection);
    let until = clock.now().after(span);
    let mut beats = Vec::with_capacity(held.len());
    for held in held {
        let update = query(
            "UPDATE persevere_tasks SET until = ?3 \
             WHERE id = ?1 AND lease = ?2 AND state = 'running' RETURNING cancel",
        );
        let update = update.bind(id::bytes(held.id)).bind(held.lease.0).bind(until.0);
        beats.push(match update.fetch_optional(&mut *transaction).await? {
            None => Beat::Lost,
            Some(row) if row.try_get::<bool, _>(0)? => Beat::CancelRequested,
            Some(_) => Beat::Kept,
        });
    }
    transaction.commit().await?;
    Ok(beats)
}
