//! `riverqueue`, called as `benches/src/bin/tasks/ours.rs` is:
//!
//! `work PLACE SLOTS LOG` runs tasks until it is killed; `enqueue PLACE WHAT NUMBER` stores tasks, and
//! prints how many seconds that took.

use std::future::pending;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use riverqueue::jiff::Timestamp;
use riverqueue::migrate::PostgresMigrator;
use riverqueue::sqlx::PgPool;
use riverqueue::sqlx::postgres::PgPoolOptions;
use riverqueue::{
    BoxError, Client, Job, JobArgs, JobRow, MaintenanceConfig, QueueConfig, RetryPolicy,
    WorkContext, WorkError, WorkOutcome, Workers,
};
use serde::{Deserialize, Serialize};

/// Whoever is killed, no task is poison.
const ATTEMPTS: i32 = 1_000;

#[derive(Clone, Debug, Deserialize, JobArgs, Serialize)]
#[river(kind = "probe")]
struct Probe {
    what: String,
    number: usize,
    at: u64,
}

/// Retries come after a second, as they do elsewhere.
struct AfterASecond;

impl RetryPolicy for AfterASecond {
    fn next_retry(&self, _: &JobRow, _: &WorkError, _: Timestamp) -> Duration {
        Duration::from_secs(1)
    }
}

async fn run(log: Arc<fs::File>, job: Job<Probe>) -> Result<WorkOutcome, BoxError> {
    let (Probe { what, number, at }, attempt) = (&job.args, job.row.attempt);
    let line = format!("{what} {number} {attempt} {at} {}\n", now());
    (&*log).write_all(line.as_bytes())?;
    match what.as_str() {
        "failing" if attempt == 1 => return Err("the first time".into()),
        "slow" => tokio::time::sleep(Duration::from_millis(20)).await,
        _ => {}
    }
    Ok(WorkOutcome::Complete)
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_micros()).expect("before the year 500,000")
}

/// A pool, and River's tables.
async fn pool(place: &str, connections: u32) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(connections).connect(place);
    let pool = pool.await.expect("a server");
    PostgresMigrator::new(pool.clone()).migrate_up().await.expect("tables");
    pool
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [command, place, more @ ..] = arguments.as_slice() else { panic!("{arguments:?}") };
    match command.as_str() {
        "work" => work(place, more[0].parse().expect("a number"), &more[1]).await,
        "enqueue" => enqueue(place, &more[0], more[1].parse().expect("a number")).await,
        _ => panic!("{arguments:?}"),
    }
}

async fn work(place: &str, slots: usize, log: &str) {
    let log = fs::OpenOptions::new().append(true).create(true).open(log).expect("a log");
    let log = Arc::new(log);
    let mut workers = Workers::new();
    let probe = move |_: WorkContext, job| run(Arc::clone(&log), job);
    workers.add_fn(probe).expect("one of that kind");
    let short = Duration::from_millis(10);
    // By default, what a lost worker held waits for an hour.
    let maintenance = MaintenanceConfig::default()
        .with_rescue_after(Duration::from_secs(3))
        .with_rescuer_interval(Duration::from_secs(1))
        .with_scheduler_interval(short)
        .with_elect_interval(Duration::from_secs(1));
    let client = Client::builder(pool(place, 20).await)
        .workers(workers)
        .fetch_cooldown(short)
        .queue("default", QueueConfig::new(slots).with_fetch_poll_interval(short))
        .job_timeout(Duration::from_secs(2))
        .retry_policy(AfterASecond)
        .maintenance(maintenance)
        .default_max_attempts(ATTEMPTS)
        .build()
        .expect("settings");
    let _run = client.start().expect("a worker");
    pending::<()>().await;
}

async fn enqueue(place: &str, what: &str, number: usize) {
    let client = Client::builder(pool(place, 2).await).default_max_attempts(ATTEMPTS);
    let client = client.build().expect("settings");
    let probe = |number| Probe { what: what.to_owned(), number, at: now() };
    if matches!(what, "stamped" | "failing") {
        for number in 0..number {
            client.insert(probe(number)).await.expect("a job");
            tokio::time::sleep(Duration::from_millis(23)).await;
        }
        return;
    }
    let started = Instant::now();
    client.insert_many((0..number).map(probe)).await.expect("jobs");
    println!("{}", started.elapsed().as_secs_f64());
}
