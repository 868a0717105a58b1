//! Taking tasks to run them.

use std::time::Duration;

use persevere_core::task::TaskId;

use crate::row::Row;
use crate::row::lease_id::LeaseId;

/// What a worker asks for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The worker's name, another one at each start.
    pub worker: String,
    /// The tasks that it has room for.
    pub tasks: Vec<Wanted>,
    /// How many it has room for in all.
    pub room: usize,
    /// How many of them may have crashed a worker before. One at most is held at a time, so that a
    /// task that kills its worker takes none of its kind with it.
    pub suspects: usize,
    /// How long the leases last unless they are renewed.
    pub span: Duration,
}

/// A task that a worker has room for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its names, former ones included.
    pub names: Vec<String>,
    /// The latest version of its arguments that the worker reads.
    pub version: u32,
    /// How many of it there is room for.
    pub room: usize,
}

/// What a worker got.
#[derive(Clone, Debug, Default)]
pub struct Leases {
    /// The tasks, first the one that should begin first.
    pub rows: Vec<Leased>,
    /// The span until the next of the tasks wanted becomes due, if one will. Those that are due
    /// already, and that there was no room for, do not count; `None`, too, where no room is left.
    pub next: Option<Duration>,
}

/// A task that a worker may run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Leased {
    /// The task.
    pub row: Row,
    /// The lease, without which nothing is written about it.
    pub lease: LeaseId,
    /// How long ago it was due for the first time.
    pub since_due: Duration,
    /// How long ago it was due this time.
    pub late: Duration,
}

impl Leased {
    /// What the lease is known by.
    pub fn held(&self) -> Held {
        Held { id: self.row.id, lease: self.lease }
    }
}

/// A lease of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    /// The task.
    pub id: TaskId,
    /// Which lease of it.
    pub lease: LeaseId,
}

/// What a renewed lease is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// It lasts.
    Kept,
    /// It lasts, and the task is to be cancelled.
    CancelRequested,
    /// It is over: another worker may run the task by now.
    Lost,
}

/// A task whose worker was lost, and that is due again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// The task.
    pub id: TaskId,
    /// Its name.
    pub task: String,
    /// The worker that was lost.
    pub worker: String,
    /// How often that has happened.
    pub crashes: u32,
}
