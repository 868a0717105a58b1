//! What a user writes, compiled by the oldest Rust that the library supports, and run.

use std::time::Duration;

use persevere::testing::Flaky;
use persevere::{Budget, Bulkhead, CircuitBreaker, Classify, Jitter, Policy, Rejection, retry};
use tokio::time::Instant;

const TWICE: Policy = Policy::DEFAULT
    .with_max_retries(2)
    .with_base_delay(Duration::from_secs(10))
    .with_jitter(Jitter::None);

#[derive(Clone, Debug, PartialEq, Classify)]
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(permanent)]
    NotFound,
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

type Service = Flaky<u8, Error>;

#[retry(policy = TWICE, timeout = "1s", deadline = "1h")]
async fn fetch(service: &Service) -> Result<u8, Error> {
    service.call()
}

#[retry(policy = TWICE, timeout = "1s")]
async fn hang(attempts: &mut u32) -> Result<u8, Error> {
    *attempts += 1;
    std::future::pending().await
}

#[retry(policy = "aggressive", base_delay = 0, on = Error::Busy | Error::NotFound)]
fn read(service: &Service) -> Result<u8, Error> {
    service.call()
}

static BUDGET: Budget = Budget::new();
static BREAKER: CircuitBreaker = CircuitBreaker::new();
static BULKHEAD: Bulkhead = Bulkhead::new(1);

#[retry(
    policy = TWICE,
    throttled = "conservative",
    on = [std::io::Error],
    budget = BUDGET,
    breaker = BREAKER,
    bulkhead = BULKHEAD,
    hedge = "p95",
    on_retry = |event| log.push(event.to_string()),
    fallback = |_| Ok(0),
)]
async fn guarded(log: &mut Vec<String>) -> Result<u8, Box<dyn std::error::Error>> {
    Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into())
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let service = Flaky::failing(2, || Error::Busy).then(|| Ok(7));
    let began = Instant::now();
    assert_eq!(fetch(&service).await, Ok(7));
    assert_eq!(service.calls(), 3);
    assert_eq!(began.elapsed(), Duration::from_secs(10 + 20));

    let service = Flaky::outcomes([Err(Error::NotFound), Ok(7)]);
    assert_eq!(fetch(&service).await, Err(Error::NotFound));
    assert_eq!(read(&service), Ok(7));
    assert_eq!(service.calls(), 2);

    let service = Flaky::outcomes([Err(Error::NotFound), Err(Error::Busy), Ok(7)]);
    assert_eq!(read(&service), Ok(7));
    assert_eq!(service.calls(), 3);

    let mut attempts = 0;
    assert_eq!(hang(&mut attempts).await, Err(Error::Rejected(Rejection::TimedOut)));
    assert_eq!(attempts, 3);

    let mut log = Vec::new();
    assert_eq!(guarded(&mut log).await.ok(), Some(0));
    assert_eq!(log.len(), 2);

    let service = Flaky::failing(1, || "busy").then(|| Ok(7));
    assert_eq!(TWICE.retry(async || service.call()).on(|_| true).await, Ok(7));
    assert_eq!(service.calls(), 2);
}
