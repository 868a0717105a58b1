//! Writing what became of a leased task.

use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_core::task::Payload;

use super::lease::Held;
use crate::row::NewRow;
use crate::row::history::Attempts;
use crate::row::progress::Progress;

/// What became of a leased task.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// The lease by which it is written; a later lease discards it.
    pub held: Held,
    /// How far it has come.
    pub progress: Progress,
    /// Its failed attempts.
    pub attempts: Attempts,
    /// What follows.
    pub transition: Transition,
    /// How long a task that is done or cancelled stays readable.
    pub keep: Duration,
}

/// What follows.
#[derive(Clone, Debug)]
pub enum Transition {
    /// It has succeeded.
    Done {
        /// What it returned.
        output: Payload,
        /// Tasks that are stored with its end, or not at all.
        then: Vec<NewRow>,
    },
    /// It has failed for good.
    Dead {
        /// Why no attempt follows.
        reason: GiveUp,
        /// The last error.
        error: String,
    },
    /// It is due again after this time: for a retry, put off, or returned.
    Again(Duration),
    /// It was cancelled while it ran.
    Cancelled,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// What was asked for.
    Written,
    /// It is cancelled instead of due again, since its cancellation was requested.
    Cancelled,
    /// Nothing: the lease is over.
    Fenced,
}

/// What asking for a task's end came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Cancelled {
    /// It had not begun, or waited for a retry, and never will begin.
    BeforeStart,
    /// It runs: its worker ends it within a heartbeat, unless it ends by itself before.
    Requested,
    /// It had ended.
    TooLate,
}
