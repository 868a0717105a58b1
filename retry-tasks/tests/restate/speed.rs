//! How fast it is. This measures, and is no test:
//!
//! ```sh
//! cargo test --release -p persevere-tasks --features restate --test restate -- --ignored --nocapture speed
//! ```

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::rig::{PATIENCE, Rig, Stage, act, worker};

const TASKS: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it measures"]
async fn empty_tasks_per_second_and_the_time_until_one_starts() {
    let stage = Stage::new();
    let rig = Rig::with(stage, worker(stage).concurrency(50)).await;
    for warm in 0..20 {
        let handle = rig.queue.enqueue(act("o")).await.unwrap();
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1, "{warm}");
    }

    let mut waits = Vec::new();
    for _ in 0..200 {
        let (seen, began) = (stage.starts(), Instant::now());
        let handle = rig.queue.enqueue(act("o")).await.unwrap();
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
        waits.push(stage.begun.lock().unwrap()[seen].0 - began);
    }
    waits.sort_unstable();
    let at = |percent: usize| waits[waits.len() * percent / 100].as_secs_f64() * 1_000.0;
    println!("from enqueuing to the start: p50 {:.1} ms, p95 {:.1} ms", at(50), at(95));

    let began = Instant::now();
    let mut handles = Vec::new();
    for _ in 0..TASKS / 20 {
        let mut some = JoinSet::new();
        for _ in 0..20 {
            let queue = rig.queue.clone();
            some.spawn(async move { queue.enqueue(act("o")).await.unwrap() });
        }
        handles.extend(some.join_all().await);
    }
    let enqueued = began.elapsed();
    let mut ends = JoinSet::new();
    for handle in handles {
        ends.spawn(async move { handle.wait(PATIENCE).await.unwrap() });
    }
    ends.join_all().await;
    let rate = |span: Duration| f64::from(u32::try_from(TASKS).unwrap()) / span.as_secs_f64();
    println!("enqueued: {:.0} a second, 20 at a time", rate(enqueued));
    println!("run: {:.0} a second, 50 slots in one process", rate(began.elapsed()));
}
