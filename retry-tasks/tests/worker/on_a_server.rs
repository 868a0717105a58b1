//! Workers over a real PostgreSQL, by the server's own clock.

use std::time::Duration;

use persevere::task;
use persevere_core::engine::GiveUp;
use persevere_core::upstream::Counts;
use persevere_core::{Budget, Bulkhead, CircuitBreaker, Policy, Rate, Upstream};
use persevere_tasks::{Queue, QueueError, Status, Worker};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, query_scalar};
use tokio::time::sleep;

use crate::rig::{Act, SECOND, Stage, act, until, worker};
use crate::services::postgres::Postgres;
use crate::two_workers::{self, PATIENCE, beside, crashes};

fn lazy(postgres: &Postgres) -> PgPool {
    PgPoolOptions::new().connect_lazy_with(postgres.options())
}

async fn open(postgres: &Postgres) -> Queue {
    Queue::postgres(&lazy(postgres)).await.expect("a server")
}

#[tokio::test]
async fn the_limit_is_exact_and_the_sequence_goes_on_in_another_worker_after_each_failure() {
    let postgres = Postgres::start(&[]);
    let stage = Stage::new();
    let id = open(&postgres).await.enqueue(act("f")).await.unwrap().id();
    for starts in 1..=6 {
        let queue = open(&postgres).await;
        let begun = until(async || stage.starts() >= starts);
        let one = worker(&queue, stage).max_inline_wait(Duration::ZERO);
        assert_eq!(one.run_until(begun).await.unwrap().abandoned, 0);
    }
    let queue = open(&postgres).await;
    worker(&queue, stage).run_until_idle().await.unwrap();
    let status = queue.handle::<Act>(id).status().await.unwrap();
    assert_eq!(status, Status::Dead(GiveUp::Exhausted));
    let begun = stage.begun();
    let numbers: Vec<_> = begun.iter().map(|begun| begun.1).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    // Never early, in tenths of a second that are rounded down. How late is measured by a benchmark.
    for (pair, wait) in begun.windows(2).zip([1, 2, 4, 8, 8]) {
        assert!(pair[1].0 + 1 >= pair[0].0 + 10 * wait, "{begun:?}");
    }
}

#[tokio::test]
async fn what_runs_in_two_workers_runs_once() {
    let postgres = Postgres::start(&[]);
    let stage = Stage::new();
    let (one, two) = (open(&postgres).await, open(&postgres).await);
    let handles = one.enqueue_all((0..200).map(|_| act("o"))).await.unwrap();
    let all = async {
        for handle in &handles {
            assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
        }
    };
    beside([&one, &two], stage, all).await;
    assert_eq!(stage.starts(), 200);
}

/// The queue has connections of its own.
#[tokio::test]
async fn a_pool_that_is_used_up_costs_no_lease() {
    let postgres = Postgres::start(&[]);
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(postgres.options());
    let queue = Queue::postgres(&pool).await.expect("a server");
    let all_of_it = pool.acquire().await.expect("the pool's only connection");
    two_workers::keep_their_leases(&queue, &open(&postgres).await).await;
    drop(all_of_it);
}

/// For twice as long as a lease lasts.
#[tokio::test]
async fn a_server_that_stands_still_causes_no_second_start() {
    let postgres = Postgres::start(&[]);
    let (one, two) = (open(&postgres).await, open(&postgres).await);
    let stage = Stage::new();
    let handle = one.enqueue(act("9")).await.unwrap();
    let still = async {
        until(async || stage.starts() == 1).await;
        sleep(Duration::from_millis(1_500)).await; // both have begun to beat
        postgres.stand_still();
        sleep(6 * SECOND).await;
        postgres.go_on();
        assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
    };
    beside([&one, &two], stage, still).await;
    assert_eq!((stage.starts(), crashes(&one, &handle).await), (1, 0));
}

/// As a machine that sleeps: then each finds the other's leases run out.
#[tokio::test]
async fn workers_that_stand_still_together_take_nobody_for_lost() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let notes = folder.path().join("notes");
    let postgres = Postgres::start(&[]);
    let queue = open(&postgres).await;
    let place = postgres.options().to_url_lossy().to_string();
    two_workers::stand_still_together(&queue, &place, &notes).await;
}

/// Nothing but LISTEN says in time that there is a task.
#[tokio::test]
async fn a_worker_outlives_a_restart_and_is_woken_again() {
    let mut postgres = Postgres::start(&[]);
    let (queue, producer) = (open(&postgres).await, open(&postgres).await);
    let stage = Stage::new();
    let patient = worker(&queue, stage).lease(Duration::from_hours(1), 3);
    let story = async {
        assert_eq!(producer.enqueue(act("o")).await.unwrap().wait(PATIENCE).await.unwrap(), 1);
        postgres.stop();
        sleep(SECOND).await;
        postgres.start_again();
        for _ in 0..3 {
            let handle = loop {
                match producer.enqueue(act("o")).await {
                    Ok(handle) => break handle,
                    Err(error) => assert!(matches!(error, QueueError::Unavailable(_)), "{error:?}"),
                }
            };
            assert_eq!(handle.wait(PATIENCE).await.unwrap(), 1);
        }
    };
    assert_eq!(patient.run_until(story).await.unwrap().abandoned, 0);
    assert_eq!(stage.starts(), 4);
}

