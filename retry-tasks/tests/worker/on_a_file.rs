//! Workers over a SQLite file, by the machine's own clock, where something stands still or fails.

use std::path::Path;
use std::time::Duration;

use persevere_tasks::engine::{Ask, State, Wanted};
use persevere_tasks::{Queue, QueueError, Status, TaskId, testing};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Executor as _};
use tokio::time::{Instant, sleep};

use crate::killed::{Note, Process};
use crate::rig::{Act, SECOND, Stage, act, until, worker};
use crate::two_workers::{self, PATIENCE, beside, crashes};

async fn open(file: &Path) -> Queue {
    Queue::sqlite(file).await.expect("a file that can be opened")
}

/// Leases tasks of that name for a worker that is never heard of again.
async fn lease_for_nobody(queue: &Queue, name: &str, count: usize, span: Duration) -> Vec<TaskId> {
    let ask = Ask {
        worker: "nobody".to_owned(),
        tasks: vec![Wanted { names: vec![name.to_owned()], version: 1, room: count }],
        room: count,
        suspects: count,
        span,
    };
    let leases = queue.engine().lease(&ask).await.expect("an engine that works");
    assert_eq!(leases.rows.len(), count);
    leases.rows.iter().map(|leased| leased.row.id).collect()
}

/// Heartbeats of a second, of which three may be missing: a lease that nobody renews is over after 3 s,
/// that is noticed at the next heartbeat, and a pause of a second follows.
#[tokio::test(start_paused = true)]
async fn a_task_whose_worker_is_lost_begins_again_within_four_heartbeats_and_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let queue = testing::sqlite(folder.path().join("tasks.db")).await.unwrap();
    let stage = Stage::new();
    let mut handles = queue.enqueue_all((0..3).map(|_| act("o"))).await.unwrap();
    // Row by row: their leases run out one after the other.
    let mut until = Vec::new();
    for _ in 0..3 {
        let id = lease_for_nobody(&queue, "act", 1, 3 * SECOND).await.remove(0);
        handles.retain(|handle| handle.id() != id);
        until.push((id, Instant::now() + 3 * SECOND));
        tokio::time::advance(SECOND / 4).await;
    }
    assert!(handles.is_empty());
    let begun = Instant::now();
    let all = async {
        for (id, _) in &until {
            assert_eq!(queue.handle::<Act>(*id).wait(60 * SECOND).await.unwrap(), 1);
        }
    };
    worker(&queue, stage).run_until(all).await.unwrap();
    let mut begins = Vec::new();
    for (id, over) in until {
        assert_eq!(crashes(&queue, &queue.handle::<Act>(id)).await, 1);
        begins.push((over - begun + SECOND, over - begun + 2 * SECOND));
    }
    // In tenths of a second since the stage was opened.
    let offset = begun.duration_since(stage.opened);
    for ((tenths, _), (earliest, latest)) in stage.begun().into_iter().zip(begins) {
        let at = Duration::from_millis(100 * tenths).saturating_sub(offset);
        assert!(at + SECOND / 10 >= earliest && at <= latest, "{at:?}: {earliest:?} to {latest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_workers_name_is_new_at_every_start() {
    let folder = tempfile::tempdir().unwrap();
    let queue = testing::sqlite(folder.path().join("tasks.db")).await.unwrap();
    let mut names = std::collections::HashSet::new();
    for _ in 0..3 {
        let handle = queue.enqueue(act("h")).await.unwrap();
        let is_named = async {
            until(async || matches!(handle.status().await, Ok(Status::Running { .. }))).await;
            let Ok(Status::Running { worker, .. }) = handle.status().await else { return };
            names.insert(worker);
        };
        worker(&queue, Stage::new()).drain(Duration::ZERO).run_until(is_named).await.unwrap();
        let _ = handle.cancel().await.unwrap();
    }
    assert_eq!(names.len(), 3, "{names:?}");
}

/// The queue has connections of its own.
#[tokio::test]
async fn a_pool_that_is_used_up_costs_no_lease() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let pool: SqlitePool = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(options);
    let queue = Queue::sqlite_with(&pool).await.expect("a new file");
    let all_of_it = pool.acquire().await.expect("the pool's only connection");
    two_workers::keep_their_leases(&queue, &open(&file).await).await;
    drop(all_of_it);
}

/// Another program writes for twice as long as a lease lasts.
#[tokio::test]
async fn a_file_that_is_locked_for_six_seconds_causes_no_second_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let (one, two) = (open(&file).await, open(&file).await);
    let stage = Stage::new();
    let handles = one.enqueue_all((0..8).map(|_| act("9"))).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.expect("the file");
    let locked = async {
        until(async || stage.starts() == 8).await;
        sleep(Duration::from_millis(1_500)).await; // both have begun to beat
        other.execute("PRAGMA busy_timeout = 30000; BEGIN IMMEDIATE").await.expect("the lock");
        sleep(6 * SECOND).await;
        other.execute("COMMIT").await.expect("nothing was written");
        for handle in &handles {
            assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
        }
    };
    beside([&one, &two], stage, locked).await;
    assert_eq!(stage.starts(), 8);
    for handle in &handles {
        assert_eq!(crashes(&one, handle).await, 0);
    }
}

