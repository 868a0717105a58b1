//! What `tracing` and `metrics` hear of tasks: each change of state, no argument, and the trace that a
//! task belongs to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_tasks::{Cancelled, Queue, Status};
use tokio::time::sleep;
use tracing::Level;

use crate::rig::{SECOND, Stage, act, worker};
use crate::subscribed::log::Log;

#[tokio::test(start_paused = true)]
async fn each_change_of_state_is_an_event_without_arguments() {
    let (log, _guard) = Log::start(Level::DEBUG);
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let done = queue.enqueue(act("fo")).unique("secret-key").await.unwrap();
    let dead = queue.enqueue(act("x")).await.unwrap();
    let expired = queue.enqueue(act("o")).start_within(SECOND).await.unwrap();
    let cancelled = queue.enqueue(act("o")).delay(60 * SECOND).await.unwrap();
    let twin = queue.enqueue(act("o")).unique("secret-key").await.unwrap();
    assert_eq!(twin.id(), done.id());
    assert_eq!(cancelled.cancel().await.unwrap(), Cancelled::BeforeStart);
    sleep(2 * SECOND).await;
    worker(&queue, stage).max_inline_wait(Duration::ZERO).run_until_idle().await.unwrap();
    let waits = ["waiting", "running", "waiting", "running", "done"];
    assert_eq!(log.states(done.id()), waits);
    assert_eq!(log.states(dead.id()), ["waiting", "running", "dead"]);
    assert_eq!(log.states(expired.id()), ["waiting", "running", "dead"]);
    assert_eq!(log.states(cancelled.id()), ["waiting", "cancelled"]);
    let lines = log.lines();
    assert!(lines.iter().all(|line| !line.contains("letters") && !line.contains("secret-key")));
    let warning = lines.iter().find(|line| line.contains("WARN") && line.contains("expired"));
    assert!(warning.is_some_and(|line| line.contains("it was not begun in time")), "{lines:#?}");
    assert!(matches!(expired.status().await, Ok(Status::Dead(GiveUp::Expired))));
    // Attempts, and what the core logs of them, are in the span of the task.
    let retry = lines.iter().find(|line| line.contains("retrying in"));
    let span = format!("task{{task=\"act\" id={} attempt=1}}", done.id());
    assert!(retry.is_some_and(|line| line.contains(&span)), "{lines:#?}");
}

/// Whether the transaction is committed is known to the caller alone.
#[cfg(feature = "sqlite")]
#[tokio::test]
async fn a_task_in_a_transaction_is_told_of_at_the_call() {
    let (log, _guard) = Log::start(Level::DEBUG);
    let folder = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    let pool = sqlx::SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap();
    let queue = Queue::sqlite_with(&pool).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    let enqueue = || queue.enqueue(act("o")).unique("one");
    let handle = enqueue().in_transaction(&mut transaction).await.unwrap();
    let twin = enqueue().in_transaction(&mut transaction).await.unwrap();
    assert_eq!(handle.id(), twin.id());
    let lines = log.lines();
    let waits: Vec<_> = lines.iter().filter(|line| line.contains("state=\"waiting\"")).collect();
    assert!(waits.len() == 1 && waits[0].contains("in_transaction=true"), "{lines:#?}");
    assert!(waits[0].contains("once the caller's transaction is committed"), "{lines:#?}");
    transaction.commit().await.unwrap();
    worker(&queue, Stage::new()).run_until_idle().await.unwrap();
    assert_eq!(log.states(handle.id()), ["waiting", "running", "done"]);
}

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test(start_paused = true)]
async fn the_span_that_enqueues_a_task_is_the_parent_of_its_attempts() {
    let (log, _guard) = Log::start(Level::INFO);
    let stage = Stage::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let queue = Queue::in_memory();
    let traced = queue.clone().trace_context(|| Some(PARENT.to_owned()));
    traced.enqueue(act("fo")).await.unwrap();
    let wrong = queue.clone().trace_context(|| Some("nonsense".to_owned()));
    wrong.enqueue(act("o")).delay(9 * SECOND).await.unwrap();
    let none = queue.clone().trace_context(|| None);
    none.enqueue(act("o")).delay(9 * SECOND).await.unwrap();
    let worker = worker(&queue, stage).trace_parent(move |span, traceparent| {
        let name = span.metadata().map(tracing::Metadata::name);
        noted.lock().unwrap().push((name, traceparent.to_owned()));
    });
    worker.run_until_idle().await.unwrap();
    let parent = (Some("task"), PARENT.to_owned());
    assert_eq!(*seen.lock().unwrap(), [parent.clone(), parent], "of two attempts");
    let parents = stage.traceparents.lock().unwrap().clone();
    assert_eq!(parents, [Some(PARENT.to_owned()), Some(PARENT.to_owned()), None, None]);
    let lines = log.lines();
    let refused = lines.iter().filter(|line| line.contains("is no W3C traceparent"));
    assert_eq!(refused.count(), 1, "{lines:#?}");
}

