//! The engine in a SQLite file.
//!
//! Its clock is the machine's, read once a transaction has begun. A write takes the file's lock before
//! it reads (`BEGIN IMMEDIATE`), so that it waits for others and never fails because of them.

mod ended;
mod id;
#[cfg(test)]
mod jumps;
mod lease;
mod open;
#[cfg(test)]
mod plans;
mod poll;
mod push;
mod schedules;
mod settle;
mod workers;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use persevere_core::task::TaskId;
use sqlx::Row as _;
use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};

use self::open::Line;
use self::poll::Polled;
use super::clock::Clock;
use super::watch::Watch;
use super::{
    Ask, Beat, Cancelled, Engine, Held, Leases, Listing, Look, NewRow, Payload, Pushed, QueueError,
    Recovered, Result, Runs, Selection, Settled, Settlement, TaskStats, Ticked, Wake, Within,
    Workers, sealed,
};
use crate::row::moment::Moment;

/// Tasks in a file of SQLite's.
pub(crate) struct SqliteFile {
    clock: Clock,
    watch: Watch,
    leasing: Line,
    writing: Line,
    reading: Line,
    beating: Line,
    changes: Arc<Polled>,
    workers: Arc<Workers>,
}

impl SqliteFile {
    /// Opens a file that has a queue, and makes nothing.
    pub(crate) async fn open_existing(options: SqliteConnectOptions) -> Result<Self> {
        open::has_tables(&options).await?;
        Self::open(options.create_if_missing(false), Clock::Wall).await
    }

    pub(crate) async fn open(options: SqliteConnectOptions, clock: Clock) -> Result<Self> {
        let options = open::options(options);
        let to_write = open::options_to_write(&options);
        let writing = Line::new(&to_write, clock);
        open::prepare(&writing).await?;
        Ok(Self {
            clock,
            watch: Watch::default(),
            leasing: writing.in_turn(&open::options_to_lease(&options)),
            writing,
            reading: Line::new(&options, clock),
            beating: Line::new(&to_write, clock),
            changes: Arc::new(Polled::new(&options)),
            workers: Arc::default(),
        })
    }

    fn changed<T>(&self, outcome: T) -> T {
        self.changes.waker.wake();
        outcome
    }
}

/// A column's text, of which SQLite does not promise that it is UTF-8.
fn text(row: &SqliteRow, column: usize) -> sqlx::Result<Option<String>> {
    let bytes = row.try_get::<Option<&[u8]>, _>(column)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
}

/// What a failed statement is to the caller.
fn unavailable(error: sqlx::Error) -> QueueError {
    let code = error.as_database_error().and_then(DatabaseError::code);
    if code.is_some_and(|code| code == "13") {
        return QueueError::Full(Box::new(error)); // SQLITE_FULL
    }
    QueueError::Unavailable(Box::new(error))
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A statement, or some, on one of the lines.
macro_rules! on {
    ($line:expr, $connection:ident => $statements:expr) => {{
        let mut locked = $line.lock().await?;
        let $connection = locked.connection();
        let outcome = $statements.await;
        locked.outcome(outcome)
    }};
}

/// Neither what it keeps nor how it is reached.
impl fmt::Debug for SqliteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteFile").finish_non_exhaustive()
    }
}

impl sealed::Sealed for SqliteFile {}

#[async_trait]
impl Engine for SqliteFile {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    async fn push(&self, rows: &[NewRow]) -> Result<Vec<Pushed>> {
        let pushed = on!(self.writing, to => push::push(to, self.clock, rows))?;
        Ok(self.changed(pushed))
    }

    async fn push_within(&self, within: Within<'_>, rows: &[NewRow]) -> Result<Vec<Pushed>> {
        match within {
            Within::Sqlite(transaction) => {
                let pushed = push::push_within(transaction, self.clock.now(), rows).await;
                pushed.map_err(unavailable)
            }
            #[cfg(feature = "postgres")]
            Within::Postgres(_) => Err(QueueError::ForeignTransaction { engine: self.name() }),
        }
    }

