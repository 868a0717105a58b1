//! Two workers over one database, whichever it is.

use std::path::Path;
use std::time::Duration;

use persevere_tasks::{Handle, Queue, Task};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::killed::{Note, Process, starts};
use crate::rig::{SECOND, Stage, act, until, worker};

/// However slow the machine is.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Runs a worker over each of two queues until the story has ended.
pub(crate) async fn beside(
    queues: [&Queue; 2],
    stage: &'static Stage,
    story: impl Future<Output = ()>,
) {
    let over = watch::Sender::new(false);
    let end = || {
        let mut over = over.subscribe();
        async move { over.wait_for(|over| *over).await.is_ok() }
    };
    let [one, two] = queues.map(|queue| worker(queue, stage).run_until(end()));
    let story = async {
        story.await;
        over.send_replace(true);
    };
    let (one, two, ()) = tokio::join!(one, two, story);
    assert_eq!((one.unwrap().abandoned, two.unwrap().abandoned), (0, 0));
}

/// The number of its workers that were lost.
pub(crate) async fn crashes<T: Task>(queue: &Queue, handle: &Handle<T>) -> u32 {
    let look = queue.engine().look(&[handle.id()]).await.expect("an engine that works");
    look[0].as_ref().expect("the task").row.progress.crashes
}

/// A task that takes longer than a lease lasts begins once: its worker is not taken for lost.
pub(crate) async fn keep_their_leases(queue: &Queue, other: &Queue) {
    let stage = Stage::new();
    let handle = queue.enqueue(act("4")).await.unwrap();
    let ends = async { assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1) };
    beside([queue, other], stage, ends).await;
    assert_eq!((stage.starts(), crashes(queue, &handle).await), (1, 0));
}

/// Both processes are stopped at the same time, for longer than their leases last.
pub(crate) async fn stand_still_together(queue: &Queue, place: &str, notes: &Path) {
    let workers = [(); 2].map(|()| Process::start(place, notes, SECOND));
    let note = |_| Note { takes: 9 * SECOND };
    let handles = queue.enqueue_all((0..12).map(note)).await.unwrap();
    until(async || starts(notes) == 12).await; // of which none of the two can hold more than eight
    sleep(Duration::from_millis(1_500)).await;
    for signal in ["STOP", "CONT"] {
        for worker in &workers {
            worker.signal(signal);
        }
        sleep(6 * SECOND).await;
    }
    for handle in handles {
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), 0, "no crash");
    }
    assert_eq!(starts(notes), 12);
}
