//! One upstream for all functions that call a service: what they share, what one says itself, and one call
//! within another: `cargo run --example upstream`.
//!
//! The clock is tokio's paused one, so that minutes of waiting take no time.

use std::cell::Cell;
use std::time::Duration;

use persevere::breaker::State;
use persevere::upstream::Counts;
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Classify, Jitter, Policy, Rejection, Upstream, retry,
};
use tokio::time::{Instant, sleep};

#[derive(Debug, thiserror::Error, Classify)]
enum UsersError {
    #[error("the service is down")]
    #[retry(transient)]
    Down,
    #[error("{0}")]
    #[retry(forward)]
    Rejected(#[from] Rejection),
}

static RETRIES: Budget = Budget::ratio(0.1);
static CIRCUIT: CircuitBreaker =
    CircuitBreaker::new().with_name("users").with_minimum_calls(20).with_open_jitter(Jitter::None);
static PLACES: Bulkhead = Bulkhead::new(4).with_max_queue(100);
static COUNTS: Counts = Counts::new();

/// What is true of the service, whoever calls it.
static USERS: Upstream = Upstream::new("users", &RETRIES)
    .with_policy(Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::from_millis(50)))
    .with_timeout(Duration::from_millis(800))
    .with_breaker(&CIRCUIT)
    .with_bulkhead(&PLACES)
    .with_counts(&COUNTS);

/// The service, which may be down.
#[derive(Default)]
struct Service {
    is_down: Cell<bool>,
    requests: Cell<u32>,
}

impl Service {
    async fn answer(&self, id: u32) -> Result<Option<u32>, UsersError> {
        self.requests.set(self.requests.get() + 1);
        sleep(Duration::from_millis(20)).await;
        if self.is_down.get() { Err(UsersError::Down) } else { Ok((id < 100).then_some(id)) }
    }
}

#[retry(upstream = USERS)]
async fn get(service: &Service, id: u32) -> Result<Option<u32>, UsersError> {
    service.answer(id).await
}

#[retry(upstream = USERS)]
async fn create(service: &Service, id: u32) -> Result<u32, UsersError> {
    service.answer(id % 100).await?;
    Ok(id)
}

/// Calls two functions on the same upstream, with one permit of its bulkhead for all three.
#[retry(upstream = USERS)]
async fn get_or_create(service: &Service, id: u32) -> Result<u32, UsersError> {
    match get(service, id).await? {
        Some(user) => Ok(user),
        None => create(service, id).await,
    }
}

/// A health check asks also while the circuit is open, once, and waits longer for the answer.
#[retry(upstream = USERS, breaker = false, timeout = "5s", max_retries = 0)]
async fn is_healthy(service: &Service) -> Result<bool, UsersError> {
    service.answer(1).await.map(|_| true)
}

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let service = Service::default();
    println!("get or create: {:?}", get_or_create(&service, 7).await);
    assert!(matches!(get_or_create(&service, 107).await, Ok(107)));
    assert_eq!((PLACES.available(), COUNTS.calls(), COUNTS.retries()), (4, 5, 0));

    println!("the service goes down");
    service.is_down.set(true);
    let before = service.requests.get();
    assert!(matches!(get_or_create(&service, 7).await, Err(UsersError::Down)));
    let requests = service.requests.get() - before;
    println!("  {requests} requests for a call within a call, not {}", requests * requests);
    assert_eq!(requests, 3, "the outer call does not retry what the inner one gave up on");

    let (began, mut refused) = (Instant::now(), 0);
    for _ in 0..200 {
        refused += u32::from(matches!(get(&service, 7).await, Err(UsersError::Rejected(_))));
    }
    println!("  {refused} of 200 calls refused by the open circuit, in {:?}", began.elapsed());
    assert!(CIRCUIT.state() == State::Open && refused > 150);

    println!("the service comes back");
    service.is_down.set(false);
    assert!(matches!(is_healthy(&service).await, Ok(true)), "it names no circuit breaker");
    sleep(Duration::from_mins(1)).await;
    assert!(matches!(get(&service, 7).await, Ok(Some(7))));
    let answer = USERS.retry(|| service.answer(8)).await;
    assert!(matches!(answer, Ok(Some(8))), "a closure has the same");
    let share = COUNTS.retries_per_call().expect("there were calls");
    println!("{} calls, {} retries: {share:.2} for each", COUNTS.calls(), COUNTS.retries());
    assert!(share < 0.2);
}
