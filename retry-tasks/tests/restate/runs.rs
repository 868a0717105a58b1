//! What tasks come to.

use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_tasks::engine::FailedAttempt;
use persevere_tasks::{QueueError, Status, Task, TaskId, WaitError};
use tokio::time::{Instant, sleep};

use crate::rig::{Act, BASE, Lead, PATIENCE, Rig, Serving, Stage, WAIT, act, until};

#[tokio::test]
async fn a_task_that_succeeds_returns_its_output_to_all_who_ask() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("o")).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(handle.status().await.unwrap(), Status::Done);
    let again = rig.queue.handle::<Act>(handle.id());
    assert_eq!(again.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(rig.stage.numbers(), [1]);
}

#[tokio::test]
async fn what_waits_for_a_retry_says_when_and_why() {
    let rig = Rig::start().await;
    let early = SystemTime::now();
    let handle = rig.queue.enqueue(act("w")).await.unwrap();
    until(async || matches!(handle.status().await.unwrap(), Status::Retrying { .. })).await;
    let Status::Retrying { at, failures, error } = handle.status().await.unwrap() else {
        panic!("it waits for long")
    };
    assert_eq!((failures, error.as_str()), (1, "failure 1"));
    assert!((early + WAIT..=SystemTime::now() + WAIT).contains(&at), "{at:?}");
}

#[tokio::test]
async fn retries_wait_in_restate() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("ffo")).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 3);
    assert_eq!(rig.stage.numbers(), [1, 2, 3]);
    let begun = rig.stage.begun.lock().unwrap().clone();
    assert!(begun[1].0 - begun[0].0 >= BASE, "{begun:?}");
    assert!(begun[2].0 - begun[1].0 >= BASE * 2, "{begun:?}");
}

#[tokio::test]
async fn a_task_that_fails_every_time_is_dead_after_its_retries() {
    let rig = Rig::start().await;
    let before = SystemTime::now();
    let handle = rig.queue.enqueue(act("f")).await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("it only fails") };
    assert_eq!((dead.id, dead.task.as_str()), (handle.id(), "act"));
    assert_eq!((dead.reason, dead.error.as_str()), (GiveUp::Exhausted, "failure 4"));
    assert_eq!((dead.failures, dead.crashes, dead.waited), (4, 0, BASE * 7));
    let errors: Vec<_> = dead.attempts.iter().map(FailedAttempt::error).collect();
    assert_eq!(errors, ["failure 1", "failure 2", "failure 3", "failure 4"]);
    assert_eq!(handle.attempts().await.unwrap(), dead.attempts);
    assert_eq!(dead.args, serde_json::json!({ "letters": "f" }));
    assert!(dead.enqueued + Duration::from_secs(1) > before && dead.died > dead.enqueued);
    assert_eq!(handle.status().await.unwrap(), Status::Dead(GiveUp::Exhausted));
    assert_eq!(rig.stage.numbers(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_permanent_failure_and_a_panic_end_as_they_do_everywhere() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("x")).await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("for good") };
    assert_eq!((dead.reason, dead.error.as_str()), (GiveUp::Permanent, "for good"));

    let handle = rig.queue.enqueue(act("po")).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 2);
    let attempts = handle.attempts().await.unwrap();
    let errors: Vec<_> = attempts.iter().map(FailedAttempt::error).collect();
    assert_eq!(errors, ["it panicked: trap door 1"]);
}

#[tokio::test]
async fn a_task_is_begun_after_its_delay_and_not_after_its_time() {
    let rig = Rig::start().await;
    let (delay, early) = (Duration::from_hours(1), SystemTime::now());
    let handle = rig.queue.enqueue(act("o")).delay(delay).await.unwrap();
    let Status::Waiting { at } = handle.status().await.unwrap() else { panic!("not yet due") };
    let inaccuracy = Duration::from_millis(2); // of Restate's times
    let due = early + delay - inaccuracy..SystemTime::now() + delay + inaccuracy;
    assert!(due.contains(&at), "{at:?} {due:?}");
    assert!(matches!(handle.wait(Duration::ZERO).await, Err(WaitError::TimedOut)));

    let (delay, enqueued) = (Duration::from_secs(1), Instant::now());
    let handle = rig.queue.enqueue(act("o")).delay(delay).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
    assert!(rig.stage.begun.lock().unwrap()[0].0 - enqueued >= delay);

    let late = SystemTime::now() - Duration::from_hours(1);
    let handle = rig.queue.enqueue(act("o")).at(late).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);

    let address = rig.worker.address.clone();
    rig.worker.shut_down().await;
    let within = Duration::from_millis(50);
    let handle = rig.queue.enqueue(act("o")).start_within(within).await.unwrap();
    sleep(within).await;
    let worker = crate::rig::worker(rig.stage);
    let _worker = Serving::start(worker, Some(&address)).await;
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("too late") };
    assert_eq!(dead.reason, GiveUp::Expired);
}

