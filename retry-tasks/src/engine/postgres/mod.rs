//! The engine in a PostgreSQL database.
//!
//! Its clock is the database's, `persevere.now_us()`. Rows that others work on are passed over
//! (`SKIP LOCKED`), so that no worker waits for another.

mod ended;
mod lease;
mod line;
mod listen;
mod open;
mod push;
mod schedules;
mod settle;
mod workers;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use persevere_core::task::TaskId;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPool, PgRow};
use sqlx::{Row as _, query_scalar};
use uuid::Uuid;

use self::line::Line;
use self::listen::Heard;
use super::watch::Watch;
use super::{
    Ask, Beat, Cancelled, Engine, Held, Leases, Listing, Look, NewRow, Payload, Pushed, QueueError,
    Recovered, Result, Runs, Selection, Settled, Settlement, TaskStats, Ticked, Wake, Within,
    Workers, sealed,
};
use crate::row::moment::Moment;
use crate::row::stored::COLUMNS;

/// How many connections an engine has at most for what callers ask of it. Besides, there is one for
/// each thing that is repeated all the time: leases, settlements, heartbeats, listening, and looking
/// at tasks for those who wait for them, however many they are.
const CONNECTIONS: u32 = 2;

/// How often a statement is repeated that lost against others.
const TRIES: u32 = 10;

/// Tasks in a database of PostgreSQL's.
pub(crate) struct PostgresDatabase {
    watch: Watch,
    pool: PgPool,
    leasing: Line,
    settling: Line,
    beating: PgPool,
    looking: PgPool,
    changes: Arc<Heard>,
    workers: Arc<Workers>,
}

impl PostgresDatabase {
    /// Opens a database that has a queue, and makes nothing.
    pub(crate) async fn open_existing(options: PgConnectOptions) -> Result<Self> {
        open::has_tables(&options).await?;
        Self::open(options).await
    }

    pub(crate) async fn open(options: PgConnectOptions) -> Result<Self> {
        open::prepare(&options).await?;
        Ok(Self {
            watch: Watch::default(),
            pool: open::pool(&options, CONNECTIONS),
            leasing: Line::new(&options),
            settling: Line::new(&options),
            beating: open::pool(&options, 1),
            looking: open::pool(&options, 1),
            changes: Arc::new(Heard::new(&options)),
            workers: Arc::default(),
        })
    }

    fn changed<T>(&self, outcome: T) -> T {
        self.changes.waker.wake();
        outcome
    }
}

fn uuid(id: TaskId) -> Uuid {
    Uuid::from_u128(id.as_u128())
}

/// The columns that are read.
fn columns() -> String {
    of_json(COLUMNS)
}

/// The same columns where the progress is JSON, as it is here.
fn of_json(columns: &str) -> String {
    columns.replace("progress", "progress::text")
}

fn text(row: &PgRow, column: usize) -> sqlx::Result<Option<String>> {
    row.try_get(column)
}

/// The SQLSTATE of what the database refused.
fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(DatabaseError::code).map(std::borrow::Cow::into_owned)
}

/// Whether the same statement may succeed next: it lost against another in a deadlock, or in taking a
/// key.
fn has_lost(error: &sqlx::Error) -> bool {
    code(error).is_some_and(|code| matches!(code.as_str(), "40P01" | "40001" | "23505"))
}

/// What a failed statement is to the caller.
fn unavailable(error: sqlx::Error) -> QueueError {
    match code(&error).as_deref() {
        Some("53100") => QueueError::Full(Box::new(error)), // disk_full
        _ => QueueError::Unavailable(Box::new(error)),
    }
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A statement, or some in a transaction, on a connection of the pool; again, where they lost against
/// others.
macro_rules! on {
    ($pool:expr, $connection:ident => $statements:expr) => {{
        let mut tries = 0;
        loop {
            tries += 1;
            let mut acquired = $pool.acquire().await.map_err(unavailable)?;
            let $connection = &mut *acquired;
            match $statements.await {
                Err(error) if has_lost(&error) && tries < TRIES => {}
                outcome => break outcome.map_err(unavailable),
            }
        }
    }};
}

/// As [`on`], on a line.
macro_rules! on_line {
    ($line:expr, $connection:ident => $statements:expr) => {{
        let mut tries = 0;
        let mut locked = $line.lock().await?;
        loop {
            tries += 1;
            let $connection = locked.connection();
            match $statements.await {
                Err(error) if has_lost(&error) && tries < TRIES => {}
                outcome => {
                    break outcome.map_err(|error| {
                        locked.has_failed();
                        unavailable(error)
                    });
                }
            }
        }
    }};
}

/// Neither what it keeps nor how it is reached.
impl fmt::Debug for PostgresDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresDatabase").finish_non_exhaustive()
    }
}

impl sealed::Sealed for PostgresDatabase {}

#[async_trait]
impl Engine for PostgresDatabase {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    async fn push(&self, rows: &[NewRow]) -> Result<Vec<Pushed>> {
        let pushed = on!(self.pool, to => push::push(to, rows))?;
        Ok(self.changed(pushed))
    }

