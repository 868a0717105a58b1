//! One task in memory.

use persevere_core::engine::GiveUp;
use persevere_core::task::TaskId;

use crate::engine::{Attempts, Due, Key, KeyUntil, Look, Payload, Progress, State, StateName};
use crate::row::lease_id::LeaseId;
use crate::row::moment::Moment;
use crate::row::priority;
use crate::row::{NewRow, Row};

/// One task, and what else the engine keeps of it.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) row: Row,
    pub(super) stage: Stage,
    pub(super) first_due: Moment,
    pub(super) key: Option<Key>,
}

#[derive(Debug)]
pub(super) enum Stage {
    Waiting { due: Moment },
    Running { lease: LeaseId, since: Moment, worker: String, until: Moment, cancel: bool },
    Done { output: Payload, keep_until: Moment },
    Dead { reason: GiveUp, error: String, died: Moment },
    Cancelled { keep_until: Moment },
}

impl Stage {
    pub(super) const fn name(&self) -> StateName {
        match self {
            Self::Waiting { .. } => StateName::Waiting,
            Self::Running { .. } => StateName::Running,
            Self::Done { .. } => StateName::Done,
            Self::Dead { .. } => StateName::Dead,
            Self::Cancelled { .. } => StateName::Cancelled,
        }
    }
}

/// Where a waiting task stands in the order of those that may be leased: by name, those that have
/// crashed a worker apart, then by priority and time.
pub(super) type Place = (String, bool, i16, Moment, TaskId);

impl Record {
    pub(super) fn new(new: &NewRow, now: Moment) -> Self {
        let due = match new.due {
            Due::In(span) => now.after(span),
            Due::At(time) => Moment::not_before(time),
        };
        let row = Row {
            id: new.id,
            task: new.task.clone(),
            version: new.version,
            queue: new.queue.clone(),
            args: new.args.clone(),
            priority: new.priority,
            envelope: new.envelope.clone(),
            progress: Progress::default(),
            attempts: Attempts::default(),
            checkpoint: None,
            enqueued: now.time(),
        };
        let stage = Stage::Waiting { due };
        Self { row, stage, first_due: due, key: new.key.clone() }
    }

    /// Its place, if it waits.
    pub(super) fn place(&self) -> Option<Place> {
        let Stage::Waiting { due } = self.stage else { return None };
        let suspect = self.row.progress.crashes > 0;
        Some((
            self.row.task.clone(),
            suspect,
            priority::number(self.row.priority),
            due,
            self.row.id,
        ))
    }

    pub(super) fn has_ended(&self) -> bool {
        !matches!(self.stage, Stage::Waiting { .. } | Stage::Running { .. })
    }

    /// What the key says, with the name that it holds for.
    pub(super) fn key(&self) -> Option<((String, String), KeyUntil)> {
        let key = self.key.as_ref()?;
        Some(((self.row.task.clone(), key.text.clone()), key.until))
    }

    /// About what a database would store of it.
    pub(super) fn bytes(&self) -> u64 {
        let Row { args, checkpoint, attempts, .. } = &self.row;
        let attempts: usize = attempts.iter().map(|attempt| attempt.error().len()).sum();
        let output = match &self.stage {
            Stage::Done { output, .. } => output.as_str().len(),
            _ => 0,
        };
        let checkpoint = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.as_str().len());
        (args.as_str().len() + checkpoint + attempts + output) as u64
    }

    pub(super) fn look(&self) -> Look {
        let state = match &self.stage {
            Stage::Waiting { due } => State::Waiting { due: due.time() },
            Stage::Running { since, worker, .. } => {
                State::Running { since: since.time(), worker: worker.clone() }
            }
            Stage::Done { output, .. } => State::Done { output: output.clone() },
            Stage::Dead { reason, error, died } => {
                State::Dead { reason: *reason, error: error.clone(), died: died.time() }
            }
            Stage::Cancelled { .. } => State::Cancelled,
        };
        Look { row: self.row.clone(), state }
    }
}
