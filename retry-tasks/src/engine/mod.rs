//! Where tasks are kept.
//!
//! An engine stores rows and gives leases of them, and nothing else: it decides about no retry and
//! reads no argument. Every write about a leased task names its lease, and is discarded when there is
//! a later one. A wait is a span, which the engine adds to its own clock.

pub(crate) mod clock;
pub(crate) mod error;
pub(crate) mod lease;
pub(crate) mod listing;
pub(crate) mod memory;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) mod new_state;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod select;
pub(crate) mod settle;
pub(crate) mod sizes;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
pub(crate) mod wake;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) mod watch;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) mod within;
pub(crate) mod workers;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use persevere_core::task::TaskId;

pub use self::error::{QueueError, Source};
pub use self::lease::{Ask, Beat, Held, Leased, Leases, Recovered, Wanted};
pub use self::listing::{Listing, StateName};
pub use self::select::{Selection, TaskStats};
pub use self::settle::{Cancelled, Settled, Settlement, Transition};
pub use self::wake::Wake;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use self::within::Within;
pub use self::workers::{Runs, Workers};
pub use crate::row::envelope::Envelope;
pub use crate::row::history::{Attempts, FailedAttempt};
pub use crate::row::lease_id::LeaseId;
pub use crate::row::progress::Progress;
pub use crate::row::reason::REASONS;
pub use crate::row::{Look, NewRow, Row, State};
pub use persevere_core::task::{Due, Key, KeyUntil, Payload};

/// How many bytes of a last error are kept.
pub(crate) const LAST_ERROR: usize = 8 * 1_024;

/// How long a task stays readable whose worker was lost after it was to be cancelled.
#[allow(clippy::duration_suboptimal_units, reason = "Rust 1.85 has no `from_hours`")]
pub(crate) const KEEP_CANCELLED: Duration = Duration::from_secs(86_400);

/// What an attempt's error is whose worker was lost.
pub(crate) const WORKER_LOST: &str = "the worker was lost";

/// What an engine answers.
pub type Result<T> = std::result::Result<T, QueueError>;

/// What became of a row that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The task of that id or key: the new one, or the one that is there.
    pub id: TaskId,
    /// Whether it is the new one.
    pub is_new: bool,
}

/// How far a schedule's last tick may be in the future: a clock that was wrong may have written it.
#[allow(clippy::duration_suboptimal_units, reason = "Rust 1.85 has no `from_hours`")]
pub const AHEAD: Duration = Duration::from_secs(86_400);

/// How far a schedule has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticked {
    /// The last tick whose task was stored; where there is none, when the schedule began.
    pub last: SystemTime,
    /// Now, by the engine's clock.
    pub now: SystemTime,
}

/// Where tasks are kept. It is sealed: its methods may change in any release.
#[async_trait]
pub trait Engine: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// Its name, for errors and logs.
    fn name(&self) -> &'static str;

    /// Stores tasks, all or none.
    async fn push(&self, rows: &[NewRow]) -> Result<Vec<Pushed>>;

    /// Stores tasks in a transaction of the caller's, all or none.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    async fn push_within(&self, _within: Within<'_>, _rows: &[NewRow]) -> Result<Vec<Pushed>> {
        Err(QueueError::ForeignTransaction { engine: self.name() })
    }

    /// Gives leases of due tasks, no more than there is room for.
    async fn lease(&self, ask: &Ask) -> Result<Leases>;

    /// Writes what became of leased tasks, each by itself: the answers are in the same order.
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>>;

    /// Keeps what an attempt noted for the next one; `false` if the lease is over.
    async fn checkpoint(&self, held: Held, value: &Payload) -> Result<bool>;

    /// When the schedule of that name ticked last. One that is not known begins now.
    async fn ticked(&self, schedule: &str) -> Result<Ticked>;

    /// Stores the task of a schedule's tick, unless that of this tick or a later one has been stored. Whether
    /// it has been stored now. A last tick that is more than [`AHEAD`] in the future is not believed.
    async fn tick(&self, schedule: &str, tick: SystemTime, row: &NewRow) -> Result<bool>;

    /// Renews leases from now on: the answers are in the same order.
    async fn beat(&self, held: &[Held], span: Duration) -> Result<Vec<Beat>>;

    /// Makes tasks due again whose leases ran out, each with a crash more and after a pause, or ends
    /// them if they are to be cancelled. At most `limit`, of any worker.
    async fn recover(&self, limit: usize) -> Result<Vec<Recovered>>;

    /// Deletes at most `limit` tasks that are done or cancelled and need not be kept any longer.
    async fn prune(&self, limit: usize) -> Result<u64>;

    /// The tasks of these ids, in the same order, where there are such.
    async fn look(&self, ids: &[TaskId]) -> Result<Vec<Option<Look>>>;

    /// The first of these tasks, as far as there are such: one, and more as long as all that is stored of
    /// them is no more than `bytes`.
    async fn look_within(&self, ids: &[TaskId], bytes: u64) -> Result<Vec<Look>>;

    /// The ids of tasks of these names that wait, first the one that is due first.
    async fn waiting(&self, names: &[String], limit: usize) -> Result<Vec<TaskId>>;

    /// The ids of tasks, the latest first.
    async fn list(&self, which: &Listing) -> Result<Vec<TaskId>>;

    /// The ids of the dead, first the one that died last.
    async fn dead(&self, which: &Selection) -> Result<Vec<TaskId>>;

    /// Makes dead tasks due now, with nothing counted. Each is taken once, even if several ask at the same
    /// time.
    async fn requeue(&self, which: &Selection) -> Result<u64>;

    /// Deletes dead tasks.
    async fn discard(&self, which: &Selection) -> Result<u64>;

    /// Ends a task that waits, and asks for the end of one that runs; that is kept `keep` long.
    async fn cancel(&self, id: TaskId, keep: Duration) -> Result<Option<Cancelled>>;

    /// How many tasks there are that have not ended well, by name: of 10,000 names at most, the first
    /// ones in their order.
    async fn stats(&self) -> Result<Vec<TaskStats>>;

    /// The workers of this process that run on this engine.
    fn workers(&self) -> &Arc<Workers>;

    /// Whether other processes may have workers that run on the same tasks.
    fn is_shared(&self) -> bool {
        false
    }

    /// Lets others know, for the next `span`, that a worker runs tasks of these names.
    async fn announce(&self, _worker: &str, _tasks: &[String], _span: Duration) -> Result<()> {
        Ok(())
    }

    /// Lets others know that a worker has ended.
    async fn withdraw(&self, _worker: &str) -> Result<()> {
        Ok(())
    }

    /// Whether a worker that has been announced runs tasks of that name.
    async fn runs(&self, task: &str) -> Result<Runs> {
        Ok(self.workers().runs(task))
    }

    /// Wakes who waits for a change.
    fn wake(&self) -> Wake;
}

