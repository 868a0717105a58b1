//! What users' tests are made of, in memory and in a file: on a clock that is paused.

use std::path::Path;
use std::time::Duration;

use persevere::{Attempt, task};
use persevere_tasks::{Queue, Status, TaskId, Worker, testing};
use tokio::time::Instant;

use crate::rig::{SECOND, Stage, act, worker};

const HOUR: Duration = Duration::from_hours(1);

/// Each test, in memory and in a file.
macro_rules! in_both {
    ($($story:ident)*) => {
        mod in_memory {
            $(
                #[tokio::test(start_paused = true)]
                async fn $story() {
                    super::$story(persevere_tasks::Queue::in_memory()).await;
                }
            )*
        }

        mod in_a_file {
            $(
                #[tokio::test(start_paused = true)]
                async fn $story() {
                    let folder = tempfile::tempdir().expect("a temporary folder");
                    super::$story(super::open(&folder.path().join("tasks.db")).await).await;
                }
            )*
        }
    };
}

in_both! {
    three_retries_of_an_hour_take_no_time
    one_task_is_run_at_a_time
    what_is_enqueued_is_read_with_its_arguments
    a_wait_for_the_output_does_not_time_out_early
    a_wait_that_is_not_polled_keeps_no_other_from_its_answer
}

async fn open(file: &Path) -> Queue {
    testing::sqlite(file).await.expect("a file that can be opened")
}

/// Succeeds the fourth time, with the hours that it took.
#[task(on = _, base_delay = "1h", max_delay = "1h", max_retries = 3, jitter = "none")]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn hourly(began: &Instant, attempt: &Attempt) -> Result<u64, &'static str> {
    if attempt.is_last() { Ok(began.elapsed().as_secs() / 3_600) } else { Err("busy") }
}

async fn three_retries_of_an_hour_take_no_time(queue: Queue) {
    let began = Instant::now();
    let handle = queue.enqueue(Hourly {}).await.unwrap();
    Worker::new(&queue, began).task::<Hourly>().run_until_idle().await.unwrap();
    assert_eq!(handle.wait(SECOND).await.unwrap(), 3);
    assert!(began.elapsed() < 3 * HOUR + Duration::from_mins(1), "{:?}", began.elapsed());
    let attempts = handle.attempts().await.unwrap();
    let errors: Vec<_> = attempts.iter().map(persevere_tasks::FailedAttempt::error).collect();
    assert_eq!(errors, ["busy"; 3]);
}

async fn one_task_is_run_at_a_time(queue: Queue) {
    let stage = Stage::new();
    let one = || worker(&queue, stage).run_one();
    assert_eq!(one().await.unwrap(), None);
    let first = queue.enqueue(act("fo")).await.unwrap();
    let second = queue.enqueue(act("o")).delay(SECOND / 2).await.unwrap();
    assert_eq!(one().await.unwrap(), Some(first.id()));
    assert_eq!(stage.starts(), 2, "the wait of a second is the worker's own");
    assert_eq!(first.wait(SECOND).await.unwrap(), 2);
    assert_eq!(one().await.unwrap(), Some(second.id()));
    assert_eq!(one().await.unwrap(), None);

    let patient = queue.enqueue(act("ffo")).await.unwrap();
    let hurried = || worker(&queue, stage).max_inline_wait(Duration::ZERO).run_one();
    for failures in 1..=2 {
        assert_eq!(hurried().await.unwrap(), Some(patient.id()));
        let status = patient.status().await.unwrap();
        assert!(
            matches!(status, Status::Retrying { failures: f, .. } if f == failures),
            "{status:?}"
        );
        assert_eq!(hurried().await.unwrap(), None, "not due yet");
        tokio::time::advance(2 * SECOND).await;
    }
    assert_eq!(hurried().await.unwrap(), Some(patient.id()));
    assert_eq!(patient.wait(SECOND).await.unwrap(), 3);
}

async fn what_is_enqueued_is_read_with_its_arguments(queue: Queue) {
    queue.enqueue(act("o")).delay(HOUR).await.unwrap();
    queue.enqueue(act("ffo")).await.unwrap();
    let enqueued = queue.enqueued::<crate::rig::Act>().await.unwrap();
    let letters: Vec<_> = enqueued.iter().map(|act| act.letters.as_str()).collect();
    assert_eq!(letters, ["ffo", "o"], "first what is due first");
    assert!(queue.enqueued::<Hourly>().await.unwrap().is_empty());
}

/// The clock stands still while the file is read.
async fn a_wait_for_the_output_does_not_time_out_early(queue: Queue) {
    let stage = Stage::new();
    for number in 1..=20 {
        let began = Instant::now();
        let handle = queue.enqueue(act("o")).await.unwrap();
        let run = worker(&queue, stage).run_until_idle();
        let (ended, output) = tokio::join!(run, handle.wait(Duration::from_millis(400)));
        ended.unwrap();
        assert_eq!(output.unwrap(), 1, "{number}");
        assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    }
}

/// As in a `select!` that has gone another way.
async fn a_wait_that_is_not_polled_keeps_no_other_from_its_answer(queue: Queue) {
    let hangs = queue.enqueue(act("h")).await.unwrap();
    let ends = queue.enqueue(act("1")).await.unwrap();
    let mut idle = std::pin::pin!(hangs.wait(HOUR));
    tokio::select! {
        _ = idle.as_mut() => panic!("it hangs"),
        () = tokio::time::sleep(SECOND) => {}
    }
    let story = async {
        assert_eq!(ends.wait(10 * SECOND).await.unwrap(), 1);
        let _ = hangs.cancel().await.unwrap();
        assert!(matches!(idle.await, Err(persevere_tasks::WaitError::Cancelled)));
        assert!(matches!(hangs.wait(SECOND).await, Err(persevere_tasks::WaitError::Cancelled)));
    };
    worker(&queue, Stage::new()).run_until(story).await.unwrap();
}

/// What asked for all has ended with its runtime, and another one asks.
#[test]
fn a_wait_goes_on_in_another_runtime() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
    };
    let queue = Queue::in_memory();
    let first = runtime();
    let handle = first.block_on(async { queue.enqueue(act("o")).await.unwrap() });
    let mut idle = Box::pin(handle.wait(HOUR));
    first.block_on(async {
        tokio::select! {
            _ = &mut idle => panic!("nobody runs it"),
            () = tokio::time::sleep(SECOND) => {}
        }
    });
    drop(first);
    runtime().block_on(async {
        let run = worker(&queue, Stage::new()).run_until_idle();
        let (ended, output) = tokio::join!(run, handle.wait(10 * SECOND));
        assert_eq!((ended.unwrap().abandoned, output.unwrap()), (0, 1));
    });
}

#[tokio::test(start_paused = true)]
async fn the_clock_goes_on_for_whoever_opens_the_file_later() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let stage = Stage::new();
    let queue = open(&file).await;
    let id: TaskId = queue.enqueue(act("fo")).delay(5 * HOUR).await.unwrap().id();
    drop(queue);
    tokio::time::advance(5 * HOUR).await;
    let queue = open(&file).await;
    let hurried = || worker(&queue, stage).max_inline_wait(Duration::ZERO).run_one();
    assert_eq!(hurried().await.unwrap(), Some(id));
    tokio::time::advance(SECOND).await;
    let queue = open(&file).await;
    assert_eq!(worker(&queue, stage).run_one().await.unwrap(), Some(id));
    assert_eq!(queue.handle::<crate::rig::Act>(id).wait(SECOND).await.unwrap(), 2);
}
