//! Counters, gauges and histograms of tasks, through the facade `metrics`.
//!
//! With the feature `metrics`, a worker records them wherever a recorder is installed, such as that of
//! `metrics-exporter-prometheus`. What it records of retries beside them is listed
//! [there](persevere_core::metrics).
//!
//! | metric | kind | what it counts or measures | labels beside `task` |
//! |---|---|---|---|
//! | `task_latency_seconds` | histogram | how long after it was due a task was begun | |
//! | `task_ends_total` | counter | tasks that ended | `state`: `done`, `dead`, `cancelled`; `reason` of the dead |
//! | `tasks` | gauge | tasks that have not ended well | `state`: `waiting`, `due` (those that wait and are due), `running`, `dead` |
//! | `task_oldest_due_seconds` | gauge | for how long the oldest task has been due; 0 where none is | |
//!
//! The gauges are those of the queue, whichever worker has the tasks: each worker looks every 15 s, and
//! all show the same. Labels are names of tasks and words, so that the number of series is bounded; ids
//! and errors are no labels.
//!
//! A queue that falls behind is seen by its oldest task that is due, whatever its length:
//!
//! ```text
//! max by (task) (task_oldest_due_seconds) > 60
//!
//! histogram_quantile(0.95, sum by (task, le) (rate(task_latency_seconds_bucket[5m])))
//! ```

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use metrics::{
    Label, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use persevere_core::engine::GiveUp;
use tokio::time::sleep;

use crate::engine::TaskStats;
use crate::queue::Queue;

const LATENCY: &str = "task_latency_seconds";
const ENDS: &str = "task_ends_total";
const TASKS: &str = "tasks";
const OLDEST_DUE: &str = "task_oldest_due_seconds";

/// How often the gauges are set.
const EVERY: Duration = Duration::from_secs(15);

/// Describes the metrics, with their units, to the recorder installed now.
///
/// This happens by itself when the first worker of the process starts. If a recorder may be installed
/// after that, call this once it is installed; calling it twice does no harm.
///
/// ```
/// // After `PrometheusBuilder::new().install()`, or another recorder's own way:
/// persevere::tasks::metrics::describe();
/// ```
pub fn describe() {
    describe_histogram!(LATENCY, Unit::Seconds, "How long after it was due a task was begun.");
    describe_counter!(ENDS, Unit::Count, "Tasks that ended.");
    describe_gauge!(TASKS, Unit::Count, "Tasks that have not ended well.");
    describe_gauge!(OLDEST_DUE, Unit::Seconds, "For how long the oldest task has been due.");
}

/// A task was begun that long after it was due.
pub(crate) fn begun(task: &str, late: Duration) {
    histogram!(LATENCY, "task" => task.to_owned()).record(late);
}

/// A task ended.
pub(crate) fn ended(task: &str, state: &'static str, reason: Option<GiveUp>) {
    let mut labels = vec![Label::new("task", task.to_owned()), Label::new("state", state)];
    labels.extend(reason.map(|reason| Label::new("reason", reason.as_str())));
    counter!(ENDS, labels).increment(1);
}

/// Sets the gauges again and again, until it is dropped.
pub(crate) async fn watch(queue: Queue) {
    static IS_DESCRIBED: AtomicBool = AtomicBool::new(false);
    if !IS_DESCRIBED.swap(true, Ordering::Relaxed) {
        describe();
    }
    let mut known = HashSet::new();
    loop {
        match queue.stats().await {
            Ok(stats) => {
                known.extend(stats.iter().map(|of| of.task.clone()));
                for task in &known {
                    // What has ended well is missing from the list: it is shown once more, as nothing.
                    show(task, stats.iter().find(|of| of.task == *task));
                }
                known = stats.into_iter().map(|of| of.task).collect();
            }
            Err(error) => tracing::warn!(target: "persevere", "tasks were not counted: {error}"),
        }
        sleep(EVERY).await;
    }
}

#[expect(clippy::cast_precision_loss, reason = "2^53 tasks are not exceeded")]
fn show(task: &str, stats: Option<&TaskStats>) {
    let counts = stats.map_or([0; 4], |of| [of.waiting, of.due, of.running, of.dead]);
    for (state, count) in ["waiting", "due", "running", "dead"].into_iter().zip(counts) {
        gauge!(TASKS, "task" => task.to_owned(), "state" => state).set(count as f64);
    }
    let oldest = stats.and_then(|of| of.oldest_due).unwrap_or_default();
    gauge!(OLDEST_DUE, "task" => task.to_owned()).set(oldest);
}
