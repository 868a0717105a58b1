//! What happens to tasks, for `tracing` and `metrics`. Neither hears of arguments.

#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
#[path = "no_metrics.rs"]
pub(crate) mod metrics;
pub(crate) mod trace;

use persevere_core::engine::GiveUp;
use persevere_core::task::TaskId;

use crate::engine::{NewRow, Pushed, Settled, Transition};
use crate::row::text::one_line;

/// Tasks were stored, those that are new.
pub(crate) fn stored(rows: &[NewRow], pushed: &[Pushed]) {
    if tracing::enabled!(target: "persevere", tracing::Level::DEBUG) {
        for (row, _) in rows.iter().zip(pushed).filter(|(_, pushed)| pushed.is_new) {
            moved(&row.task, row.id, "waiting");
        }
    }
}

/// A task was stored in a transaction of the caller's. Whether that is committed is known to the caller alone:
/// the task waits, if it is.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn stored_within(row: &NewRow, pushed: &Pushed) {
    if pushed.is_new {
        let state = "waiting";
        tracing::debug!(
            target: "persevere", task = row.task, id = %row.id, state, in_transaction = true,
            "a task is {state} once the caller's transaction is committed"
        );
    }
}

/// What became of a leased task was written.
pub(crate) fn settled(task: &str, id: TaskId, transition: &Transition, settled: Settled) {
    match (settled, transition) {
        (Settled::Fenced, _) => tracing::warn!(
            target: "persevere", task, %id,
            "what became of a task was discarded: its lease is over"
        ),
        (Settled::Cancelled, _) | (_, Transition::Cancelled) => ended(task, id, "cancelled", None),
        (_, Transition::Again(_)) => moved(task, id, "waiting"),
        (_, Transition::Done { then, .. }) => {
            ended(task, id, "done", None);
            for row in then {
                moved(&row.task, row.id, "waiting");
            }
        }
        (_, Transition::Dead { reason, error }) => {
            // Other ends are those of a call, which is logged as a give-up.
            if matches!(reason, GiveUp::WorkerLost | GiveUp::Expired | GiveUp::Unreadable) {
                tracing::warn!(
                    target: "persevere", task, %id, reason = reason.as_str(),
                    "a task is dead: {}", one_line(error)
                );
            }
            ended(task, id, "dead", Some(*reason));
        }
    }
}

/// A task ended.
pub(crate) fn ended(task: &str, id: TaskId, state: &'static str, reason: Option<GiveUp>) {
    moved(task, id, state);
    metrics::ended(task, state, reason);
}

/// A task is in another state.
pub(crate) fn moved(task: &str, id: TaskId, state: &'static str) {
    tracing::debug!(target: "persevere", task, %id, state, "a task is {state}");
}
