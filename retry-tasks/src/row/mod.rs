//! A task as it is stored.

pub(crate) mod envelope;
pub(crate) mod history;
pub(crate) mod id;
pub(crate) mod moment;
pub(crate) mod progress;
#[cfg(any(feature = "sqlite", feature = "postgres", test))]
pub(crate) mod reason;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) mod stored;
pub(crate) mod text;

use std::fmt;
use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;

use envelope::Envelope;
use history::Attempts;
use id::TaskId;
use progress::Progress;
use text::Payload;

/// Which of several due tasks begins first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// After all others.
    Low,
    /// In the order in which they are due.
    #[default]
    Normal,
    /// Before all others.
    High,
}

impl Priority {
    pub(crate) const HIGHEST_FIRST: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// As it is stored.
    pub(crate) const fn number(self) -> i16 {
        match self {
            Self::High => 0,
            Self::Normal => 1,
            Self::Low => 2,
        }
    }

    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    /// The one that is stored; what no release has written is the normal one.
    pub(crate) fn stored(number: i64) -> Self {
        match number {
            0 => Self::High,
            2 => Self::Low,
            _ => Self::Normal,
        }
    }
}

/// When a task is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// That long after it is stored, by the engine's clock.
    In(Duration),
    /// At that time.
    At(SystemTime),
}

/// Until when a task's key keeps others of the same key away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUntil {
    /// Until the task has ended, in whatever way.
    Ended,
    /// Until the task begins. The next one of that key waits until it has ended.
    Started,
}

/// A key that one task of a name may have at a time. `Debug` does not show it: it is made of arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub text: String,
    /// Until when it is taken.
    pub until: KeyUntil,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("until", &self.until).finish_non_exhaustive()
    }
}

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

/// Where a stored task stands.
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

/// A stored task, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The task.
    pub row: Row,
    /// Where it stands.
    pub state: State,
}
