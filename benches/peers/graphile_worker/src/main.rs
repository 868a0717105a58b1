//! `graphile_worker`, called as `benches/src/bin/tasks/ours.rs` is:
//!
//! `work PLACE SLOTS LOG` runs tasks until it is killed; `enqueue PLACE WHAT NUMBER` stores tasks, and
//! prints how many seconds that took. With `TUNED=1`, the worker fetches ahead and settles in batches.

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs};

use graphile_worker::{
    IntoTaskHandlerResult, JobSpec, LocalQueueConfig, TaskHandler, WorkerContext, WorkerOptions,
};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Probe {
    what: String,
    number: usize,
    at: u64,
}

#[derive(Clone, Debug)]
struct Log(std::sync::Arc<fs::File>);

impl TaskHandler for Probe {
    const IDENTIFIER: &'static str = "probe";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let log = context.get_ext::<Log>().expect("it was given");
        let attempt = *context.job().attempts();
        let line = format!("{} {} {attempt} {} {}\n", self.what, self.number, self.at, now());
        (&*log.0).write_all(line.as_bytes()).expect("a log");
        match self.what.as_str() {
            "failing" if attempt == 1 => return Err("the first time".to_owned()),
            "slow" => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => {}
        }
        Ok(())
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    u64::try_from(since.as_micros()).expect("before the year 500,000")
}

async fn options(place: &str, connections: u32) -> WorkerOptions {
    let pool: PgPool = PgPoolOptions::new()
        .max_connections(connections)
        .connect(place)
        .await
        .expect("a server");
    WorkerOptions::default().pg_pool(pool).schema("graphile_worker").define_job::<Probe>()
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
    let options = options(place, 20)
        .await
        .concurrency(slots)
        .poll_interval(Duration::from_millis(10))
        // Otherwise what a lost worker held waits for hours.
        .heartbeat_interval(Duration::from_secs(1))
        .sweep_interval(Duration::from_secs(1))
        .sweep_threshold(Duration::from_secs(3))
        .recovery_delay(Duration::from_secs(1))
        .add_extension(Log(log.into()));
    let options = if env::var_os("TUNED").is_some() {
        options
            .local_queue(LocalQueueConfig::default().with_size(slots * 2))
            .complete_job_batch_delay(Duration::from_millis(5))
    } else {
        options
    };
    options.init().await.expect("a worker").run().await.expect("its end");
}

async fn enqueue(place: &str, what: &str, number: usize) {
    let worker = options(place, 2).await.init().await.expect("tables");
    let utils = worker.create_utils();
    let probe = |number| Probe { what: what.to_owned(), number, at: now() };
    if matches!(what, "stamped" | "failing") {
        for number in 0..number {
            utils.add_job(probe(number), JobSpec::default()).await.expect("a job");
            tokio::time::sleep(Duration::from_millis(23)).await;
        }
        return;
    }
    let spec = JobSpec::default();
    let probes: Vec<_> = (0..number).map(|number| (probe(number), &spec)).collect();
    let started = Instant::now();
    for probes in probes.chunks(1_000) {
        utils.add_jobs(probes).await.expect("jobs");
    }
    println!("{}", started.elapsed().as_secs_f64());
}