    async fn push_within(&self, within: Within<'_>, rows: &[NewRow]) -> Result<Vec<Pushed>> {
        match within {
            Within::Postgres(transaction) => {
                push::push_within(transaction, rows).await.map_err(unavailable)
            }
            #[cfg(feature = "sqlite")]
            Within::Sqlite(_) => Err(QueueError::ForeignTransaction { engine: self.name() }),
        }
    }

    async fn lease(&self, ask: &Ask) -> Result<Leases> {
        self.watch.lasts(ask.span);
        let (rows, given) = if ask.room == 0 {
            (Vec::new(), None)
        } else {
            let (rows, given) = on_line!(self.leasing, to => lease::lease(to, ask))?;
            (rows, Some(given))
        };
        // Who has no room left asks again when there is some.
        let has_room = ask.room == 0 || rows.len() < ask.room;
        let next = if has_room {
            on_line!(self.leasing, from => lease::upcoming(from, ask, given))?
        } else {
            None
        };
        Ok(Leases { rows, next })
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>> {
        let settled = on_line!(self.settling, to => settle::settle(to, settlements))?;
        Ok(self.changed(settled))
    }

    async fn checkpoint(&self, held: Held, value: &Payload) -> Result<bool> {
        on!(self.pool, to => settle::checkpoint(to, held, value))
    }

    async fn ticked(&self, schedule: &str) -> Result<Ticked> {
        on!(self.pool, from => schedules::ticked(from, schedule))
    }

    async fn tick(&self, schedule: &str, tick: SystemTime, row: &NewRow) -> Result<bool> {
        let tick = Moment::not_before(tick);
        let stored = on!(self.pool, to => schedules::tick(to, schedule, tick, row))?;
        Ok(self.changed(stored))
    }

    async fn beat(&self, held: &[Held], span: Duration) -> Result<Vec<Beat>> {
        self.watch.lasts(span);
        on!(self.beating, to => lease::beat(to, held, span))
    }

    async fn recover(&self, limit: usize) -> Result<Vec<Recovered>> {
        let asked = Instant::now();
        let shown = on!(self.pool, from => {
            query_scalar::<_, i64>("SELECT persevere.now_us()").fetch_one(from)
        });
        let now = Moment(shown.inspect_err(|_| self.watch.is_unanswered(Instant::now()))?);
        if !self.watch.trusts(now, asked, Instant::now()) {
            return Ok(Vec::new());
        }
        let recovered = on!(self.pool, to => settle::recover(to, now, limited(limit)))?;
        Ok(self.changed(recovered))
    }

    async fn prune(&self, limit: usize) -> Result<u64> {
        on!(self.pool, to => ended::prune(to, limited(limit)))
    }

    async fn look(&self, ids: &[TaskId]) -> Result<Vec<Option<Look>>> {
        on!(self.looking, from => ended::look(from, ids))
    }

    async fn look_within(&self, ids: &[TaskId], bytes: u64) -> Result<Vec<Look>> {
        on!(self.looking, from => ended::look_within(from, ids, bytes))
    }

    async fn waiting(&self, names: &[String], limit: usize) -> Result<Vec<TaskId>> {
        on!(self.pool, from => ended::waiting(from, names, limited(limit)))
    }

    async fn list(&self, which: &Listing) -> Result<Vec<TaskId>> {
        on!(self.pool, from => ended::list(from, which))
    }

    async fn dead(&self, which: &Selection) -> Result<Vec<TaskId>> {
        on!(self.pool, from => ended::dead_ids(from, which))
    }

    async fn requeue(&self, which: &Selection) -> Result<u64> {
        let requeued = on!(self.pool, to => ended::requeue(to, which))?;
        Ok(self.changed(requeued))
    }

    async fn discard(&self, which: &Selection) -> Result<u64> {
        on!(self.pool, to => ended::discard(to, which))
    }

    async fn cancel(&self, id: TaskId, keep: Duration) -> Result<Option<Cancelled>> {
        let cancelled = on!(self.pool, to => ended::cancel(to, id, keep))?;
        Ok(self.changed(cancelled))
    }

    async fn stats(&self) -> Result<Vec<TaskStats>> {
        let stats = on!(self.pool, from => ended::stats(from))?;
        let count = on!(self.pool, from => workers::count(from))?;
        Ok(TaskStats::with_workers(stats, |task| count.get(task).copied().unwrap_or_default()))
    }

    fn workers(&self) -> &Arc<Workers> {
        &self.workers
    }

    fn is_shared(&self) -> bool {
        true
    }

    async fn announce(&self, worker: &str, tasks: &[String], span: Duration) -> Result<()> {
        on!(self.pool, to => workers::announce(to, worker, tasks, span))
    }

    async fn withdraw(&self, worker: &str) -> Result<()> {
        on!(self.pool, to => workers::withdraw(to, worker))
    }

    async fn runs(&self, task: &str) -> Result<Runs> {
        on!(self.pool, from => workers::runs(from, task))
    }

    fn wake(&self) -> Wake {
        Heard::start(&self.changes);
        self.changes.waker.subscribe()
    }
}
