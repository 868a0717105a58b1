//! This library's workers and producers, each a process: this program, called by itself.

use std::fs;
use std::future::pending;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use persevere_core::driver::Driver;
use persevere_core::{Attempt, Jitter, Policy, Verdict};
use persevere_tasks::{Failure, Queue, Run, Task, Worker};
use tokio::time::sleep;

use crate::log::now;

/// A task that notes when it begins, and then does what is measured of it.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Probe {
    pub(crate) what: String,
    pub(crate) number: usize,
    pub(crate) at: u64,
}

impl Task for Probe {
    type Output = ();
    const NAME: &'static str = "probe";
}

impl Run<fs::File> for Probe {
    const MAX_CRASHES: u32 = 1_000; // whoever is killed, no task is poison

    fn driver() -> Driver {
        let second = Policy::DEFAULT.with_base_delay(Duration::from_secs(1));
        Driver::named("probe", second.with_jitter(Jitter::None))
    }

    async fn run(self, log: &Arc<fs::File>, attempt: &Arc<Attempt>) -> Result<(), Failure> {
        let Self { what, number, at } = self;
        let attempt = attempt.number();
        let line = format!("{what} {number} {attempt} {at} {}\n", now());
        (&**log).write_all(line.as_bytes()).expect("a log");
        match what.as_str() {
            "failing" if attempt == 1 => {
                Err(Failure::new(Verdict::TRANSIENT, "the first time".to_owned()))
            }
            "slow" => {
                sleep(Duration::from_millis(20)).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// In a file of that path, or on a server of that address.
pub(crate) async fn open(place: &str) -> Queue {
    if place.starts_with("postgres:") {
        let pool = sqlx::PgPool::connect_lazy(place).expect("an address");
        return Queue::postgres(&pool).await.expect("a server");
    }
    Queue::sqlite(place).await.expect("a file that can be opened")
}

/// Works until it is killed. Every retry goes through the queue.
pub(crate) async fn work(place: &str, slots: usize, log: &str) {
    let log = fs::OpenOptions::new().append(true).create(true).open(log).expect("a log");
    let queue = open(place).await;
    let worker = Worker::new(&queue, log).task::<Probe>().concurrency(slots);
    let worker = worker.lease(Duration::from_secs(1), 3).max_inline_wait(Duration::ZERO);
    worker.run_until(pending::<()>()).await.expect("one task of that name");
}

/// Stores tasks, and prints how many seconds that took; those whose start is measured one by one.
pub(crate) async fn enqueue(place: &str, what: &str, count: usize) {
    let queue = open(place).await;
    if matches!(what, "stamped" | "failing") {
        for number in 0..count {
            let probe = Probe { what: what.to_owned(), number, at: now() };
            queue.enqueue(probe).await.expect("a queue that answers");
            sleep(Duration::from_millis(23)).await;
        }
        return;
    }
    let probe = |number| Probe { what: what.to_owned(), number, at: now() };
    let started = Instant::now();
    queue.enqueue_all((0..count).map(probe)).await.expect("a queue that answers");
    println!("{}", started.elapsed().as_secs_f64());
}
