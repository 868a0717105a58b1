//! Giving leases, and renewing them.

use std::time::Duration;

use persevere_core::task::TaskId;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _, query, query_scalar};
use uuid::Uuid;

use super::{columns, text, uuid};
use crate::engine::lease::{Ask, Beat, Held, Leased};
use crate::row::lease_id::LeaseId;
use crate::row::moment::{Moment, micros};
use crate::row::priority;
use crate::row::stored::stored;

/// Whether another task of its key has begun, and has to end first.
const IS_BEHIND: &str = "(t.from_start AND EXISTS (SELECT 1 FROM persevere.tasks AS other \
    WHERE other.begun AND other.task = t.task AND other.key = t.key AND other.id <> t.id))";

/// Each name that is wanted, with each priority, and suspects apart: so that one search of the index
/// for each passes over nothing row by row.
const LINES: &str = "\
    unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) \
        AS wanted (name, version, room, kind) \
    CROSS JOIN (VALUES (0), (1), (2)) AS priorities (number) \
    CROSS JOIN (VALUES (false), (true)) AS suspects (flag)";

/// The leases, and the moment by which they were given.
///
/// The commit does not wait for the disk: a server that crashes and forgets a lease has the task leased
/// again, and discards what the forgotten lease writes. Whatever is written later reaches the disk
/// after it, or not at all.
pub(super) async fn lease(
    connection: &mut PgConnection,
    ask: &Ask,
) -> sqlx::Result<(Vec<Leased>, Moment)> {
    let columns = columns();
    let sql = format!(
        "WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now, \
            set_config('synchronous_commit', 'off', true)), \
         found AS MATERIALIZED ( \
            SELECT line.*, kind, room, suspects.flag AS suspect FROM {LINES} CROSS JOIN LATERAL ( \
                SELECT t.id AS found, t.priority AS rank, t.due AS moment, \
                    CASE WHEN t.from_start THEN t.task || ' ' || t.key ELSE t.id::text END AS twins \
                FROM persevere.tasks AS t \
                WHERE t.state = 'waiting' AND t.task = wanted.name AND t.suspect = suspects.flag \
                    AND t.priority = priorities.number AND t.due <= (SELECT now FROM clock) \
                    AND t.version <= wanted.version AND NOT {IS_BEHIND} \
                ORDER BY t.due, t.id LIMIT least(wanted.room, $5) FOR UPDATE SKIP LOCKED) AS line), \
         allowed AS ( \
            SELECT *, row_number() OVER (PARTITION BY suspect ORDER BY rank, moment, found) \
                AS place, row_number() OVER (PARTITION BY twins ORDER BY rank, moment, found) \
                AS of_twins FROM found), \
         roomy AS ( \
            SELECT *, row_number() OVER (PARTITION BY kind ORDER BY rank, moment, found) AS of_kind \
            FROM allowed WHERE of_twins = 1 AND (NOT suspect OR place <= $6)), \
         chosen AS ( \
            SELECT found, now FROM roomy, clock WHERE of_kind <= room \
            ORDER BY rank, moment, found LIMIT $5), \
         leased AS ( \
         UPDATE persevere.tasks AS t SET state = 'running', \
            lease = $9, worker = $7, \
            since = now, until = now + $8, cancel = false, begun = from_start, \
            holds_key = holds_key AND NOT from_start \
         FROM chosen WHERE t.id = chosen.found RETURNING {columns}) \
         SELECT leased.*, clock.now FROM clock LEFT JOIN leased ON true"
    );
    let lines = Lines::of(ask, |_| true);
    let lease = query(AssertSqlSafe(sql))
        .bind(lines.names)
        .bind(lines.versions)
        .bind(lines.rooms)
        .bind(lines.kinds)
        .bind(whole(ask.room))
        .bind(whole(ask.suspects))
        .bind(&ask.worker)
        .bind(micros(ask.span))
        .bind(LeaseId::draw().0);
    let rows = lease.fetch_all(connection).await?;
    let now = rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(NOW)?;
    // Where nothing was leased, there is the moment alone.
    let mut leased = Vec::with_capacity(rows.len());
    for row in &rows {
        if row.try_get::<Option<Uuid>, _>(0)?.is_some() {
            leased.push(of_row(row)?);
        }
    }
    leased.sort_unstable_by_key(|leased| {
        (priority::number(leased.row.priority), std::cmp::Reverse(leased.late), leased.row.id)
    });
    Ok((leased, Moment(now)))
}

