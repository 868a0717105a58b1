//! Bodies that panic where nobody expects it: when what they hold is dropped.

#![allow(clippy::unused_async, reason = "bodies that await nothing are tasks, too")]

use std::future::pending;
use std::time::Duration;

use persevere::{Attempt, task};
use persevere_tasks::engine::FailedAttempt;
use persevere_tasks::{Cancelled, Handle, Queue, Status, Worker};
use tracing::Level;

use crate::rig::{SECOND, until};
use crate::subscribed::log::Log;

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb went off");
    }
}

/// Its first attempt has a bomb; how it ends is its argument.
#[task(on = _, timeout = "1s", base_delay = "10ms", max_retries = 2)]
async fn hold(attempt: &Attempt, how: String) -> Result<u32, String> {
    if attempt.number() > 1 {
        return Ok(attempt.number());
    }
    let bomb = Bomb;
    match &*how {
        "returns" => Ok(1), // and drops it
        "hangs" => pending().await,
        "throws" => {
            std::mem::forget(bomb);
            std::panic::panic_any(Bomb)
        }
        other => panic!("{other}"),
    }
}

async fn held(how: &str) -> (Queue, Handle<Hold>) {
    let queue = Queue::in_memory();
    let handle = queue.enqueue(Hold { how: how.to_owned() }).await.unwrap();
    (queue, handle)
}

async fn errors(handle: &Handle<Hold>) -> Vec<String> {
    let attempts = handle.attempts().await.unwrap();
    attempts.iter().map(FailedAttempt::error).map(str::to_owned).collect()
}

fn worker(queue: &Queue) -> Worker<()> {
    Worker::new(queue, ()).task::<Hold>().lease(SECOND, 3)
}

#[tokio::test(start_paused = true)]
async fn each_is_a_failure_and_no_crash() {
    for (how, error) in [
        ("returns", "it panicked: the bomb went off"),
        ("hangs", "timed out"),
        ("throws", "it panicked: with a value that is no text"),
    ] {
        let (queue, handle) = held(how).await;
        worker(&queue).run_until_idle().await.unwrap();
        assert_eq!(handle.wait(SECOND).await.unwrap(), 2, "{how}");
        let errors = errors(&handle).await;
        assert!(errors.len() == 1 && errors[0].contains(error), "{how}: {errors:?}");
        let look = queue.engine().look(&[handle.id()]).await.unwrap();
        let progress = &look[0].as_ref().unwrap().row.progress;
        assert_eq!((progress.failures, progress.crashes), (1, 0), "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_cut_ends_all_the_same_and_says_so_in_the_log() {
    let (log, _guard) = Log::start(Level::ERROR);
    let (queue, handle) = held("hangs").await;
    let cancel = async {
        until(async || matches!(handle.status().await, Ok(Status::Running { .. }))).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(handle.cancel().await.unwrap(), Cancelled::Requested);
    };
    // Within the second that its timeout leaves it.
    let worker = worker(&queue).lease(Duration::from_millis(200), 3);
    let (ended, ()) = tokio::join!(worker.run_until_idle(), cancel);
    assert_eq!(ended.unwrap().abandoned, 0);
    assert_eq!(handle.status().await.unwrap(), Status::Cancelled);
    assert!(
        log.text().contains("panicked when it was dropped: the bomb went off"),
        "{}",
        log.text()
    );
}
