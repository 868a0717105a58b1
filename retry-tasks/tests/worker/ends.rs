//! Tasks that end without an attempt, or in the middle of one.

use std::time::Duration;

use persevere::task;
use persevere_core::engine::GiveUp;
use persevere_tasks::engine::{Ask, Due, Envelope, NewRow, Payload, Wanted};
use persevere_tasks::{Cancelled, Priority, Queue, QueueError, Status, TaskId, WaitError, Worker};
use tokio::time::sleep;

use crate::rig::{Act, SECOND, Stage, act, until, worker};

#[tokio::test(start_paused = true)]
async fn a_task_that_nobody_began_in_time_is_expired() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let late = queue.enqueue(act("o")).start_within(5 * SECOND).await.unwrap();
    let past = queue.enqueue(act("o")).deadline(5 * SECOND).await.unwrap();
    let fine = queue.enqueue(act("o")).start_within(7 * SECOND).await.unwrap();
    sleep(6 * SECOND).await;
    worker(&queue, stage).run_until_idle().await.unwrap();
    assert!(matches!(late.status().await, Ok(Status::Dead(GiveUp::Expired))));
    assert!(matches!(past.status().await, Ok(Status::Dead(GiveUp::DeadlineExceeded))));
    assert_eq!(fine.wait(SECOND).await.unwrap(), 1);
    assert_eq!(stage.starts(), 1);
}

/// Leases what is due as a worker that is lost then.
async fn crash(queue: &Queue) {
    let ask = Ask {
        worker: format!("lost-{}", TaskId::new()),
        tasks: vec![Wanted { names: vec!["act".to_owned()], version: 1, room: 10 }],
        room: 10,
        suspects: 10,
        span: SECOND,
    };
    until(async || !queue.engine().lease(&ask).await.unwrap().rows.is_empty()).await;
    sleep(2 * SECOND).await;
    assert_eq!(queue.engine().recover(10).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn crashes_are_counted_by_themselves_and_the_fourth_is_the_last() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let saved = queue.enqueue(act("fo")).await.unwrap();
    for _ in 0..3 {
        crash(&queue).await;
    }
    worker(&queue, stage).run_until_idle().await.unwrap();
    assert_eq!(saved.wait(SECOND).await.unwrap(), 2);
    let lost = queue.enqueue(act("o")).await.unwrap();
    for _ in 0..4 {
        crash(&queue).await;
    }
    worker(&queue, stage).run_until_idle().await.unwrap();
    let Err(WaitError::Dead(dead)) = lost.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!((dead.reason, dead.crashes, dead.failures), (GiveUp::WorkerLost, 4, 0));
    assert_eq!(stage.starts(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_runs_is_cancelled_within_a_heartbeat() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("h")).await.unwrap();
    let run = worker(&queue, stage).run_until_idle();
    let cancel = async {
        until(async || stage.starts() == 1).await;
        assert_eq!(handle.cancel().await.unwrap(), Cancelled::Requested);
        sleep(Duration::from_millis(1_500)).await;
        assert_eq!(*stage.dropped.lock().unwrap(), 1);
        assert!(matches!(handle.status().await, Ok(Status::Cancelled)));
    };
    let (ended, ()) = tokio::join!(run, cancel);
    ended.unwrap();
    assert_eq!(stage.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_drops_the_body_and_writes_nothing() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("ho")).await.unwrap();
    let run = worker(&queue, stage).run_until_idle();
    let steal = async {
        until(async || stage.starts() == 1).await;
        tokio::time::advance(10 * SECOND).await; // in which no heartbeat came
        assert_eq!(queue.engine().recover(10).await.unwrap().len(), 1);
        until(async || *stage.dropped.lock().unwrap() == 1).await;
        handle.cancel().await.unwrap() // or it would hang again: a crash is no failure
    };
    let (ended, cancelled) = tokio::join!(run, steal);
    ended.unwrap();
    assert_eq!(cancelled, Cancelled::BeforeStart);
    assert_eq!(stage.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn arguments_that_cannot_be_read_stay_for_another_release() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let id = TaskId::new();
    let args = Payload::of(&serde_json::json!({"letters": 41_111_111})).unwrap();
    let row = NewRow {
        id,
        task: "act".to_owned(),
        version: 1,
        queue: "default".to_owned(),
        args,
        priority: Priority::Normal,
        due: Due::In(Duration::ZERO),
        key: None,
        envelope: Envelope::default(),
    };
    queue.engine().push(&[row]).await.unwrap();
    worker(&queue, stage).run_until_idle().await.unwrap();
    let dead = queue.dead().because(GiveUp::Unreadable).list().await.unwrap();
    assert_eq!((dead.len(), dead[0].id), (1, id));
    assert_eq!(dead[0].args, serde_json::json!({"letters": 41_111_111}));
    // Their text shows no argument.
    assert_eq!(
        dead[0].error,
        "the arguments, of version 1, cannot be read: a value is not of its type, or is missing, at \
         byte 19"
    );
    assert_eq!(stage.starts(), 0);
}

#[derive(Debug, serde::Deserialize)]
struct Unwritable;

impl serde::Serialize for Unwritable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no word for it"))
    }
}

/// Returns what JSON has no word for.
#[task(on = _)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn measure(stage: &&'static Stage) -> Result<Unwritable, String> {
    stage.begun.lock().unwrap().push((0, 0));
    Ok(Unwritable)
}

#[tokio::test(start_paused = true)]
async fn an_output_that_cannot_be_written_ends_the_task_once() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(Measure {}).await.unwrap();
    worker(&queue, stage).task::<Measure>().run_until_idle().await.unwrap();
    let Err(WaitError::Dead(dead)) = handle.wait(SECOND).await else { panic!("it is dead") };
    assert_eq!(dead.reason, GiveUp::Permanent);
    assert_eq!(dead.error, "its output cannot be written: no word for it");
    assert_eq!(stage.starts(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_tasks_of_one_name_are_refused_at_the_start() {
    let queue = Queue::in_memory();
    let twice = worker(&queue, Stage::new()).task::<Act>();
    let refused = twice.run_until_idle().await;
    assert!(matches!(refused, Err(QueueError::TwoTasks { task }) if task == "act"));
}

/// A task that has the name which another one had.
#[task(formerly = ["play", "act"], on = _)]
#[allow(clippy::unused_async, reason = "it awaits nothing")]
async fn perform(act: u32) -> Result<u32, String> {
    Ok(act)
}

#[tokio::test(start_paused = true)]
async fn a_former_name_is_a_name_too() {
    let queue = Queue::in_memory();
    let both = worker(&queue, Stage::new()).task::<Perform>();
    let refused = both.run_until(sleep(SECOND)).await;
    assert!(matches!(refused, Err(QueueError::TwoTasks { task }) if task == "act"));
    let handle = queue.enqueue(act("o")).await.unwrap();
    let one = Worker::new(&queue, Stage::new()).task::<Perform>();
    // The row of the former name is read, and its arguments are none of the task's.
    one.run_until_idle().await.unwrap();
    assert!(matches!(handle.status().await, Ok(Status::Dead(GiveUp::Unreadable))));
}