    async fn lease(&self, ask: &Ask) -> Result<Leases> {
        self.watch.lasts(ask.span);
        let now = self.clock.now();
        // A look that finds nothing takes no write lock.
        let found = on!(self.reading, from => lease::candidates(from, ask, now))?;
        let rows = if found.is_empty() || ask.room == 0 {
            Vec::new()
        } else {
            on!(self.leasing, to => lease::lease(to, self.clock, ask))?
        };
        // Who has no room left asks again when there is some.
        let has_room = ask.room == 0 || rows.len() < ask.room;
        let next = if has_room {
            on!(self.reading, from => lease::upcoming(from, ask, now))?
        } else {
            None
        };
        Ok(Leases { rows, next })
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>> {
        let settled = on!(self.writing, to => settle::settle(to, self.clock, settlements))?;
        Ok(self.changed(settled))
    }

    async fn checkpoint(&self, held: Held, value: &Payload) -> Result<bool> {
        on!(self.writing, to => settle::checkpoint(to, held, value))
    }

    async fn ticked(&self, schedule: &str) -> Result<Ticked> {
        let now = self.clock.now();
        let last = match on!(self.reading, from => schedules::last(from, schedule))? {
            Some(last) => last,
            None => on!(self.writing, to => schedules::begin(to, schedule, now))?,
        };
        Ok(Ticked { last: last.time(), now: now.time() })
    }

    async fn tick(&self, schedule: &str, tick: SystemTime, row: &NewRow) -> Result<bool> {
        let tick = Moment::not_before(tick);
        let stored =
            on!(self.writing, to => schedules::tick(to, &self.clock, schedule, tick, row))?;
        Ok(self.changed(stored))
    }

    async fn beat(&self, held: &[Held], span: Duration) -> Result<Vec<Beat>> {
        self.watch.lasts(span);
        on!(self.beating, to => lease::beat(to, self.clock, held, span))
    }

    async fn recover(&self, limit: usize) -> Result<Vec<Recovered>> {
        let asked = Instant::now();
        let trusts = |now| self.clock.is_tokios() || self.watch.trusts(now, asked, Instant::now());
        let now = self.clock.now();
        if !trusts(now) || !on!(self.reading, from => settle::is_any_lost(from, now))? {
            return Ok(Vec::new());
        }
        let limit = limited(limit);
        let recovered = on!(self.writing, to => settle::recover(to, self.clock, limit, trusts))?;
        Ok(self.changed(recovered))
    }

    async fn prune(&self, limit: usize) -> Result<u64> {
        let now = self.clock.now();
        on!(self.writing, to => ended::prune(to, now, limited(limit)))
    }

    async fn look(&self, ids: &[TaskId]) -> Result<Vec<Option<Look>>> {
        on!(self.reading, from => ended::look(from, ids))
    }

    async fn look_within(&self, ids: &[TaskId], bytes: u64) -> Result<Vec<Look>> {
        on!(self.reading, from => ended::look_within(from, ids, bytes))
    }

    async fn waiting(&self, names: &[String], limit: usize) -> Result<Vec<TaskId>> {
        on!(self.reading, from => ended::waiting(from, names, limited(limit)))
    }

    async fn list(&self, which: &Listing) -> Result<Vec<TaskId>> {
        on!(self.reading, from => ended::list(from, which))
    }

    async fn dead(&self, which: &Selection) -> Result<Vec<TaskId>> {
        on!(self.reading, from => ended::dead_ids(from, which))
    }

    async fn requeue(&self, which: &Selection) -> Result<u64> {
        let requeued = on!(self.writing, to => ended::requeue(to, self.clock, which))?;
        Ok(self.changed(requeued))
    }

    async fn discard(&self, which: &Selection) -> Result<u64> {
        on!(self.writing, to => ended::discard(to, which))
    }

    async fn cancel(&self, id: TaskId, keep: Duration) -> Result<Option<Cancelled>> {
        let cancelled = on!(self.writing, to => ended::cancel(to, self.clock, id, keep))?;
        Ok(self.changed(cancelled))
    }

    async fn stats(&self) -> Result<Vec<TaskStats>> {
        let now = self.clock.now();
        let stats = on!(self.reading, from => ended::stats(from, now))?;
        if !self.is_shared() {
            return Ok(TaskStats::with_workers(stats, |task| self.workers.count(task)));
        }
        let count = on!(self.reading, from => workers::count(from, now))?;
        Ok(TaskStats::with_workers(stats, |task| count.get(task).copied().unwrap_or_default()))
    }

    fn workers(&self) -> &Arc<Workers> {
        &self.workers
    }

    fn is_shared(&self) -> bool {
        !self.clock.is_tokios()
    }

    async fn announce(&self, worker: &str, tasks: &[String], span: Duration) -> Result<()> {
        if !self.is_shared() {
            return Ok(());
        }
        let now = self.clock.now();
        let times = (now, now.after(span));
        on!(self.writing, to => workers::announce(to, worker, tasks, times))
    }

    async fn withdraw(&self, worker: &str) -> Result<()> {
        if !self.is_shared() {
            return Ok(());
        }
        on!(self.writing, to => workers::withdraw(to, worker))
    }

    async fn runs(&self, task: &str) -> Result<Runs> {
        let now = self.clock.now();
        on!(self.reading, from => workers::runs(from, task, now))
    }

    fn wake(&self) -> Wake {
        if !self.clock.is_tokios() {
            Polled::start(&self.changes);
        }
        self.changes.waker.subscribe()
    }
}
