//! The end of a worker.

use std::time::Duration;

use persevere_tasks::{Queue, Status};
use tokio::time::{Instant, sleep};

use crate::rig::{SECOND, Stage, act, until, worker};

#[tokio::test(start_paused = true)]
async fn attempts_have_the_drain_and_are_then_given_back_unpunished() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let ends = queue.enqueue(act("3")).await.unwrap();
    let hangs = queue.enqueue(act("h")).await.unwrap();
    let both_run = until(async || stage.starts() == 2);
    let began = Instant::now();
    let ended = worker(&queue, stage).drain(5 * SECOND).run_until(both_run).await.unwrap();
    assert!(began.elapsed() < 6 * SECOND + Duration::from_millis(100));
    assert_eq!((ended.released, ended.abandoned), (1, 0));
    assert_eq!(ends.wait(SECOND).await.unwrap(), 1);
    let look = queue.engine().look(&[hangs.id()]).await.unwrap().remove(0).unwrap();
    let progress = look.row.progress;
    assert_eq!((progress.released, progress.crashes, progress.failures), (1, 0, 0));
    assert!(matches!(hangs.status().await, Ok(Status::Waiting { .. })));
    // Due at once.
    let again = until(async || stage.starts() == 3);
    worker(&queue, stage).drain(Duration::ZERO).run_until(again).await.unwrap();
    assert_eq!(stage.begun()[2].1, 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_made_here_goes_back_to_the_queue_at_once() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let handle = queue.enqueue(act("fo")).await.unwrap();
    let patient = worker(&queue, stage).max_inline_wait(60 * SECOND).drain(20 * SECOND);
    let waits = async {
        until(async || stage.starts() == 1).await;
        sleep(Duration::from_millis(300)).await;
    };
    let began = Instant::now();
    patient.run_until(waits).await.unwrap();
    assert!(began.elapsed() < SECOND);
    let status = handle.status().await.unwrap();
    assert!(matches!(status, Status::Retrying { failures: 1, .. }), "{status:?}");
    worker(&queue, stage).run_until_idle().await.unwrap();
    assert_eq!(handle.wait(SECOND).await.unwrap(), 2);
    let (tenths, number) = stage.begun()[1];
    assert_eq!((tenths / 10, number), (1, 2)); // when it was due in the first place
}

#[test]
fn a_body_that_blocks_its_thread_holds_up_no_shutdown_and_keeps_its_lease() {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};

    #[persevere::task(on = _)]
    #[allow(clippy::unused_async, reason = "it awaits nothing")]
    async fn block(gate: &Mutex<Receiver<()>>) -> Result<(), String> {
        let _ = gate.lock().unwrap().recv();
        Ok(())
    }

    let (open, gate) = channel();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(3).enable_all().build().unwrap();
    runtime.block_on(async {
        let queue = Queue::in_memory();
        let handle = queue.enqueue(Block {}).await.unwrap();
        let heartbeat = Duration::from_millis(20);
        let worker = persevere_tasks::Worker::new(&queue, Mutex::new(gate)).task::<Block>();
        let worker = worker.lease(heartbeat, 3).drain(Duration::from_millis(50));
        let held = async {
            until(async || matches!(handle.status().await, Ok(Status::Running { .. }))).await;
            sleep(20 * heartbeat).await;
            assert!(queue.engine().recover(10).await.unwrap().is_empty());
        };
        let ended = worker.run_until(held).await.unwrap();
        assert_eq!(ended.released, 1);
        assert!(matches!(handle.status().await, Ok(Status::Waiting { .. })));
        drop(open);
    });
}