#[tokio::test]
async fn five_hundred_wait_on_two_connections() {
    let postgres = Postgres::start(&[]);
    let named = PgPoolOptions::new()
        .connect_lazy_with(postgres.options().application_name("those who wait"));
    let waiting = Queue::postgres(&named).await.expect("a server");
    let queue = open(&postgres).await;
    let handles = queue.enqueue_all((0..500).map(|_| act("o"))).await.unwrap();
    let answers = handles.iter().map(|handle| {
        let handle = waiting.handle::<Act>(handle.id());
        tokio::spawn(async move { handle.wait(PATIENCE).await })
    });
    let answers: Vec<_> = answers.collect();
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    let pool = lazy(&postgres);
    let count = async || {
        let count = query_scalar::<_, i64>(connections).bind("those who wait");
        count.fetch_one(&pool).await.expect("a number")
    };
    until(async || count().await == 2).await; // one asks, one listens
    let story = async {
        for answer in answers {
            assert_eq!(answer.await.expect("no panic").unwrap(), 1);
            assert!(count().await <= 2, "{} connections", count().await);
        }
    };
    worker(&queue, Stage::new()).run_until(story).await.unwrap();
}

#[tokio::test]
async fn a_queue_has_seven_connections_at_most() {
    let postgres = Postgres::start(&[]);
    let named =
        PgPoolOptions::new().connect_lazy_with(postgres.options().application_name("the queue"));
    let queue = Queue::postgres(&named).await.expect("a server");
    let calls = (0..100).map(|_| {
        let queue = queue.clone();
        tokio::spawn(async move {
            let handle = queue.enqueue(act("o")).await.expect("an engine that works");
            handle.status().await.expect("it is known");
            handle.wait(PATIENCE).await
        })
    });
    let calls: Vec<_> = calls.collect();
    let pool = lazy(&postgres);
    let count = async || {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
        let count = query_scalar::<_, i64>(count).bind("the queue");
        count.fetch_one(&pool).await.expect("a number")
    };
    let story = async {
        let mut most = 0;
        for call in calls {
            assert_eq!(call.await.expect("no panic").unwrap(), 1);
            most = most.max(count().await);
        }
        assert!((2..=7).contains(&most), "{most} connections");
    };
    worker(&queue, Stage::new()).run_until(story).await.unwrap();
}

static RETRIES: Budget = Budget::new();
static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
static PLACES: Bulkhead = Bulkhead::new(2);
static RATE: Rate = Rate::per_second(20).with_max_wait(SECOND);
static COUNTS: Counts = Counts::new();
static BANK: Upstream = Upstream::new("bank", &RETRIES)
    .with_policy(Policy::DEFAULT.with_base_delay(Duration::from_millis(10)))
    .with_timeout(Duration::from_secs(20))
    .with_breaker(&CIRCUIT)
    .with_bulkhead(&PLACES)
    .with_rate(&RATE)
    .with_counts(&COUNTS);

#[task(upstream = BANK, on = _)]
async fn charge(attempt: &persevere_core::Attempt, order: u32) -> Result<u32, String> {
    sleep(Duration::from_millis(1)).await;
    if order == 0 && attempt.is_first() { Err("busy".to_owned()) } else { Ok(order) }
}

#[tokio::test]
async fn tasks_on_an_upstream_take_its_turns_and_permits_and_are_put_off_without_a_failure() {
    let postgres = Postgres::start(&[]);
    let queue = open(&postgres).await;
    let handles = queue.enqueue_all((0..10).map(|order| Charge { order })).await.unwrap();
    let began = std::time::Instant::now();
    Worker::new(&queue, ()).task::<Charge>().run_until_idle().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(500), "eleven turns, one in 50 ms");
    for (order, handle) in handles.iter().enumerate() {
        let answer = handle.wait(PATIENCE).await.unwrap();
        assert_eq!(answer as usize, order);
        let look = queue.engine().look(&[handle.id()]).await.unwrap().remove(0).unwrap();
        let failures = u32::from(order == 0);
        assert_eq!((look.row.progress.failures, look.row.progress.retries), (failures, failures));
    }
    assert_eq!(CIRCUIT.tally().to_string(), "11 calls, 1 failed, 0 slow");
    assert_eq!(COUNTS.retries(), 1);
    assert_eq!((PLACES.available(), RATE.waiting()), (2, 0));
    assert_eq!(RETRIES.available().to_string(), "500 of 500 tokens");
}