/// Tasks in memory, on tokio's clock, which may be paused. They end with the process.
///
/// ```
/// let engine = persevere::tasks::engine::in_memory();
/// assert_eq!(engine.name(), "memory");
/// ```
#[must_use]
pub fn in_memory() -> Arc<dyn Engine> {
    Arc::new(memory::Memory::new())
}

/// Tasks in a SQLite file, which is made if it is missing.
///
/// The engine opens connections of its own: one for reading, one for writing, one for heartbeats.
///
/// # Errors
///
/// [`QueueError::Open`] if the file cannot be opened; [`QueueError::NewerSchema`] if a later release
/// made its tables.
#[cfg(feature = "sqlite")]
pub async fn sqlite(options: sqlx::sqlite::SqliteConnectOptions) -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(sqlite::SqliteFile::open(options, clock::Clock::Wall).await?))
}

/// As [`sqlite()`], for a file that has a queue: neither the file nor its tables are made.
///
/// # Errors
///
/// As [`sqlite()`]; [`QueueError::NoQueue`] if the file has no tables of a queue.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use persevere::tasks::{QueueError, engine};
/// use sqlx::sqlite::SqliteConnectOptions;
///
/// let missing = SqliteConnectOptions::new().filename("no such file.db");
/// let error = engine::existing_sqlite(missing).await.unwrap_err();
/// assert!(matches!(error, QueueError::Open { .. }));
/// # }
/// ```
#[cfg(feature = "sqlite")]
pub async fn existing_sqlite(
    options: sqlx::sqlite::SqliteConnectOptions,
) -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(sqlite::SqliteFile::open_existing(options).await?))
}

/// Tasks in a PostgreSQL database, in a schema named `persevere`, which is made if it is missing.
///
/// The engine opens connections of its own, seven at most.
///
/// # Errors
///
/// [`QueueError::Open`] if the database cannot be reached, or refuses; [`QueueError::NewerSchema`] if a
/// later release made its tables.
#[cfg(feature = "postgres")]
pub async fn postgres(options: sqlx::postgres::PgConnectOptions) -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(postgres::PostgresDatabase::open(options).await?))
}

/// As [`postgres()`], for a database that has a queue: no tables are made.
///
/// # Errors
///
/// As [`postgres()`]; [`QueueError::NoQueue`] if the database has no tables of a queue.
///
/// ```no_run
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let options = "postgres://app@localhost/shop".parse()?;
/// let engine = persevere::tasks::engine::existing_postgres(options).await?;
/// # let _ = engine;
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "postgres")]
pub async fn existing_postgres(
    options: sqlx::postgres::PgConnectOptions,
) -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(postgres::PostgresDatabase::open_existing(options).await?))
}

pub(crate) mod sealed {
    #[allow(unnameable_types, reason = "that is how the trait is sealed")]
    pub trait Sealed {}
}
