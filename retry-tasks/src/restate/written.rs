//! What Restate stores of a task: its message, what each of its attempts came to, and how it died.
//!
//! All of it is JSON, which outlives releases: what is missing is nothing, and unknown keys of progress
//! are written back.

use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_core::task::{Due, Payload, Priority, TaskId};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, Value};

use super::keeper::Kept;
use crate::engine::{Attempts, Envelope, LAST_ERROR, NewRow, Progress, Row};
use crate::queue::dead::Dead;
use crate::row::moment::{Moment, micros, millis};
use crate::row::reason;
use crate::row::text::bounded;

/// The handler of each task's workflow.
pub(super) const RUN: &str = "run";
/// The key under which a workflow keeps how far its task has come.
pub(super) const STANDING: &str = "progress";
/// The key under which a workflow keeps how its task died.
pub(super) const DEAD: &str = "dead";

/// The longest span that Restate is given: it refuses some that are longer.
pub(super) const CENTURY: Duration = Duration::from_hours(100 * 365 * 24);

/// What a workflow is called with.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Message {
    #[serde(default = "first")]
    version: u32,
    #[serde(default)]
    queue: String,
    args: Box<RawValue>,
    #[serde(default)]
    envelope: Envelope,
    enqueued_us: i64,
    due_us: i64,
    /// The key that the task gives back at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

fn first() -> u32 {
    1
}

impl Message {
    /// The message of a task that is stored now, and the span after which it is due.
    pub(super) fn of(row: &NewRow) -> serde_json::Result<(Self, Duration)> {
        let now = Moment::wall();
        let due = match row.due {
            Due::In(span) => now.after(span),
            Due::At(time) => Moment::not_before(time).max(now),
        };
        let due = due.min(now.after(CENTURY));
        let message = Self {
            version: row.version,
            queue: row.queue.clone(),
            args: raw(&row.args)?,
            envelope: row.envelope.clone(),
            enqueued_us: now.0,
            due_us: due.0,
            key: row.key.as_ref().map(|key| key.text.clone()),
        };
        Ok((message, due.since(now)))
    }

    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    pub(super) const fn version(&self) -> u32 {
        self.version
    }

    /// How long ago it was due for the first time, by this machine's clock.
    pub(super) fn since_due(&self) -> Duration {
        Moment::wall().since(Moment(self.due_us))
    }

    /// The task as an attempt sees it.
    pub(super) fn row(&self, id: TaskId, task: &str, standing: &Standing) -> Row {
        Row {
            id,
            task: task.to_owned(),
            version: self.version,
            queue: self.queue.clone(),
            args: Payload::stored(self.args.get().to_owned()),
            priority: Priority::Normal,
            envelope: self.envelope.clone(),
            progress: standing.progress(),
            attempts: standing.attempts(),
            checkpoint: standing.checkpoint(),
            enqueued: Moment(self.enqueued_us).time(),
        }
    }
}

/// The worker that is about to make an attempt: written before it, so that one which was lost in
/// mid-attempt is noticed.
#[derive(Serialize, Deserialize)]
pub(super) struct Start {
    pub(super) worker: String,
}

/// What an attempt came to.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// It succeeded.
    Done {
        output: Box<RawValue>,
        /// What is stored with its end.
        #[serde(default)]
        then: Vec<Follower>,
        /// Whether the keeper has a checkpoint of it.
        #[serde(default)]
        has_kept: bool,
    },
    /// No attempt follows.
    Dead(Death),
    /// Another one follows after a wait.
    Again {
        after_us: u64,
        standing: Standing,
        /// Whether the attempt's worker was lost.
        #[serde(default)]
        is_lost: bool,
    },
}

/// A task that is stored when another one has succeeded.
#[derive(Serialize, Deserialize)]
pub(super) struct Follower {
    pub(super) id: String,
    pub(super) task: String,
    pub(super) message: Message,
    after_us: u64,
}

impl Follower {
    pub(super) fn of(row: &NewRow) -> serde_json::Result<Self> {
        let (message, after) = Message::of(row)?;
        let after_us = u64::try_from(micros(after)).unwrap_or(0);
        Ok(Self { id: row.id.to_string(), task: row.task.clone(), message, after_us })
    }

    /// The span after which it is due, if it is not due at once.
    pub(super) const fn delay(&self) -> Option<Duration> {
        match self.after_us {
            0 => None,
            after => Some(Duration::from_micros(after)),
        }
    }
}

