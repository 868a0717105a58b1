//! A budget and a circuit breaker in an outage, compared with retries alone; and a hedge and a bulkhead
//! when some answers are slow: `cargo run --example layers`.
//!
//! The clock is tokio's paused one, so that minutes of waiting take no time; each line begins with its
//! time.

use std::cell::Cell;
use std::time::Duration;

use persevere::breaker::State;
use persevere::{Budget, Bulkhead, CircuitBreaker, Classify, Rejection, retry};
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

/// A quarter of a budget's default capacity: 25 retries.
static RETRIES: Budget = Budget::new().with_capacity(125);

static INDEX: CircuitBreaker = CircuitBreaker::new()
    .with_name("index")
    .with_count_window(20)
    .with_probes(2)
    .with_listener(|transition| println!("            {transition}"));

static PLACES: Bulkhead = Bulkhead::new(8).with_max_wait(Duration::from_millis(500));

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

    fn print(&self, line: impl std::fmt::Display) {
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

    /// Protected against outages, outermost first, by the deadline, the retries, their budget, the
    /// circuit breaker and the timeout.
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

    /// The same for a job that may take long: `on` also retries the open circuit's refusals.
    #[retry(
        on = _,
        budget = RETRIES,
        breaker = INDEX,
        timeout = "1s",
        deadline = "1m",
    )]
    async fn search_patiently(&self) -> Result<u32, SearchError> {
        sleep(Duration::from_millis(20)).await;
        self.answer()
    }
}

/// Shards that answer in 10 ms, except every tenth request, which takes two seconds.
#[derive(Default)]
struct Shards {
    requests: Cell<u32>,
    most_at_a_time: Cell<usize>,
}

impl Shards {
    async fn answer(&self) -> Result<u32, SearchError> {
        let number = self.requests.get() + 1;
        self.requests.set(number);
        let running = PLACES.max_concurrent() - PLACES.available();
        self.most_at_a_time.set(self.most_at_a_time.get().max(running));
        let takes = if number.is_multiple_of(10) { 2_000 } else { 10 };
        sleep(Duration::from_millis(takes)).await;
        Ok(number)
    }

    #[retry]
    async fn search(&self) -> Result<u32, SearchError> {
        self.answer().await
    }

    /// Starts a second attempt after 50 ms, with a permit of the budget.
    #[retry(hedge = "50ms", budget = RETRIES)]
    async fn search_hedged(&self) -> Result<u32, SearchError> {
        self.answer().await
    }

    /// At most eight at a time; the others wait for at most half a second.
    #[retry(bulkhead = PLACES)]
    async fn search_in_turn(&self) -> Result<u32, SearchError> {
        self.answer().await
    }
}

const HOUR: Duration = Duration::from_hours(1);

async fn run() {
    println!("An outage of an hour, and 40 searches that retry");
    let index = Index::down_for(HOUR);
    for _ in 0..40 {
        assert!(index.search().await.is_err());
    }
    index.print(format_args!("40 searches, {} calls: six times the load", index.calls.get()));
    assert_eq!(index.calls.get(), 40 * 6);

    println!("\nThe same under a budget, which allows retries while some help");
    let index = Index::down_for(HOUR);
    for _ in 0..40 {
        assert!(index.search_within_budget().await.is_err());
    }
    index.print(format_args!(
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
    index.print(format_args!("left: {}", RETRIES.available()));
    assert_eq!(RETRIES.available().to_string(), "125 of 125 tokens");

    println!("\nAn outage of 12 s, and twenty searches at a time, with all that is against it");
    let index = Index::down_for(Duration::from_secs(12));
    let searches = (0..20).map(|_| index.search_with_care());
    let found = futures::future::join_all(searches).await;
    let calls = index.calls.get();
    index.print(format_args!("20 searches, {calls} calls: the open circuit refuses their retries"));
    assert!(found.iter().all(|outcome| matches!(outcome, Err(SearchError::Down))));
    assert_eq!((calls, INDEX.state()), (20, State::Open));
    INDEX.reset();

    println!("\nThe same, for jobs that wait for the circuit");
    let index = Index::down_for(Duration::from_secs(12));
    let searches = (0..20).map(|_| index.search_patiently());
    let found = futures::future::join_all(searches).await;
    let helped = found.iter().filter(|outcome| outcome.is_ok()).count();
    let calls = index.calls.get();
    index.print(format_args!(
        "{helped} of 20 searches, {calls} calls, of which {} failed",
        index.failed.get()
    ));
    assert_eq!(helped, 20);
    assert_eq!(index.failed.get(), 20 + 2, "the first attempts, and the probes of 5 s later");
    assert_eq!(INDEX.state(), State::Closed);
}

async fn run_slow() {
    println!("\nA hundred searches, one after the other, of which each tenth is slow");
    let (shards, began) = (Shards::default(), Instant::now());
    for _ in 0..100 {
        assert!(shards.search().await.is_ok());
    }
    let plain = began.elapsed();
    println!("{:>8.1} s  without a hedge", plain.as_secs_f64());
    let (shards, began) = (Shards::default(), Instant::now());
    for _ in 0..100 {
        assert!(shards.search_hedged().await.is_ok());
    }
    let hedged = began.elapsed();
    println!(
        "{:>8.1} s  hedged after 50 ms: {} requests, a tenth more",
        hedged.as_secs_f64(),
        shards.requests.get()
    );
    assert_eq!(shards.requests.get(), 111);
    assert!(hedged * 9 < plain, "{hedged:?} and {plain:?}");

    println!("\nTwenty at once through a bulkhead of eight places");
    let (shards, began) = (Shards::default(), Instant::now());
    let searches = (0..20).map(|_| shards.search_in_turn());
    let found = futures::future::join_all(searches).await;
    let full = |outcome: &&Result<u32, SearchError>| {
        matches!(outcome, Err(SearchError::Rejected(Rejection::BulkheadFull)))
    };
    println!(
        "{:>8.1} s  {} found, {} refused; {} at a time",
        began.elapsed().as_secs_f64(),
        found.iter().filter(|outcome| outcome.is_ok()).count(),
        found.iter().filter(full).count(),
        shards.most_at_a_time.get()
    );
    assert!(found.iter().all(Result::is_ok));
    assert_eq!((shards.most_at_a_time.get(), PLACES.available()), (8, 8));

    let _all = (0..8).map(|_| PLACES.try_acquire()).collect::<Result<Vec<_>, _>>();
    let refused = shards.search_in_turn().await;
    println!("            all places taken for long: {}", refused.as_ref().unwrap_err());
    assert!(full(&&refused));
}

fn main() {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime with a timer")
        .block_on(async {
            run().await;
            run_slow().await;
        });
}
