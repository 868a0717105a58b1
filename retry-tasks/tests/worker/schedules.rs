//! Schedules: on tokio's clock, which is paused, and in a file that two workers share.

use std::time::{Duration, SystemTime};

use persevere_tasks::{Queue, QueueError, Task, Worker};
use tokio::time::{advance, sleep};

/// A task that knows its tick.
#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct CleanUp {
    tick: SystemTime,
}

impl Task for CleanUp {
    type Output = ();
    const NAME: &'static str = "clean_up";
}

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn worker(queue: &Queue, expression: &str) -> Worker<()> {
    Worker::new(queue, ()).schedule("cleaning", expression, |tick| CleanUp { tick })
}

/// The seconds of each tick whose task waits, since 1970.
async fn ticks(queue: &Queue) -> Vec<u64> {
    let mut ticks = Vec::new();
    for task in queue.enqueued::<CleanUp>().await.unwrap() {
        let since = task.tick.duration_since(SystemTime::UNIX_EPOCH).expect("a time of ours");
        assert_eq!(since.subsec_nanos(), 0);
        ticks.push(since.as_secs());
    }
    ticks
}

/// Two workers, each with a queue of its own in front of the same tasks.
async fn one_task_a_tick(one: &Queue, two: &Queue) {
    let hours = || sleep(MINUTE * 60 * 5 + MINUTE);
    let first = worker(one, "*/30 * * * *").run_until(hours());
    let second = worker(two, "*/30 * * * *").run_until(hours());
    let (first, second) = tokio::join!(first, second);
    assert!(first.is_ok() && second.is_ok());
    let ticks = ticks(one).await;
    assert!((10..=11).contains(&ticks.len()), "{ticks:?}");
    assert!(ticks.iter().all(|tick| tick % 1_800 == 0), "{ticks:?}");
    assert!(ticks.windows(2).all(|pair| pair[1] - pair[0] == 1_800), "{ticks:?}");
}

#[tokio::test(start_paused = true)]
async fn two_workers_store_one_task_a_tick() {
    let queue = Queue::in_memory();
    one_task_a_tick(&queue, &queue).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(start_paused = true)]
async fn two_workers_on_one_file_store_one_task_a_tick() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("tasks.db");
    let one = persevere_tasks::testing::sqlite(&file).await.expect("a new file");
    let two = persevere_tasks::testing::sqlite(&file).await.expect("the same file");
    one_task_a_tick(&one, &two).await;
}

#[tokio::test(start_paused = true)]
async fn a_tick_is_enqueued_when_it_comes() {
    let queue = Queue::in_memory();
    let began = SystemTime::now();
    let run = worker(&queue, "0 3 * * * America/New_York").run_until(sleep(DAY * 3));
    let look = async {
        let mut seen = 0;
        let mut late = Vec::new();
        for minute in 0..3 * 24 * 60_u32 {
            let ticks = ticks(&queue).await;
            if ticks.len() > seen {
                seen = ticks.len();
                let now = began + MINUTE * minute;
                let tick = SystemTime::UNIX_EPOCH + Duration::from_secs(ticks[seen - 1]);
                late.push(now.duration_since(tick).map_or(0, |span| span.as_secs()));
            }
            sleep(MINUTE).await;
        }
        late
    };
    let (ended, late) = tokio::join!(run, look);
    ended.unwrap();
    assert_eq!(late.len(), 3);
    // It is looked at once a minute here.
    assert!(late.iter().all(|&seconds| seconds <= 60), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn of_ticks_that_were_missed_the_last_one_is_made_up_for() {
    let queue = Queue::in_memory();
    worker(&queue, "* * * * *").run_until(sleep(MINUTE * 5)).await.unwrap();
    let before = ticks(&queue).await.len();
    assert!((4..=5).contains(&before), "{before}");
    advance(DAY * 30).await;
    worker(&queue, "* * * * *").run_until(sleep(Duration::from_millis(10))).await.unwrap();
    let ticks = ticks(&queue).await;
    assert_eq!(ticks.len(), before + 1);
    let missed = ticks[before] - ticks[before - 1];
    assert!((43_200 - 2..=43_200 + 2).contains(&(missed / 60)), "{missed} s");
}

#[tokio::test(start_paused = true)]
async fn a_tasks_own_key_keeps_ticks_from_piling_up() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct One;

    impl Task for One {
        type Output = ();
        const NAME: &'static str = "one";

        fn unique(&self) -> Option<persevere_tasks::engine::Key> {
            let until = persevere_tasks::engine::KeyUntil::Ended;
            Some(persevere_tasks::engine::Key { text: String::new(), until })
        }
    }

    let queue = Queue::in_memory();
    let worker = Worker::new(&queue, ()).schedule("ones", "* * * * *", |_| One);
    worker.run_until(sleep(MINUTE * 10)).await.unwrap();
    assert_eq!(queue.waiting::<One>().await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_refused_at_the_start() {
    let queue = Queue::in_memory();
    let refused = async |worker: Worker<()>| {
        let Err(error) = worker.run_until(sleep(MINUTE)).await else { panic!("it runs") };
        assert!(matches!(error, QueueError::Schedule { .. }), "{error:?}");
        error.to_string()
    };
    assert_eq!(
        refused(worker(&queue, "0 25 * * *")).await,
        "the schedule `cleaning` cannot be kept: `0 25 * * *` is no cron expression: value must be in \
         range 0..=23; found 25"
    );
    assert_eq!(
        refused(worker(&queue, "0 0 30 2 *")).await,
        "the schedule `cleaning` cannot be kept: `0 0 30 2 *` names no time within four years"
    );
    let atlantis = refused(worker(&queue, "0 3 * * * Atlantic/Atlantis")).await;
    assert!(atlantis.contains("failed to find timezone Atlantic/Atlantis"), "{atlantis}");
    let twice =
        worker(&queue, "0 3 * * *").schedule("cleaning", "0 4 * * *", |tick| CleanUp { tick });
    assert_eq!(
        refused(twice).await,
        "the schedule `cleaning` cannot be kept: the worker has another one of that name"
    );
    for name in ["", "a\0b", &"x".repeat(513)] {
        let nameless = Worker::new(&queue, ()).schedule(name, "* * * * *", |tick| CleanUp { tick });
        assert!(
            refused(nameless).await.ends_with("must have 1 to 512 bytes, and no NUL"),
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_panics_stops_neither_worker_nor_schedule() {
    let queue = Queue::in_memory();
    let faulty = Worker::new(&queue, ()).schedule("cleaning", "* * * * *", |tick| {
        let second = tick.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        assert!(second % 120 == 0, "not in odd minutes");
        CleanUp { tick }
    });
    faulty.run_until(sleep(MINUTE * 10)).await.unwrap();
    let ticks = ticks(&queue).await;
    assert!((4..=5).contains(&ticks.len()), "{ticks:?}");
    assert!(ticks.iter().all(|tick| tick % 120 == 0), "{ticks:?}");
}