/// As a machine that sleeps: then each finds the other's leases run out.
#[tokio::test]
async fn workers_that_stand_still_together_take_nobody_for_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (file, notes) = (folder.path().join("tasks.db"), folder.path().join("notes"));
    let queue = open(&file).await;
    two_workers::stand_still_together(&queue, file.to_str().expect("letters"), &notes).await;
}

/// Others may have stood still with it.
#[tokio::test]
async fn after_its_own_stall_a_worker_sweeps_nobody_for_a_lease() {
    let folder = tempfile::tempdir().unwrap();
    let (file, notes) = (folder.path().join("tasks.db"), folder.path().join("notes"));
    let queue = open(&file).await;
    let stalls = Process::start(file.to_str().expect("letters"), &notes, SECOND);
    let warm = queue.enqueue(Note { takes: Duration::ZERO }).await.unwrap();
    warm.wait(PATIENCE).await.unwrap();
    sleep(Duration::from_millis(1_500)).await; // it beats
    stalls.signal("STOP");
    // Of a name that it does not know: it neither leases nor holds it.
    let handle = queue.enqueue(act("o")).await.unwrap();
    lease_for_nobody(&queue, "act", 1, Duration::from_millis(100)).await;
    sleep(6 * SECOND).await;
    let goes_on = std::time::Instant::now();
    stalls.signal("CONT");
    until(async || crashes(&queue, &handle).await == 1).await;
    let swept_after = goes_on.elapsed();
    assert!(swept_after >= 3 * SECOND, "{swept_after:?}");
}

/// Neither a loop that ends nor one that spins; and what has run is written once it can be.
#[tokio::test]
async fn a_table_that_is_gone_for_a_while_ends_no_worker_and_loses_no_outcome() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let queue = open(&file).await;
    let stage = Stage::new();
    let running = queue.enqueue(act("1")).await.unwrap();
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.expect("the file");
    let counted = Counted::default();
    let complaints = counted.clone();
    let _scope = crate::subscribed::this_thread_to(counted);
    let story = async {
        until(async || stage.starts() == 1).await;
        other.execute("ALTER TABLE persevere_tasks RENAME TO gone").await.expect("a table");
        sleep(4 * SECOND).await; // the task ends meanwhile
        let status = running.status().await;
        assert!(matches!(status, Err(QueueError::Unavailable(_))), "{status:?}");
        other.execute("ALTER TABLE gone RENAME TO persevere_tasks").await.expect("a table");
        assert_eq!(running.wait(PATIENCE).await.unwrap(), 1);
        let next = queue.enqueue(act("o")).await.unwrap();
        assert_eq!(next.wait(PATIENCE).await.unwrap(), 1);
    };
    let ended = worker(&queue, stage).lease(5 * SECOND, 3).run_until(story).await.unwrap();
    assert_eq!((ended.abandoned, stage.starts()), (0, 2));
    let complaints = complaints.number();
    assert!((1..100).contains(&complaints), "{complaints} complaints in 4 s");
}

/// The disk is full when outputs are to be written: that is done when there is room.
#[tokio::test]
async fn outputs_that_find_the_disk_full_are_written_later() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let small = SqlitePoolOptions::new().connect_lazy_with(options.pragma("max_page_count", "80"));
    let queue = Queue::sqlite_with(&small).await.expect("a new file");
    let outputs = queue.enqueue_all((0..4).map(|_| Print {})).await.unwrap();
    // Nobody runs these.
    let padding = loop {
        if let Err(error) = queue.enqueue(act(&"x".repeat(2_000))).await {
            break error;
        }
    };
    assert!(matches!(padding, QueueError::Full(_)), "{padding:?}");
    let mut other = SqliteConnectOptions::new().filename(&file).connect().await.expect("the file");
    let stage = Stage::new();
    let story = async {
        until(async || stage.starts() == 4).await;
        sleep(SECOND).await;
        for handle in &outputs {
            let status = handle.status().await.unwrap();
            assert!(matches!(status, Status::Running { .. }), "{status:?}");
        }
        other.execute("DELETE FROM persevere_tasks WHERE task = 'act'").await.expect("room");
        for handle in &outputs {
            assert_eq!(handle.wait(PATIENCE).await.unwrap().len(), 40_000);
        }
    };
    let one = persevere_tasks::Worker::new(&queue, stage).task::<Print>().lease(SECOND, 3);
    let ended = one.run_until(story).await.unwrap();
    assert_eq!((ended.abandoned, stage.starts()), (0, 4), "none ran twice");
    for handle in &outputs {
        let look = queue.engine().look(&[handle.id()]).await.unwrap().remove(0).unwrap();
        assert!(matches!(look.state, State::Done { .. }));
        assert_eq!((look.row.progress.crashes, look.row.progress.failures), (0, 0));
    }
}

/// Returns 40,000 bytes.
#[persevere::task(on = _)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn print(stage: &&'static Stage) -> Result<String, String> {
    stage.begun.lock().unwrap().push((0, 0));
    Ok("x".repeat(40_000))
}

/// Counts warnings and errors.
#[derive(Clone, Default)]
struct Counted(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl Counted {
    fn number(&self) -> usize {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}

impl tracing::Subscriber for Counted {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "persevere" && *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
