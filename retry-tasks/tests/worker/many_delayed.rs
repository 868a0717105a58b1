//! Tasks that wait are in the file alone: ten thousand of them cost a worker nothing, and delay nobody.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use persevere_tasks::Queue;

use crate::rig::{SECOND, Stage, act, worker};

/// What the test says to the worker's process: where the queue is, and where to write how large it is.
const VARIABLES: [&str; 2] = ["A_QUEUE_OF_DELAYED", "A_WORKERS_SIZE"];

/// The most memory that this process has had, in kB.
fn size() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("this needs Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a size");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test]
#[ignore = "for the test below alone, which starts it in processes of its own"]
async fn works_and_says_how_large_it_is() {
    let [place, to] = VARIABLES.map(|name| env::var(name).expect("from the test"));
    let queue = Queue::sqlite(place).await.expect("a file");
    let handles = queue.enqueue_all((0..200).map(|_| act("o"))).await.unwrap();
    let stage = Stage::new();
    let all = async {
        for handle in handles {
            assert_eq!(handle.wait(Duration::from_mins(2)).await.unwrap(), 1);
        }
        tokio::time::sleep(3 * SECOND).await; // some heartbeats, in which nothing is due
    };
    worker(&queue, stage).run_until(all).await.unwrap();
    assert_eq!(stage.starts(), 200);
    fs::write(to, size().to_string()).expect("a file");
}

/// The most memory in kB that a worker of that queue needs in a process of its own.
fn size_of_a_worker(queue: &Path) -> u64 {
    let to = queue.with_extension("size");
    let ended = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", "--ignored", "many_delayed::works_and_says_how_large_it_is"])
        .envs(VARIABLES.into_iter().zip([queue, &to]))
        .output()
        .expect("another process");
    assert!(ended.status.success(), "{ended:?}");
    fs::read_to_string(to).expect("a file").parse().expect("a number")
}

#[tokio::test]
async fn ten_thousand_delayed_tasks_cost_a_worker_less_than_five_megabytes_and_delay_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let [none, many] = ["none.db", "many.db"].map(|name| folder.path().join(name));
    Queue::sqlite(&none).await.unwrap();
    let queue = Queue::sqlite(&many).await.unwrap();
    let delayed = (0..10_000).map(|_| queue.enqueue(act("o")).delay(Duration::from_hours(1)));
    let mut transactions =
        sqlx::SqlitePool::connect_with(sqlx::sqlite::SqliteConnectOptions::new().filename(&many))
            .await
            .unwrap()
            .begin()
            .await
            .unwrap();
    for delayed in delayed {
        delayed.in_transaction(&mut transactions).await.unwrap();
    }
    transactions.commit().await.unwrap();
    let (without, with) = (size_of_a_worker(&none), size_of_a_worker(&many));
    assert!(with < without + 5 * 1_024, "{with} kB, and {without} kB without them");
    let stats = queue.stats().await.unwrap();
    assert_eq!((stats[0].waiting, stats[0].due, stats[0].running), (10_000, 0, 0));
}