/// How far a task has come.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Standing {
    progress: Value,
    #[serde(default)]
    attempts: Value,
    /// When it is due again.
    #[serde(default)]
    due_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Box<RawValue>>,
}

impl Standing {
    pub(super) fn of(row: &Row, checkpoint: Option<&Payload>, after: Duration) -> Self {
        Self {
            progress: value(&row.progress.text()),
            attempts: value(&row.attempts.text()),
            due_us: Moment::wall().after(after).0,
            checkpoint: checkpoint.and_then(|checkpoint| raw(checkpoint).ok()),
        }
    }

    pub(super) fn checkpoint(&self) -> Option<Payload> {
        self.checkpoint.as_ref().map(|checkpoint| Payload::stored(checkpoint.get().to_owned()))
    }

    pub(super) const fn has_checkpoint(&self) -> bool {
        self.checkpoint.is_some()
    }

    /// The number of its next attempt among all that were begun.
    pub(super) fn order(&self) -> u64 {
        let Progress { failures, crashes, released, .. } = self.progress();
        u64::from(failures) + u64::from(crashes) + u64::from(released)
    }

    /// Goes on from what the attempt of that number had noted before its worker was lost.
    pub(super) fn take_up(&mut self, kept: Option<Kept>, order: u64) {
        if let Some(kept) = kept.filter(|kept| kept.order == order) {
            self.checkpoint = Some(kept.value);
        }
    }

    pub(super) fn progress(&self) -> Progress {
        Progress::parse(&self.progress.to_string())
    }

    /// Its last failed attempts.
    pub(super) fn attempts(&self) -> Attempts {
        Attempts::parse(&self.attempts.to_string())
    }

    pub(super) fn due(&self) -> SystemTime {
        Moment(self.due_us).time()
    }

    /// For how long it has been due again, by this machine's clock; `None` before the first wait.
    pub(super) fn late(&self) -> Option<Duration> {
        (self.due_us != 0).then(|| Moment::wall().since(Moment(self.due_us)))
    }

    /// Whether it waits, by this machine's clock.
    pub(super) fn waits(&self) -> bool {
        self.due_us > Moment::wall().0
    }
}

/// How a task died.
#[derive(Serialize, Deserialize)]
pub(super) struct Death {
    args: Box<RawValue>,
    reason: String,
    error: String,
    #[serde(default)]
    attempts: Value,
    #[serde(default)]
    failures: u32,
    #[serde(default)]
    crashes: u32,
    #[serde(default)]
    waited_ms: u64,
    enqueued_us: i64,
    died_us: i64,
    /// Whether the keeper has a checkpoint of it.
    #[serde(default)]
    has_kept: bool,
}

impl Death {
    pub(super) fn of(row: &Row, reason: GiveUp, error: &str, has_kept: bool) -> Self {
        Self {
            // What came in a message is JSON.
            args: raw(&row.args).unwrap_or_default(),
            reason: reason.as_str().to_owned(),
            error: bounded(error, LAST_ERROR),
            attempts: value(&row.attempts.text()),
            failures: row.progress.failures,
            crashes: row.progress.crashes,
            waited_ms: millis(row.progress.waited()),
            enqueued_us: Moment::not_before(row.enqueued).0,
            died_us: Moment::wall().0,
            has_kept,
        }
    }

    pub(super) const fn has_kept(&self) -> bool {
        self.has_kept
    }

    /// In one line, as Restate shows it.
    pub(super) fn line(&self) -> String {
        format!("{}: {}", self.reason, self.error)
    }

    /// Its last failed attempts.
    pub(super) fn attempts(&self) -> Attempts {
        Attempts::parse(&self.attempts.to_string())
    }

    pub(super) fn reason(&self) -> GiveUp {
        reason::parse(&self.reason)
    }

    pub(super) fn dead(self, id: TaskId, task: &str) -> Dead {
        Dead {
            id,
            task: task.to_owned(),
            reason: self.reason(),
            attempts: self.attempts(),
            args: serde_json::from_str(self.args.get()).unwrap_or_default(),
            error: self.error,
            failures: self.failures,
            crashes: self.crashes,
            waited: Duration::from_millis(self.waited_ms),
            enqueued: Moment(self.enqueued_us).time(),
            died: Moment(self.died_us).time(),
        }
    }
}

/// What a row has as a text.
fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

/// A JSON text as a part of another one.
pub(super) fn raw(payload: &Payload) -> serde_json::Result<Box<RawValue>> {
    RawValue::from_string(payload.as_str().to_owned())
}
