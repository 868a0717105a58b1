//! Tasks that are enqueued and that no worker runs: a warning, once for each name, where it is known.

#![allow(clippy::unused_async, reason = "bodies that await nothing are tasks, too")]

use std::time::Duration;

use persevere::{Attempt, task};
use persevere_tasks::{Queue, Task, Worker};
use tokio::time::{sleep, timeout};
use tracing::Level;

use crate::rig::{Act, SECOND, Stage, act, until, worker};
use crate::subscribed::log::Log;

/// Which no worker here runs.
#[task(name = "paint::fence", on = _)]
async fn paint(fence: String) -> Result<usize, String> {
    if fence.is_empty() { Err("none".to_owned()) } else { Ok(fence.len()) }
}

fn fence() -> Paint {
    Paint { fence: "green".to_owned() }
}

/// Notes that a task is to follow.
#[task(on = _)]
async fn lead(attempt: &Attempt) -> Result<(), String> {
    if attempt.number() > 1 {
        return Err("once is enough".to_owned());
    }
    attempt.delivery().then(fence());
    Ok(())
}

fn warnings(log: &Log) -> Vec<String> {
    let lines = log.lines().into_iter();
    lines.filter(|line| line.contains("WARN") && line.contains("no worker of this queue")).collect()
}

/// What runs on that queue while a worker does that runs [`Act`].
async fn beside_a_worker(queue: &Queue, story: impl Future<Output = ()>) {
    worker(queue, Stage::new()).run_until(story).await.unwrap();
}

/// On a queue of this process alone: at once.
async fn is_said_once(queue: Queue) {
    let (log, _guard) = Log::start(Level::WARN);
    queue.enqueue(fence()).await.unwrap();
    assert_eq!(warnings(&log), [""; 0], "a worker may be about to start");
    beside_a_worker(&queue, async {
        sleep(SECOND).await;
        queue.enqueue(act("o")).await.unwrap();
        assert_eq!(warnings(&log), [""; 0]);
        queue.enqueue(fence()).await.unwrap();
        queue.enqueue_all([fence(), fence()]).await.unwrap();
        queue.enqueue_all::<Lead>([]).await.unwrap();
        let stats = queue.stats().await.unwrap();
        let workers = |name| stats.iter().find(|of| of.task == name).map(|of| of.workers);
        assert_eq!(workers(Paint::NAME), Some(0));
    })
    .await;
    let said = warnings(&log);
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].contains("task=\"paint::fence\"") && said[0].contains("write `.task::<Paint>()`")
    );
    assert!(!said[0].contains("green"));
    queue.enqueue(Lead {}).await.unwrap();
    assert_eq!(warnings(&log).len(), 1, "no worker runs any more");
}

#[tokio::test(start_paused = true)]
async fn in_memory_it_is_said_once() {
    is_said_once(Queue::in_memory()).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test(start_paused = true)]
async fn in_a_test_over_a_file_it_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    is_said_once(persevere_tasks::testing::sqlite(folder.path().join("tasks.db")).await.unwrap())
        .await;
}

#[tokio::test(start_paused = true)]
async fn it_is_said_of_what_follows_another_task_and_of_what_a_schedule_makes() {
    let (log, _guard) = Log::start(Level::WARN);
    let queue = Queue::in_memory();
    queue.enqueue(Lead {}).await.unwrap();
    Worker::new(&queue, ()).task::<Lead>().run_until_idle().await.unwrap();
    assert_eq!(warnings(&log).len(), 1);

    let queue = Queue::in_memory();
    let scheduled =
        Worker::new(&queue, ()).task::<Lead>().schedule("often", "* * * * *", |_| fence());
    scheduled.run_until(sleep(Duration::from_mins(5))).await.unwrap();
    assert!(queue.stats().await.unwrap()[0].waiting > 3);
    assert_eq!(warnings(&log).len(), 2);
}

/// Two programs on one database: what is known is written there.
async fn is_said_by_another_program(run: &Queue, producer: &Queue) {
    let (log, _guard) = Log::start(Level::WARN);
    let workers =
        async || producer.stats().await.unwrap().iter().map(|of| of.workers).collect::<Vec<_>>();
    producer.enqueue(act("o")).delay(1_000 * SECOND).await.unwrap();
    assert_eq!(workers().await, [0]);
    beside_a_worker(run, async {
        until(async || workers().await == [1]).await;
        // The one that a worker elsewhere runs, and the one that none does.
        producer.enqueue(act("o")).delay(1_000 * SECOND).await.unwrap();
        let another = async {
            for _ in 0..2 {
                producer.enqueue(fence()).await.unwrap();
            }
            until(async || !warnings(&log).is_empty()).await;
        };
        timeout(60 * SECOND, another).await.unwrap();
        assert_eq!(workers().await, [1, 0]);
    })
    .await;
    assert_eq!(workers().await, [0, 0], "it has ended");
    let said = warnings(&log);
    assert!(said.len() == 1 && said[0].contains("`.task::<Paint>()`"), "{said:#?}");
    assert_eq!(Act::NAME, "act");
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn it_is_said_by_another_program_on_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tasks.db");
    let open = async || Queue::sqlite(&file).await.unwrap();
    is_said_by_another_program(&open().await, &open().await).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn it_is_said_by_another_program_on_the_server() {
    let postgres = crate::services::postgres::Postgres::start(&[]);
    let pool = sqlx::postgres::PgPoolOptions::new().connect_lazy_with(postgres.options());
    let open = async || Queue::postgres(&pool).await.unwrap();
    is_said_by_another_program(&open().await, &open().await).await;
}
