//! When attempts begin, and what is written between them.

use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_core::testing::{Recorder, recording};
use persevere_tasks::{Queue, Status, WaitError};
use tokio::time::sleep;

use crate::rig::{SECOND, Stage, act, until, worker};

/// Each attempt's beginning, in seconds.
fn seconds(stage: &Stage) -> Vec<u64> {
    stage.begun().iter().map(|(tenths, _)| tenths / 10).collect()
}

#[tokio::test(start_paused = true)]
async fn the_limit_is_exact_and_the_waits_are_the_policys() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let recorder = Recorder::new();
    let _scope = recording(&recorder).on_this_thread();
    let handle = queue.enqueue(act("f")).await.unwrap();
    worker(&queue, stage).max_inline_wait(Duration::ZERO).run_until_idle().await.unwrap();
    assert_eq!(seconds(stage), [0, 1, 3, 7, 15, 23]);
    let numbers: Vec<_> = stage.begun().iter().map(|begun| begun.1).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.failures, dead.crashes), (GiveUp::Exhausted, 6, 0));
    assert_eq!((dead.error.as_str(), dead.waited), ("failure 6", 23 * SECOND));
    recorder.assert("6 attempts, waited 1 s then 2 s then 4 s then 8 s then 8 s, gave up");
}

#[tokio::test(start_paused = true)]
async fn the_sequence_goes_on_in_another_worker_after_each_failure() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("f")).await.unwrap();
    for starts in 1..=6 {
        let failed = until(async || {
            stage.starts() == starts && !matches!(handle.status().await, Ok(Status::Running { .. }))
        });
        let one = worker(&queue, stage).max_inline_wait(Duration::ZERO);
        one.run_until(failed).await.unwrap();
    }
    assert_eq!(stage.starts(), 6);
    let gaps: Vec<_> = seconds(stage).windows(2).map(|pair| pair[1] - pair[0]).collect();
    let late = |planned: u64| planned..=planned + 1;
    for (gap, planned) in gaps.iter().zip([1, 2, 4, 8, 8]) {
        assert!(late(planned).contains(gap), "{gaps:?}");
    }
    assert!(matches!(handle.status().await, Ok(Status::Dead(GiveUp::Exhausted))));
}

#[tokio::test(start_paused = true)]
async fn a_short_wait_is_made_here_and_a_long_one_in_the_queue() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("qffo")).await.unwrap();
    let run = worker(&queue, stage).run_until_idle();
    let watch = async {
        until(async || stage.starts() == 1).await;
        sleep(Duration::from_millis(50)).await;
        assert!(matches!(handle.status().await, Ok(Status::Running { .. })));
        until(async || stage.starts() == 2).await;
        sleep(Duration::from_millis(500)).await;
        let status = handle.status().await.unwrap();
        assert!(matches!(status, Status::Retrying { failures: 2, .. }), "{status:?}");
    };
    let (ended, ()) = tokio::join!(run, watch);
    ended.unwrap();
    assert_eq!(handle.wait(SECOND).await.unwrap(), 4);
    assert_eq!(seconds(stage), [0, 0, 2, 6]);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_a_failure_with_its_text() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let saved = queue.enqueue(act("po")).await.unwrap();
    let lost = queue.enqueue(act("p")).await.unwrap();
    worker(&queue, stage).run_until_idle().await.unwrap();
    assert_eq!(saved.wait(SECOND).await.unwrap(), 2);
    let Err(WaitError::Dead(dead)) = lost.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.crashes), (GiveUp::Exhausted, 0));
    assert_eq!(dead.error, "it panicked: trap door 6");
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_ends_the_task_at_once() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("x")).await.unwrap();
    worker(&queue, stage).run_until_idle().await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.error.as_str()), (GiveUp::Permanent, "for good"));
    assert_eq!(stage.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_counted_from_when_the_task_was_due() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let delayed = queue.enqueue(act("f")).delay(10 * SECOND).deadline(5 * SECOND);
    let handle = delayed.await.unwrap();
    worker(&queue, stage).run_until_idle().await.unwrap();
    assert_eq!(seconds(stage), [10, 11, 13]); // the next wait would take 4 s, and 2 are left
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.error.as_str()), (GiveUp::DeadlineExceeded, "failure 3"));
}
