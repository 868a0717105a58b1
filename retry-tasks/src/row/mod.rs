//! A task as it is stored.

pub(crate) mod envelope;
pub(crate) mod history;
pub(crate) mod lease_id;
pub(crate) mod moment;
pub(crate) mod names;
pub(crate) mod priority;
pub(crate) mod progress;
pub(crate) mod reason;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) mod stored;
pub(crate) mod text;

use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;

use envelope::Envelope;
use history::Attempts;
use persevere_core::task::{Due, Key, Payload, Priority, TaskId};
use progress::Progress;

/// A task to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRow {
    /// Its id; where there is a task of that id already, this one is not stored.
    pub id: TaskId,
    /// The task's name.
    pub task: String,
    /// The version of its arguments.
    pub version: u32,
    /// The queue, a label for people.
    pub queue: String,
    /// Its arguments.
    pub args: Payload,
    /// Its place among those that are due.
    pub priority: Priority,
    /// When it is due.
    pub due: Due,
    /// What keeps others away.
    pub key: Option<Key>,
    /// What else there is to say.
    pub envelope: Envelope,
}

/// A stored task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Its id.
    pub id: TaskId,
    /// The task's name.
    pub task: String,
    /// The version of its arguments.
    pub version: u32,
    /// The queue, a label for people.
    pub queue: String,
    /// Its arguments.
    pub args: Payload,
    /// Its place among those that are due.
    pub priority: Priority,
    /// What else was said when it was stored.
    pub envelope: Envelope,
    /// How far it has come.
    pub progress: Progress,
    /// Its last failed attempts.
    pub attempts: Attempts,
    /// What an attempt noted for the next one.
    pub checkpoint: Option<Payload>,
    /// When it was stored, by the engine's clock.
    pub enqueued: SystemTime,
}

impl Row {
    /// An attempt that began then, and took that long, has failed.
    pub(crate) fn failed(&mut self, began: SystemTime, took: Duration, error: &str) {
        self.progress.failures = self.progress.failures.saturating_add(1);
        self.attempts.add(began, Some(took), error);
    }
}

/// The state of a stored task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It is due then, or was.
    Waiting {
        /// When, by the engine's clock.
        due: SystemTime,
    },
    /// A worker has a lease of it.
    Running {
        /// When the lease was given.
        since: SystemTime,
        /// The worker's name.
        worker: String,
    },
    /// It has succeeded.
    Done {
        /// What it returned.
        output: Payload,
    },
    /// It has failed for good.
    Dead {
        /// Why no attempt follows.
        reason: GiveUp,
        /// The last error.
        error: String,
        /// When.
        died: SystemTime,
    },
    /// It was cancelled.
    Cancelled,
}

/// A stored task, and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The task.
    pub row: Row,
    /// Its state.
    pub state: State,
}
