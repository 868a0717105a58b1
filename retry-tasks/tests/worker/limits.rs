//! How many tasks a worker holds, and what it puts off.

use std::time::Duration;

use persevere::{Attempt, task};
use persevere_core::testing::{Recorder, recording};
use persevere_core::{Budget, Bulkhead, CircuitBreaker};
use persevere_tasks::{Queue, Status, Worker};
use tokio::time::sleep;

use crate::rig::{Act, SECOND, Stage, act, until, worker};

#[tokio::test(start_paused = true)]
async fn no_more_is_leased_than_there_are_slots() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    queue.enqueue_all((0..20).map(|_| act("1"))).await.unwrap();
    worker(&queue, stage).concurrency(3).run_until_idle().await.unwrap();
    assert_eq!((stage.starts(), *stage.most.lock().unwrap()), (20, 3));
    let stage = Stage::new();
    queue.enqueue_all((0..6).map(|_| act("1"))).await.unwrap();
    let narrow = Worker::new(&queue, stage).task_with::<Act>(|task| task.concurrency(2));
    let watch = async {
        until(async || stage.starts() > 0).await;
        let stats = queue.stats().await.unwrap();
        assert_eq!((stats[0].running, stats[0].waiting), (2, 4));
    };
    let (ended, ()) = tokio::join!(narrow.run_until_idle(), watch);
    ended.unwrap();
    assert_eq!((stage.starts(), *stage.most.lock().unwrap()), (6, 2));
}

static BUDGET: Budget = Budget::new();
static BREAKER: CircuitBreaker = CircuitBreaker::new();
static BULKHEAD: Bulkhead = Bulkhead::new(1);

/// A task behind layers that others share; it fails as often as its argument says.
#[task(policy = "conservative", budget = BUDGET, breaker = BREAKER, bulkhead = BULKHEAD, on = _)]
async fn call(stage: &&'static Stage, attempt: &Attempt, failures: u32) -> Result<u32, String> {
    let number = attempt.number();
    stage.begun.lock().unwrap().push((0, number));
    sleep(Duration::from_millis(100)).await;
    if number <= failures { Err("busy".to_owned()) } else { Ok(number) }
}

// One test, since the layers are statics.
#[tokio::test(start_paused = true)]
async fn what_is_put_off_uses_no_retry_and_a_budgets_permit_is_handed_over() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    let recorder = Recorder::new();
    let _scope = recording(&recorder).on_this_thread();

    // A breaker that is open: the task is not even leased, and others go on.
    BREAKER.force_open();
    let call = queue.enqueue(Call { failures: 0 }).await.unwrap();
    let other = queue.enqueue(act("o")).await.unwrap();
    let both = worker(&queue, stage).task::<Call>();
    both.run_until(sleep(30 * SECOND)).await.unwrap();
    assert_eq!(other.wait(SECOND).await.unwrap(), 1);
    assert!(matches!(call.status().await, Ok(Status::Waiting { .. })));
    let look = queue.engine().look(&[call.id()]).await.unwrap().remove(0).unwrap();
    assert_eq!(look.row.progress.postponed, 0);
    BREAKER.reset();

    // A bulkhead that is full: the task is put off.
    let permit = BULKHEAD.try_acquire().unwrap();
    let one = worker(&queue, stage).task::<Call>();
    one.run_until(sleep(10 * SECOND)).await.unwrap();
    assert_eq!(stage.starts(), 1); // the other task's
    let look = queue.engine().look(&[call.id()]).await.unwrap().remove(0).unwrap();
    let progress = look.row.progress;
    assert!((7..=10).contains(&progress.postponed), "{progress:?}");
    assert_eq!((progress.retries, progress.failures, progress.released), (0, 0, 0));
    drop(permit);
    worker(&queue, stage).task::<Call>().run_until_idle().await.unwrap();
    assert_eq!(call.wait(SECOND).await.unwrap(), 1);
    assert!(recorder.events().is_empty(), "{}", recorder.summary());

    // A retry that waits in the queue keeps its tokens, and gives them back when it succeeds.
    assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    let call = queue.enqueue(Call { failures: 1 }).await.unwrap();
    let first = worker(&queue, stage).task::<Call>();
    let failed = until(async || matches!(call.status().await, Ok(Status::Retrying { .. })));
    first.run_until(failed).await.unwrap();
    assert_eq!(BUDGET.available().to_string(), "495 of 500 tokens");
    worker(&queue, stage).task::<Call>().run_until_idle().await.unwrap();
    assert_eq!(call.wait(SECOND).await.unwrap(), 2);
    assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    recorder.assert("2 attempts, waited 5 s, succeeded");
}

static ONE: Bulkhead = Bulkhead::new(1);

/// A task that calls what goes through its own bulkhead.
#[task(bulkhead = ONE, on = _)]
async fn get_or_create(name: String) -> Result<usize, String> {
    #[persevere::retry(bulkhead = ONE, on = _, max_retries = 0, fallback = |_| Ok(0))]
    async fn create(name: &str) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        tokio::task::yield_now().await;
        Ok(name.len())
    }
    create(&name).await.map_err(|error| error.to_string())
}

#[tokio::test(start_paused = true)]
async fn a_call_within_a_task_shares_its_permit() {
    let queue = Queue::in_memory();
    let created = queue.enqueue(GetOrCreate { name: "Ada".to_owned() }).await.unwrap();
    Worker::new(&queue, ()).task::<GetOrCreate>().run_until_idle().await.unwrap();
    assert_eq!(created.wait(SECOND).await.unwrap(), 3);
    assert!(ONE.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_worker_holds_one_suspect_at_a_time() {
    let queue = Queue::in_memory();
    let stage = Stage::new();
    queue.enqueue_all((0..4).map(|_| act("1"))).await.unwrap();
    let ask = persevere_tasks::engine::Ask {
        worker: "lost".to_owned(),
        tasks: vec![persevere_tasks::engine::Wanted {
            names: vec!["act".to_owned()],
            version: 1,
            room: 4,
        }],
        room: 4,
        suspects: 4,
        span: SECOND,
    };
    assert_eq!(queue.engine().lease(&ask).await.unwrap().rows.len(), 4);
    sleep(2 * SECOND).await;
    assert_eq!(queue.engine().recover(10).await.unwrap().len(), 4);
    sleep(2 * SECOND).await;
    queue.enqueue_all((0..4).map(|_| act("1"))).await.unwrap();
    worker(&queue, stage).run_until_idle().await.unwrap();
    assert_eq!(stage.starts(), 8);
    assert_eq!(*stage.most.lock().unwrap(), 5); // one of the four, and the new ones
}