/// The place of the moment, behind the columns.
const NOW: usize = 21;

fn of_row(row: &PgRow) -> sqlx::Result<Leased> {
    let now = Moment(row.try_get(NOW)?);
    let id = TaskId::from_u128(row.try_get::<Uuid, _>(0)?.as_u128());
    let stored = stored!(row, id, text);
    Ok(Leased {
        lease: LeaseId(stored.lease),
        since_due: now.since(Moment(stored.first_due)),
        late: now.since(Moment(stored.due)),
        row: stored.row(),
    })
}

/// The names that are wanted, one to a line.
struct Lines {
    names: Vec<String>,
    versions: Vec<i64>,
    rooms: Vec<i64>,
    kinds: Vec<i64>,
}

impl Lines {
    fn of(ask: &Ask, is_meant: impl Fn(usize) -> bool) -> Self {
        let (mut names, mut versions, mut rooms, mut kinds) = (vec![], vec![], vec![], vec![]);
        for (index, wanted) in ask.tasks.iter().enumerate().filter(|(index, _)| is_meant(*index)) {
            for name in &wanted.names {
                names.push(name.clone());
                versions.push(i64::from(wanted.version));
                rooms.push(whole(wanted.room));
                kinds.push(whole(index));
            }
        }
        Self { names, versions, rooms, kinds }
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The span until the next one becomes due.
///
/// What became due since leases were `given` counts: it was not found then.
pub(super) async fn upcoming(
    connection: &mut PgConnection,
    ask: &Ask,
    given: Option<Moment>,
) -> sqlx::Result<Option<Duration>> {
    let sql = format!(
        "WITH clock AS MATERIALIZED (SELECT persevere.now_us() AS now) \
         SELECT min(line.due) - min(now) FROM clock, {LINES} CROSS JOIN LATERAL ( \
            SELECT t.due FROM persevere.tasks AS t \
            WHERE t.state = 'waiting' AND t.task = wanted.name AND t.suspect = suspects.flag \
                AND t.priority = priorities.number AND t.due > coalesce($5, (SELECT now FROM clock)) \
                AND t.version <= wanted.version \
            ORDER BY t.due LIMIT 1) AS line"
    );
    let lines = Lines::of(ask, |_| true);
    let next = query_scalar::<_, Option<i64>>(AssertSqlSafe(sql))
        .bind(lines.names)
        .bind(lines.versions)
        .bind(lines.rooms)
        .bind(lines.kinds)
        .bind(given.map(|given| given.0))
        .fetch_one(connection)
        .await?;
    Ok(next.map(|span| Duration::from_micros(u64::try_from(span).unwrap_or_default())))
}

const BEAT: &str = "\
    UPDATE persevere.tasks AS t SET until = persevere.now_us() + $3 \
    FROM unnest($1::uuid[], $2::bigint[]) AS held (held, lease) \
    WHERE t.id = held.held AND t.lease = held.lease AND t.state = 'running' \
    RETURNING t.id, t.lease, t.cancel";

pub(super) async fn beat(
    connection: &mut PgConnection,
    held: &[Held],
    span: Duration,
) -> sqlx::Result<Vec<Beat>> {
    let mut sorted = held.to_vec();
    sorted.sort_unstable_by_key(|held| held.id);
    let beat = query(BEAT)
        .bind(sorted.iter().map(|held| uuid(held.id)).collect::<Vec<_>>())
        .bind(sorted.iter().map(|held| held.lease.0).collect::<Vec<_>>())
        .bind(micros(span));
    let mut kept = std::collections::HashMap::new();
    for row in beat.fetch_all(connection).await? {
        let id = TaskId::from_u128(row.try_get::<Uuid, _>(0)?.as_u128());
        let held = Held { id, lease: LeaseId(row.try_get(1)?) };
        let beat = if row.try_get(2)? { Beat::CancelRequested } else { Beat::Kept };
        kept.insert(held, beat);
    }
    Ok(held.iter().map(|held| kept.get(held).copied().unwrap_or(Beat::Lost)).collect())
}
