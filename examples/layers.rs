//! What a budget and a circuit breaker do in an outage, beside retries alone:
//! `cargo run --example layers`.
//!
//! The clock is tokio's paused one, so that the minutes of waiting take no time; it shows in front of
//! each line.

use std::cell::Cell;
use std::time::Duration;

use persevere::breaker::State;
use persevere::{Budget, CircuitBreaker, Classify, Rejection, retry};
use tokio::time::{Instant, sleep};

#[derive(Debug, thiserror::Error, Classify)]
enum SearchError {
    #[error("the index is down")]
    #[retry(transient)]
    Down,
    #[error("{0}")]
    #[retry(forward)]
    Rejected(#[from] Rejection),
}

/// A quarter of what a budget has by default: 25 retries.
static RETRIES: Budget = Budget::new().with_capacity(125);

static INDEX: CircuitBreaker = CircuitBreaker::new()
    .with_name("index")
    .with_count_window(20)
    .with_probes(2)
    .with_listener(|transition| println!("            {transition}"));

/// A search index that is down for a while.
struct Index {
    began: Instant,
    down_for: Duration,
    calls: Cell<u32>,
    failed: Cell<u32>,
}

impl Index {
    fn down_for(down_for: Duration) -> Self {
        Self { began: Instant::now(), down_for, calls: Cell::new(0), failed: Cell::new(0) }
    }

    fn answer(&self) -> Result<u32, SearchError> {
        self.calls.set(self.calls.get() + 1);
        if self.began.elapsed() >= self.down_for {
            return Ok(42);
        }
        self.failed.set(self.failed.get() + 1);
        Err(SearchError::Down)
    }

    fn tell(&self, line: impl std::fmt::Display) {
        println!("{:>8.1} s  {line}", self.began.elapsed().as_secs_f64());
    }

    #[retry]
    async fn search(&self) -> Result<u32, SearchError> {
        self.answer()
    }

    #[retry(budget = RETRIES)]
    async fn search_within_budget(&self) -> Result<u32, SearchError> {
        self.answer()
    }

    /// All layers, outermost first: the deadline, the retries, their budget, the circuit breaker,
    /// the timeout.
    #[retry(
        budget = RETRIES,
        breaker = INDEX,
        timeout = "1s",
        deadline = "1m",
    )]
    async fn search_with_care(&self) -> Result<u32, SearchError> {
        sleep(Duration::from_millis(20)).await;
        self.answer()
    }
}

const HOUR: Duration = Duration::from_hours(1);

async fn run() {
    println!("An outage of an hour, and 40 searches that retry");
    let index = Index::down_for(HOUR);
    for _ in 0..40 {
        assert!(index.search().await.is_err());
    }
    index.tell(format_args!("40 searches, {} calls: six times the load", index.calls.get()));
    assert_eq!(index.calls.get(), 40 * 6);

    println!("\nThe same under a budget, which allows retries while some help");
    let index = Index::down_for(HOUR);
    for _ in 0..40 {
        assert!(index.search_within_budget().await.is_err());
    }
    index.tell(format_args!(
        "40 searches, {} calls; left: {}",
        index.calls.get(),
        RETRIES.available()
    ));
    assert_eq!(index.calls.get(), 40 + 25);

    println!("\nThe index recovers: 125 successes fill the bucket");
    let index = Index::down_for(Duration::ZERO);
    for _ in 0..125 {
        assert!(index.search_within_budget().await.is_ok());
    }
    index.tell(format_args!("left: {}", RETRIES.available()));
    assert_eq!(RETRIES.available().to_string(), "125 of 125 tokens");

    println!("\nAn outage of 12 s, and twenty searches at a time through all layers");
    let index = Index::down_for(Duration::from_secs(12));
    let searches = (0..20).map(|_| index.search_with_care());
    let found = futures::future::join_all(searches).await;
    let helped = found.iter().filter(|outcome| outcome.is_ok()).count();
    let calls = index.calls.get();
    index.tell(format_args!(
        "{helped} of 20 searches, {calls} calls, of which {} failed",
        index.failed.get()
    ));
    assert_eq!(helped, 20);
    assert_eq!(index.failed.get(), 20 + 2, "the first attempts, and the probes of 5 s later");
    assert_eq!(INDEX.state(), State::Closed);
}

fn main() {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime with a timer")
        .block_on(run());
}
