//! What can go wrong with a queue.

use std::fmt;

use persevere_core::task::TaskId;

/// What can go wrong with a queue.
///
/// A text of it names neither arguments nor passwords.
#[derive(Debug)]
#[non_exhaustive]
pub enum QueueError {
    /// The database cannot be opened: its path or its address is wrong, or it refuses.
    Open {
        /// The file, or the address without its password.
        place: String,
        /// What the database says.
        source: Source,
    },
    /// The database was to have a queue's tables, and has none.
    NoQueue {
        /// The file, or the address without its password.
        place: String,
    },
    /// The database's tables are those of a later release.
    NewerSchema {
        /// The tables' version.
        found: i64,
        /// The latest version that this release knows.
        known: i64,
    },
    /// The disk, or what the database may use of it, is full. Nothing was written.
    Full(Source),
    /// The database does not answer, or not as it should: a later attempt may succeed.
    Unavailable(Source),
    /// The arguments, in JSON, are longer than the queue takes.
    TooLarge {
        /// The task's name.
        task: String,
        /// Their length in bytes.
        bytes: usize,
        /// The greatest length in bytes.
        limit: usize,
    },
    /// A value cannot be written as JSON, or what is stored cannot be read as that type.
    Json {
        /// The task's name.
        task: String,
        /// Which value of it.
        what: &'static str,
        /// What serde says.
        source: serde_json::Error,
    },
    /// There is no task of that id: it never was, or its time to be kept is over.
    UnknownTask(TaskId),
    /// The transaction is another database's than the queue.
    ForeignTransaction {
        /// The queue's engine.
        engine: &'static str,
    },
    /// An in-memory database of SQLite has one connection only: `Queue::in_memory` is meant.
    SqliteInMemory,
    /// A worker was given two tasks of one name.
    TwoTasks {
        /// The name.
        task: String,
    },
    /// Restate knows no worker of the task.
    NotRegistered {
        /// The task's name.
        task: String,
    },
    /// A task has a name that no service of Restate may have.
    ServiceName {
        /// The name.
        task: String,
    },
    /// The engine has no such thing. Nothing was stored.
    Unsupported {
        /// The engine.
        engine: &'static str,
        /// What it does not have, and what to do instead.
        what: &'static str,
    },
    /// A worker's schedule cannot be kept.
    Schedule {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A key for `unique` is longer than 512 bytes.
    LongKey {
        /// The task's name.
        task: String,
        /// The key's length in bytes.
        bytes: usize,
    },
}

/// The error of the database's driver.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { place, source } => {
                write!(f, "the queue {place} cannot be opened: {source}")
            }
            Self::NoQueue { place } => {
                write!(f, "{place} has no tables of a queue: open the database that workers use")
            }
            Self::NewerSchema { found, known } => write!(
                f,
                "the queue's tables have version {found}, and this release knows up to {known}: \
                 update the program"
            ),
            Self::Full(source) => {
                write!(f, "the queue's disk is full, nothing was written: {source}")
            }
            Self::Unavailable(source) => write!(f, "the queue does not answer: {source}"),
            Self::TooLarge { task, bytes, limit } => write!(
                f,
                "the arguments of `{task}` have {bytes} bytes in JSON, and the queue takes {limit}: \
                 store what is large elsewhere, and enqueue its name"
            ),
            Self::Json { task, what, source } => write!(f, "the {what} of `{task}`: {source}"),
            Self::UnknownTask(id) => {
                write!(f, "there is no task {id}: it never was, or is not kept any longer")
            }
            Self::ForeignTransaction { engine } => {
                write!(f, "the transaction is not one of the queue's database, which is {engine}")
            }
            Self::SqliteInMemory => f.write_str(
                "an in-memory database of SQLite has one connection only: use `Queue::in_memory()`",
            ),
            Self::TwoTasks { task } => write!(
                f,
                "two tasks of this worker are named `{task}`, or were: rows would not know whose they \
                 are"
            ),
            Self::NotRegistered { task } => write!(
                f,
                "Restate knows no worker of `{task}`: make its address known with \
                 `Queue::register`, or `restate deployments register`"
            ),
            Self::ServiceName { task } => write!(
                f,
                "no service of Restate may be named `{task}`: name the task with letters, digits, `.`, \
                 `-` and `_`, a letter first"
            ),
            Self::Unsupported { engine, what } => write!(f, "{engine} has no {what}"),
            Self::Schedule { name, reason } => {
                write!(f, "the schedule `{name}` cannot be kept: {reason}")
            }
            Self::LongKey { task, bytes } => {
                write!(f, "a key of `{task}` has {bytes} bytes, and 512 is the most")
            }
        }
    }
}

impl std::error::Error for QueueError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Full(source) | Self::Unavailable(source) => {
                Some(&**source)
            }
            Self::Json { source, .. } => Some(source),
            Self::NoQueue { .. }
            | Self::NewerSchema { .. }
            | Self::TooLarge { .. }
            | Self::UnknownTask(_)
            | Self::ForeignTransaction { .. }
            | Self::SqliteInMemory
            | Self::TwoTasks { .. }
            | Self::NotRegistered { .. }
            | Self::ServiceName { .. }
            | Self::Unsupported { .. }
            | Self::Schedule { .. }
            | Self::LongKey { .. } => None,
        }
    }
}
