//! A row as databases store it.

use persevere_core::task::TaskId;

use crate::engine::{Attempts, Envelope, Look, Payload, Progress, Row, State};
use crate::row::moment::Moment;
use crate::row::priority;
use crate::row::reason;

/// A column of texts, with another text in the place of one that is longer than any that a release
/// writes: foreign rows take no more memory than others. Arguments, outputs and checkpoints of more than
/// 64 MiB, more than any queue takes, are none.
macro_rules! column {
    (task) => {
        column!("task", 1_024, "'…'")
    };
    (queue) => {
        column!("queue", 1_024, "'…'")
    };
    (args) => {
        column!("args", 67_108_864, "'…'")
    };
    (envelope) => {
        column!("envelope", 1_048_576, "'{}'")
    };
    (progress) => {
        column!("progress", 1_048_576, "'{}'")
    };
    (attempts) => {
        column!("attempts", 1_048_576, "'[]'")
    };
    (checkpoint) => {
        column!("checkpoint", 67_108_864, "'…'")
    };
    (worker) => {
        column!("worker", 1_024, "'…'")
    };
    (output) => {
        column!("output", 67_108_864, "'…'")
    };
    (reason) => {
        column!("reason", 1_024, "'…'")
    };
    (error) => {
        column!("error", 65_536, "'…'")
    };
    ($column:literal, $bytes:literal, $instead:literal) => {
        concat!(
            "CASE WHEN octet_length(",
            $column,
            ") > ",
            $bytes,
            " THEN ",
            $instead,
            " ELSE ",
            $column,
            " END"
        )
    };
}

pub(crate) use column;

/// The columns of a row that are read, in the order of [`stored`].
pub(crate) const COLUMNS: &str = concat!(
    "id, ",
    column!(task),
    ", version, ",
    column!(queue),
    ", ",
    column!(args),
    ", priority, ",
    column!(envelope),
    ", ",
    column!(progress),
    ", ",
    column!(attempts),
    ", ",
    column!(checkpoint),
    ", enqueued, state, first_due, due, lease, since, ",
    column!(worker),
    ", ",
    column!(output),
    ", ",
    column!(reason),
    ", ",
    column!(error),
    ", ended"
);

/// The columns of a lease that ran out.
pub(crate) const LOST_COLUMNS: &str = concat!(
    "id, lease, ",
    column!(task),
    ", ",
    column!(worker),
    ", since, ",
    column!(progress),
    ", ",
    column!(attempts)
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
    pub(crate) lease: i64,
    pub(crate) since: Option<i64>,
    pub(crate) worker: Option<String>,
    pub(crate) output: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) error: Option<String>,
    pub(crate) ended: Option<i64>,
}

/// A row of [`COLUMNS`], whose first one is `$id`, and whose texts `$text` reads.
macro_rules! stored {
    ($row:expr, $id:expr, $text:expr) => {
        $crate::row::stored::Stored {
            id: $id,
            task: $text($row, 1)?.unwrap_or_default(),
            version: $row.try_get(2)?,
            queue: $text($row, 3)?.unwrap_or_default(),
            args: $text($row, 4)?.unwrap_or_default(),
            priority: $row.try_get(5)?,
            envelope: $text($row, 6)?.unwrap_or_default(),
            progress: $text($row, 7)?.unwrap_or_default(),
            attempts: $text($row, 8)?.unwrap_or_default(),
            checkpoint: $text($row, 9)?,
            enqueued: $row.try_get(10)?,
            state: $text($row, 11)?.unwrap_or_default(),
            first_due: $row.try_get(12)?,
            due: $row.try_get(13)?,
            lease: $row.try_get(14)?,
            since: $row.try_get(15)?,
            worker: $text($row, 16)?,
            output: $text($row, 17)?,
            reason: $text($row, 18)?,
            error: $text($row, 19)?,
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
