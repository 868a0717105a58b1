//! Two timers in one program, as when two crates of it enable one each: on smol without tokio, calls
//! wait on async-io's; within a tokio runtime, on tokio's, and obey its paused clock. Run by
//! `tests/servers/runtimes.rs`.

use std::future::pending;
use std::time::{Duration, Instant};

use persevere::{Bulkhead, Jitter, Policy, Rejection, retry};

const WAIT: Duration = Duration::from_millis(2);
const HOUR: Duration = Duration::from_hours(1);

#[derive(Debug, PartialEq)]
enum Error {
    Busy,
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const fn twice(wait: Duration) -> Policy {
    let policy = Policy::DEFAULT.with_max_retries(2).with_max_delay(Duration::MAX);
    policy.with_base_delay(wait).with_jitter(Jitter::None)
}

#[retry(policy = twice(wait), on = Error::Busy)]
async fn third_time(attempts: &mut u32, wait: Duration) -> Result<u32, Error> {
    *attempts += 1;
    if *attempts < 3 { Err(Error::Busy) } else { Ok(*attempts) }
}

#[retry(max_retries = 0, timeout = limit, on = _)]
async fn never(limit: Duration) -> Result<(), Error> {
    pending().await
}

fn main() {
    smol::block_on(waits(WAIT));
    smol::block_on(smol::spawn(waits(WAIT)));
    within_tokio();
    smol::block_on(waits(WAIT)); // after a runtime has come and gone
    println!("all is well on either");
}

async fn waits(wait: Duration) {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(WAIT);

    let began = Instant::now();
    assert_eq!(third_time(&mut 0, wait).await, Ok(3));
    assert!(began.elapsed() >= 3 * wait, "twice, the second time twice as long");
    assert_eq!(never(wait).await, Err(Error::Rejected(Rejection::TimedOut)));

    let permit = ONE.acquire().await;
    assert!(permit.is_ok());
    assert_eq!(ONE.acquire().await.err(), Some(Rejection::BulkheadFull));
}

fn within_tokio() {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async {
        let began = tokio::time::Instant::now();
        assert_eq!(third_time(&mut 0, HOUR).await, Ok(3));
        assert_eq!(began.elapsed(), 3 * HOUR);
        assert_eq!(never(HOUR).await, Err(Error::Rejected(Rejection::TimedOut)));
        assert_eq!(began.elapsed(), 4 * HOUR);
    });
}
