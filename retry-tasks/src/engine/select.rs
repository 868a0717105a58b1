//! Which dead tasks are meant, and how many there are of what.

use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;

use crate::row::id::TaskId;

/// Which of the dead are meant: those for which all that is said here is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of these names; of any, if there are none.
    pub names: Vec<String>,
    /// Of these ids; of any, if there are none.
    pub ids: Vec<TaskId>,
    /// That died for this reason.
    pub because: Option<GiveUp>,
    /// That died at this time or later.
    pub since: Option<SystemTime>,
    /// At most so many, the latest to die first.
    pub limit: Option<u64>,
}

/// How many tasks of a name there are that have not ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskStats {
    /// The task's name.
    pub task: String,
    /// Those that wait, due or not.
    pub waiting: u64,
    /// Those of them that are due.
    pub due: u64,
    /// Those that a worker has.
    pub running: u64,
    /// Those that are dead.
    pub dead: u64,
    /// For how long the oldest one has been due.
    pub oldest_due: Option<Duration>,
}

impl TaskStats {
    pub(crate) fn none(task: &str) -> Self {
        let task = task.to_owned();
        Self { task, waiting: 0, due: 0, running: 0, dead: 0, oldest_due: None }
    }
}
