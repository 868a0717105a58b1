//! Opening the file, and its tables.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, query, query_scalar};
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard};

use super::unavailable;
use crate::engine::clock::Clock;
use crate::engine::{QueueError, Result};

/// The version of the tables that this release makes and knows.
const VERSION: i64 = 1;

/// How long a write waits for another process' write.
const BUSY: Duration = Duration::from_secs(30);

/// How long SQLite itself waits before it gives a transaction's beginning up, and is asked again. It
/// would sleep ever longer, up to 100 ms at a time, while others write in turns of a few milliseconds.
const TURN: Duration = Duration::from_millis(1);

/// What the engine needs, whatever else the caller has set.
pub(super) fn options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .disable_statement_logging()
}

/// One connection, opened when it is first used, and again after an error.
#[derive(Debug)]
pub(super) struct Line {
    options: SqliteConnectOptions,
    clock: Clock,
    /// Held by the one that is used of those that write, since the file has one writer at a time: they
    /// take turns here, in their order, where SQLite would have them ask again and again.
    turn: Arc<Mutex<()>>,
    connection: Mutex<Option<SqliteConnection>>,
}

impl Line {
    pub(super) fn new(options: &SqliteConnectOptions, clock: Clock) -> Self {
        let turn = Arc::default();
        Self { options: options.clone(), clock, turn, connection: Mutex::new(None) }
    }

    /// One that takes turns with this one.
    pub(super) fn in_turn(&self, options: &SqliteConnectOptions) -> Self {
        Self { turn: Arc::clone(&self.turn), ..Self::new(options, self.clock) }
    }

    pub(super) async fn lock(&self) -> Result<Locked<'_>> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let mut guard = self.connection.lock().await;
        let standstill = self.clock.is_tokios().then(Standstill::begin);
        if guard.is_none() {
            let opened = connect(&self.options).await;
            *guard = Some(opened.map_err(|source| cannot_open(&self.options, source))?);
        }
        Ok(Locked { guard, _turn: turn, _standstill: standstill })
    }
}

/// While it lasts, tokio's clock, where it is paused, does not jump to the next timer: it would, while
/// all that is waited for is the file.
struct Standstill(#[expect(dead_code, reason = "it is dropped")] mpsc::Sender<()>);

impl Standstill {
    /// tokio's clock does not jump while a blocking task runs.
    fn begin() -> Self {
        let (ends, end) = mpsc::channel();
        tokio::task::spawn_blocking(move || end.recv());
        Self(ends)
    }
}

/// A line that is used by its holder alone.
pub(super) struct Locked<'a> {
    guard: MutexGuard<'a, Option<SqliteConnection>>,
    _turn: OwnedMutexGuard<()>,
    _standstill: Option<Standstill>,
}

impl Locked<'_> {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.guard.as_mut().expect("it was opened when it was locked")
    }

    /// Passes an outcome on. After an error, the state of the connection is unknown.
    pub(super) fn outcome<T>(mut self, outcome: sqlx::Result<T>) -> Result<T> {
        outcome.map_err(|error| {
            *self.guard = None;
            unavailable(error)
        })
    }
}

/// What a line that writes needs.
pub(super) fn options_to_write(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options.clone().busy_timeout(TURN)
}

/// What the line that leases needs. Its commits do not wait for the disk: when the machine loses power, a
/// lease may be forgotten, and its worker has ended as well. What is written later reaches the disk after
/// it, or not at all.
pub(super) fn options_to_lease(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    options_to_write(options).synchronous(SqliteSynchronous::Normal)
}

/// Begins a transaction that has the file's lock from the start, so that it waits for others and never
/// fails because of them. This is no function, since a transaction that one returns in a loop would be
/// borrowed for all of the loop.
macro_rules! begin {
    ($connection:expr) => {{
        let started = std::time::Instant::now();
        loop {
            match sqlx::Connection::begin_with(&mut *$connection, "BEGIN IMMEDIATE").await {
                Err(error) if $crate::engine::sqlite::open::is_busy_since(&error, started) => {}
                outcome => break outcome?,
            }
        }
    }};
}
pub(super) use begin;

/// Whether others write, and have not done so for too long.
pub(super) fn is_busy_since(error: &sqlx::Error, started: std::time::Instant) -> bool {
    is_busy(error) && started.elapsed() < BUSY
}

/// Connects. Where several processes open a new file at once, those that are not first are refused
/// while the journal's mode changes, and try again.
async fn connect(options: &SqliteConnectOptions) -> sqlx::Result<SqliteConnection> {
    let started = Instant::now();
    loop {
        match SqliteConnection::connect_with(options).await {
            Err(error) if is_busy(&error) && started.elapsed() < BUSY => {
                // Not by tokio's clock, which may stand still.
                let pause = || std::thread::sleep(Duration::from_millis(5));
                let _ = tokio::task::spawn_blocking(pause).await;
            }
            outcome => return outcome,
        }
    }
}

/// `SQLITE_BUSY` and `SQLITE_LOCKED`, with their extended codes.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

fn cannot_open(options: &SqliteConnectOptions, source: sqlx::Error) -> QueueError {
    QueueError::Open {
        place: options.get_filename().display().to_string(),
        source: Box::new(source),
    }
}

/// Refuses a file that is missing or has no tables, and changes neither.
pub(super) async fn has_tables(options: &SqliteConnectOptions) -> Result<()> {
    let options = options.clone().create_if_missing(false).read_only(true);
    // SQLite's own text does not say that it is missing.
    if let Err(missing) = std::fs::metadata(options.get_filename()) {
        let place = options.get_filename().display().to_string();
        return Err(QueueError::Open { place, source: Box::new(missing) });
    }
    let known = async {
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let known = query_scalar::<_, i64>(KNOWN).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(known)
    };
    let known = known.await.map_err(|source| cannot_open(&options, source))?;
    let place = options.get_filename().display().to_string();
    if known == 0 { Err(QueueError::NoQueue { place }) } else { Ok(()) }
}

/// Whether there are tables.
const KNOWN: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'persevere_schema'";

/// Makes the tables where there are none, and refuses those of a later release.
pub(super) async fn prepare(line: &Line) -> Result<()> {
    let mut locked = line.lock().await?;
    let outcome = version(locked.connection()).await;
    match outcome {
        Err(source) if source.as_database_error().is_some() => {
            Err(cannot_open(&line.options, source))
        }
        outcome => match locked.outcome(outcome)? {
            None => Err(QueueError::SqliteInMemory),
            Some(found) if found > VERSION => {
                Err(QueueError::NewerSchema { found, known: VERSION })
            }
            Some(_) => Ok(()),
        },
    }
}

/// The version of the tables, made now if there were none; `None` where there is no file.
async fn version(connection: &mut SqliteConnection) -> sqlx::Result<Option<i64>> {
    let file = "SELECT file FROM pragma_database_list WHERE name = 'main'";
    if query_scalar::<_, Option<String>>(file)
        .fetch_one(&mut *connection)
        .await?
        .is_none_or(|file| file.is_empty())
    {
        return Ok(None);
    }
    let mut transaction = begin!(connection);
    if query_scalar::<_, i64>(KNOWN).fetch_one(&mut *transaction).await? == 0 {
        transaction
            .execute("CREATE TABLE persevere_schema (version INTEGER NOT NULL) STRICT")
            .await?;
        transaction.execute(include_str!("schema.sql")).await?;
        let insert = query("INSERT INTO persevere_schema VALUES (?1)").bind(VERSION);
        insert.execute(&mut *transaction).await?;
    }
    let version = query_scalar("SELECT max(version) FROM persevere_schema");
    let version = version.fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(Some(version))
}
