//! A row as databases store it.

use persevere_core::task::TaskId;

use crate::engine::{Attempts, Envelope, Look, Payload, Progress, Row, State};
use crate::row::moment::Moment;
use crate::row::priority;
use crate::row::reason;

/// The columns of a row that are read, in the order of [`stored`]. Arguments of more than 64 MiB, more
/// than any queue takes, are read cut, and so are none.
pub(crate) const COLUMNS: &str = concat!(
    "id, task, version, queue, ",
    "CASE WHEN octet_length(args) > 67108864 THEN substr(args, 1, 64) ELSE args END, ",
    "priority, envelope, progress, attempts, checkpoint, enqueued, state, first_due, due, leases, ",
    "since, worker, output, reason, error, ended"
);

/// What the columns hold.
pub(crate) struct Stored {
    pub(crate) id: TaskId,
    pub(crate) task: String,
    pub(crate) version: i64,
    pub(crate) queue: String,
    pub(crate) args: String,
    pub(crate) priority: i64,
    pub(crate) envelope: String,
    pub(crate) progress: String,
    pub(crate) attempts: String,
    pub(crate) checkpoint: Option<String>,
    pub(crate) enqueued: i64,
    pub(crate) state: String,
    pub(crate) first_due: i64,
    pub(crate) due: i64,
    pub(crate) leases: i64,
    pub(crate) since: Option<i64>,
    pub(crate) worker: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) ended: Option<i64>,
}

/// A row of [`COLUMNS`], whose first one is `$id`.
macro_rules! stored {
    ($row:expr, $id:expr) => {
        $crate::row::stored::Stored {
            id: $id,
            task: $row.try_get(1)?,
            version: $row.try_get(2)?,
            queue: $row.try_get(3)?,
            args: $row.try_get(4)?,
            priority: $row.try_get(5)?,
            envelope: $row.try_get(6)?,
            progress: $row.try_get(7)?,
            attempts: $row.try_get(8)?,
            checkpoint: $row.try_get(9)?,
            enqueued: $row.try_get(10)?,
            state: $row.try_get(11)?,
            first_due: $row.try_get(12)?,
            due: $row.try_get(13)?,
            leases: $row.try_get(14)?,
            since: $row.try_get(15)?,
            worker: $row.try_get(16)?,
            output: $row.try_get(17)?,
            reason: $row.try_get(18)?,
            error: $row.try_get(19)?,
            ended: $row.try_get(20)?,
        }
    };
}
pub(crate) use stored;

impl Stored {
    pub(crate) fn row(self) -> Row {
        self.look().row
    }

    pub(crate) fn look(self) -> Look {
        let time = |micros: Option<i64>| Moment(micros.unwrap_or_default()).time();
        let state = match self.state.as_str() {
            "waiting" => State::Waiting { due: Moment(self.due).time() },
            "running" => {
                State::Running { since: time(self.since), worker: self.worker.unwrap_or_default() }
            }
            "done" => State::Done { output: Payload::stored(self.output.unwrap_or_default()) },
            "dead" => State::Dead {
                reason: reason::parse(&self.reason.unwrap_or_default()),
                error: self.error.unwrap_or_default(),
                died: time(self.ended),
            },
            // The tables allow no other state than this last one.
            _ => State::Cancelled,
        };
        let row = Row {
            id: self.id,
            task: self.task,
            version: u32::try_from(self.version).unwrap_or(u32::MAX),
            queue: self.queue,
            args: Payload::stored(self.args),
            priority: priority::stored(self.priority),
            envelope: Envelope::parse(&self.envelope),
            progress: Progress::parse(&self.progress),
            attempts: Attempts::parse(&self.attempts),
            checkpoint: self.checkpoint.map(Payload::stored),
            enqueued: Moment(self.enqueued).time(),
        };
        Look { row, state }
    }
}