#[tokio::test]
async fn a_deadline_ends_a_task_whose_wait_would_go_past_it() {
    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(act("f")).deadline(BASE * 2).await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("it only fails") };
    assert_eq!(dead.reason, GiveUp::DeadlineExceeded);
    assert!(rig.stage.starts() <= 2);
}

#[tokio::test]
async fn a_checkpoint_is_there_for_the_next_attempt_and_what_follows_follows_a_success() {
    let rig = Rig::start().await;
    let lead = |follower: Option<&str>| Lead { follower: follower.map(str::to_owned) };
    let handle = rig.queue.enqueue(lead(None)).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 20, "after two that failed");
    assert_eq!(rig.stage.starts(), 0);

    let handle = rig.queue.enqueue(lead(Some("o"))).await.unwrap();
    assert_eq!(handle.wait(PATIENCE).await.unwrap(), 20);
    until(async || rig.stage.starts() == 1).await;

    let rig = Rig::start().await;
    let handle = rig.queue.enqueue(lead(Some("keyed"))).await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(PATIENCE).await else { panic!("no such key") };
    assert_eq!(dead.reason, GiveUp::Permanent);
    assert!(dead.error.contains("Restate has no unique tasks"), "{}", dead.error);
}

#[tokio::test]
async fn one_task_of_an_id_is_stored() {
    let rig = Rig::start().await;
    let id = TaskId::from_u128(7);
    let first = rig.queue.enqueue(act("2")).id(id).await.unwrap();
    let second = rig.queue.enqueue(act("x")).id(id).await.unwrap();
    assert_eq!(first.id(), second.id());
    assert_eq!(second.wait(PATIENCE).await.unwrap(), 1);
    let third = rig.queue.enqueue(act("x")).id(id).await.unwrap();
    assert_eq!(third.wait(PATIENCE).await.unwrap(), 1, "also once it has ended");
    assert_eq!(rig.stage.starts(), 1);
}

#[tokio::test]
async fn an_id_that_is_unknown_has_an_error_of_its_own() {
    let rig = Rig::start().await;
    let id = TaskId::new();
    let nobodys = rig.queue.handle::<Act>(id);
    let unknown = |error: &QueueError| matches!(error, QueueError::UnknownTask(of) if *of == id);
    let status = nobodys.status().await;
    assert!(status.as_ref().is_err_and(unknown), "{status:?}");
    let cancelled = nobodys.cancel().await;
    assert!(cancelled.as_ref().is_err_and(unknown), "{cancelled:?}");
    let attempts = nobodys.attempts().await;
    assert!(attempts.as_ref().is_err_and(unknown), "{attempts:?}");
    let waited = nobodys.wait(PATIENCE).await;
    assert!(matches!(&waited, Err(WaitError::Queue(error)) if unknown(error)), "{waited:?}");
}

/// The handler suspends: a wait costs no place in the worker, and an attempt that takes longer than
/// Restate has patience with a silent handler is made once all the same.
#[tokio::test]
async fn what_waits_takes_no_place_and_what_runs_long_is_not_run_twice() {
    let stage = Stage::new();
    let worker = crate::rig::worker(stage).concurrency(1);
    let rig = Rig::with(stage, worker).await;
    let waits = rig.queue.enqueue(act("ffo")).await.unwrap();
    until(async || stage.starts() > 0).await;
    let long = rig.queue.enqueue(act("9")).await.unwrap();
    assert_eq!(long.wait(PATIENCE).await.unwrap(), 1);
    assert_eq!(waits.wait(PATIENCE).await.unwrap(), 3);
    assert_eq!(*stage.most.lock().unwrap(), 1);
    assert_eq!(stage.starts(), 4);
}

#[tokio::test]
async fn arguments_that_cannot_be_read_end_a_task_and_are_kept() {
    let rig = Rig::start().await;
    let unfit = rig.queue.enqueue(Unfit { letters: 5 }).await.unwrap();
    let Err(WaitError::Dead(dead)) = unfit.wait(PATIENCE).await else { panic!("no text") };
    assert_eq!((dead.reason, dead.failures), (GiveUp::Unreadable, 0));
    assert_eq!(dead.args, serde_json::json!({ "letters": 5 }));
    assert!(!dead.error.contains('5'), "{}", dead.error);
}

/// Another program's idea of the task.
#[derive(serde::Serialize, serde::Deserialize)]
struct Unfit {
    letters: u32,
}

impl Task for Unfit {
    type Output = u32;
    const NAME: &'static str = "act";
}

#[tokio::test]
async fn spans_of_centuries_are_long_waits() {
    let rig = Rig::start().await;
    let enqueue = || rig.queue.enqueue(act("o"));
    let never = enqueue().delay(Duration::MAX).await.unwrap();
    assert!(matches!(never.status().await.unwrap(), Status::Waiting { .. }));
    let waits = enqueue().start_within(Duration::MAX).deadline(Duration::MAX).await.unwrap();
    assert_eq!(waits.wait(Duration::MAX).await.unwrap(), 1);
    let retried = rig.queue.enqueue(act("c")).await.unwrap();
    until(async || matches!(retried.status().await.unwrap(), Status::Retrying { .. })).await;
}