#[cfg(feature = "metrics")]
mod metrics {
    use std::collections::BTreeMap;

    use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

    use super::*;

    /// Series, as `name{label=value,…}`, to a count, a gauge, or what was observed.
    fn series(snapshotter: &Snapshotter) -> BTreeMap<String, Vec<f64>> {
        let entries = snapshotter.snapshot().into_vec().into_iter();
        let series = entries.map(|(key, _, _, value)| {
            let labels = key.key().labels();
            let labels: Vec<_> =
                labels.map(|label| format!("{}={}", label.key(), label.value())).collect();
            let value = match value {
                #[expect(clippy::cast_precision_loss, reason = "counts of tests are small")]
                DebugValue::Counter(count) => vec![count as f64],
                DebugValue::Gauge(value) => vec![value.0],
                DebugValue::Histogram(values) => values.into_iter().map(|value| value.0).collect(),
            };
            (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
        });
        series.filter(|(name, _)| name.starts_with("task")).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn ends_latencies_and_what_is_left_are_measured() {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let _guard = ::metrics::set_default_local_recorder(&recorder);
        let queue = Queue::in_memory();
        let stage = Stage::new();
        queue.enqueue(act("o")).await.unwrap();
        queue.enqueue(act("x")).await.unwrap();
        let late = queue.enqueue(act("h")).delay(10 * SECOND).await.unwrap();
        sleep(4 * SECOND).await;
        let test = async {
            sleep(16 * SECOND).await;
            let seen = series(&snapshotter);
            let value = |name: &str| seen.get(name).map(Vec::as_slice);
            assert_eq!(
                value("task_ends_total{task=act,state=done}"),
                Some(&[1.0][..]),
                "{seen:#?}"
            );
            let dead = value("task_ends_total{task=act,state=dead,reason=permanent}");
            assert_eq!(dead, Some(&[1.0][..]), "{seen:#?}");
            let latencies = value("task_latency_seconds{task=act}").expect("three were begun");
            assert_eq!(latencies.len(), 3);
            assert!(latencies[..2].iter().all(|late| (4.0..4.1).contains(late)), "{latencies:?}");
            assert!((0.0..0.1).contains(&latencies[2]), "{latencies:?}");
            for (state, count) in [("waiting", 0.0), ("due", 0.0), ("running", 1.0), ("dead", 1.0)]
            {
                let gauge = value(&format!("tasks{{task=act,state={state}}}"));
                assert_eq!(gauge, Some(&[count][..]), "{state}: {seen:#?}");
            }
            assert_eq!(value("task_oldest_due_seconds{task=act}"), Some(&[0.0][..]), "{seen:#?}");
            assert_eq!(late.cancel().await.unwrap(), Cancelled::Requested);
            queue.dead().discard().await.unwrap();
            sleep(16 * SECOND).await;
            let seen = series(&snapshotter);
            let none = seen.get("tasks{task=act,state=dead}");
            assert_eq!(none, Some(&vec![0.0]), "what has ended well: {seen:#?}");
            let cancelled = seen.get("task_ends_total{task=act,state=cancelled}");
            assert_eq!(cancelled, Some(&vec![1.0]), "{seen:#?}");
        };
        worker(&queue, stage).run_until(test).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_task_that_is_due_is_seen_though_nobody_has_room() {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        let _guard = ::metrics::set_default_local_recorder(&recorder);
        let queue = Queue::in_memory();
        let stage = Stage::new();
        queue.enqueue(act("h")).await.unwrap();
        queue.enqueue(act("h")).delay(SECOND).await.unwrap();
        let seen = async {
            sleep(46 * SECOND).await;
            series(&snapshotter)
        };
        let mut last = BTreeMap::new();
        let one = worker(&queue, stage).concurrency(1).drain(Duration::ZERO);
        one.run_until(async { last = seen.await }).await.unwrap();
        assert_eq!(last.get("tasks{task=act,state=due}"), Some(&vec![1.0]), "{last:#?}");
        let age = last["task_oldest_due_seconds{task=act}"][0];
        assert!((43.5..45.0).contains(&age), "{age}");
    }
}
