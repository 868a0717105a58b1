//! The order of the layers is the same for the attribute and for closures, async and blocking.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;

use std::cell::RefCell;
use std::time::Duration;

use layered::Error::{self, Busy, Rejected};
use persevere::breaker::State;
use persevere::{Budget, Bulkhead, CircuitBreaker, Event, Jitter, Policy, Rejection, retry};
use tokio::time::sleep;

const AT_ONCE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::ZERO);

/// One of each, and what was seen of them.
struct Layers {
    bulkhead: &'static Bulkhead,
    budget: &'static Budget,
    breaker: &'static CircuitBreaker,
    seen: RefCell<Vec<Seen>>,
}

/// When it was looked, the bulkhead's free permits, what is left of the budget, and the circuit breaker:
/// its state, the calls that it has counted, and the failures among them.
type Seen = (&'static str, usize, String, State, u64, u64);

impl Layers {
    fn new() -> Self {
        let breaker = CircuitBreaker::new()
            .with_count_window(4)
            .with_open_jitter(Jitter::None)
            .with_probes(1);
        Self {
            bulkhead: Box::leak(Box::new(Bulkhead::new(1))),
            // Each call earns one retry.
            budget: Box::leak(Box::new(Budget::ratio(1.0).with_min_per_second(0))),
            breaker: Box::leak(Box::new(breaker)),
            seen: RefCell::default(),
        }
    }

    fn look(&self, when: &'static str) -> Seen {
        let tally = self.breaker.tally();
        let budget = self.budget.available().to_string();
        (when, self.bulkhead.available(), budget, self.breaker.state(), tally.calls, tally.failed)
    }

    /// A body that fails once.
    fn attempt(&self) -> Result<usize, Error> {
        let seen = self.look("attempt");
        self.seen.borrow_mut().push(seen);
        let attempts = self.seen.borrow().iter().filter(|seen| seen.0 == "attempt").count();
        if attempts == 1 { Err(Busy) } else { Ok(attempts) }
    }

    fn on_retry(&self, _: &Event<'_>) {
        let seen = self.look("retry");
        self.seen.borrow_mut().push(seen);
    }

    /// Opens the circuit, and waits until it lets a probe through.
    async fn open(&self) {
        while self.breaker.state() == State::Closed {
            let permit = self.breaker.try_acquire().expect("it is closed");
            permit.failed(persevere::Verdict::TRANSIENT);
        }
        sleep(Duration::from_secs(5)).await;
    }
}

#[retry(
    policy = AT_ONCE,
    bulkhead = layers.bulkhead,
    budget = layers.budget,
    breaker = layers.breaker,
    on_retry = |event| layers.on_retry(event)
)]
async fn function(layers: &Layers) -> Result<usize, Error> {
    layers.attempt()
}

#[retry(
    policy = AT_ONCE,
    bulkhead = layers.bulkhead,
    budget = layers.budget,
    breaker = layers.breaker,
    on_retry = |event| layers.on_retry(event)
)]
fn blocking_function(layers: &Layers) -> Result<usize, Error> {
    layers.attempt()
}

async fn closure(layers: &Layers) -> Result<usize, Error> {
    AT_ONCE
        .retry(async || layers.attempt())
        .breaker(layers.breaker)
        .budget(layers.budget)
        .bulkhead(layers.bulkhead)
        .on_retry(|event| layers.on_retry(event))
        .await
}

fn blocking_closure(layers: &Layers) -> Result<usize, Error> {
    AT_ONCE
        .retry_blocking(|| layers.attempt())
        .breaker(layers.breaker)
        .budget(layers.budget)
        .bulkhead(layers.bulkhead)
        .on_retry(|event| layers.on_retry(event))
        .call()
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Function,
    BlockingFunction,
    Closure,
    BlockingClosure,
}

/// Makes the same call in all forms, through layers that `prepare` has prepared. Returns the outcome, and
/// what was seen during the call and after it.
async fn all_forms<P>(prepare: impl AsyncFn(&Layers) -> P) -> (Result<usize, Error>, Vec<Seen>) {
    let run = async |form: Form| {
        let layers = Layers::new();
        let prepared = prepare(&layers).await;
        let outcome = match form {
            Form::Function => function(&layers).await,
            Form::BlockingFunction => blocking_function(&layers),
            Form::Closure => closure(&layers).await,
            Form::BlockingClosure => blocking_closure(&layers),
        };
        drop(prepared);
        let end = layers.look("end");
        layers.seen.borrow_mut().push(end);
        (outcome, layers.seen.into_inner())
    };
    let expected = run(Form::Function).await;
    for form in [Form::BlockingFunction, Form::Closure, Form::BlockingClosure] {
        assert_eq!(run(form).await, expected, "{form:?}");
    }
    expected
}

fn seen(
    when: &'static str,
    free: usize,
    budget: &str,
    state: State,
    [calls, failed]: [u64; 2],
) -> Seen {
    (when, free, budget.to_owned(), state, calls, failed)
}

#[tokio::test(start_paused = true)]
async fn a_call_passes_the_bulkhead_then_the_budget_then_the_breaker() {
    let (outcome, all) = all_forms(async |_| ()).await;
    assert_eq!(outcome, Ok(2));
    let expected = [
        seen("attempt", 0, "1 retry", State::Closed, [0, 0]),
        // The circuit breaker has counted the failure, and the budget has granted the retry.
        seen("retry", 0, "0 retries", State::Closed, [1, 1]),
        seen("attempt", 0, "0 retries", State::Closed, [1, 1]),
        seen("end", 1, "0 retries", State::Closed, [2, 1]),
    ];
    assert_eq!(all, expected);
}

#[tokio::test(start_paused = true)]
async fn the_breaker_counts_a_failure_before_the_budget_is_asked_for_the_retry() {
    // The failure of the only probe opens the circuit again. It refuses the retry, which the budget has
    // granted and gets back.
    let (outcome, all) = all_forms(Layers::open).await;
    assert_eq!(outcome, Err(Busy));
    let states: Vec<_> = all.iter().map(|seen| (seen.0, seen.2.as_str(), seen.3)).collect();
    let expected = [
        ("attempt", "1 retry", State::HalfOpen),
        ("retry", "0 retries", State::Open),
        ("end", "1 retry", State::Open),
    ];
    assert_eq!(states, expected);
}

#[tokio::test(start_paused = true)]
async fn what_the_bulkhead_refuses_reaches_neither_the_budget_nor_the_breaker() {
    let (outcome, all) = all_forms(async |layers| {
        layers.open().await;
        layers.bulkhead.try_acquire()
    })
    .await;
    assert_eq!(outcome, Err(Rejected(Rejection::BulkheadFull)));
    // A call that asked the circuit breaker would have been its probe.
    assert_eq!(all, [seen("end", 1, "0 retries", State::Open, [4, 4])]);
}

#[tokio::test(start_paused = true)]
async fn what_the_breaker_refuses_has_begun_at_the_budget_and_leaves_the_bulkhead() {
    let (outcome, all) = all_forms(async |layers| layers.breaker.force_open()).await;
    assert!(matches!(outcome, Err(Rejected(Rejection::CircuitOpen { .. }))), "{outcome:?}");
    assert_eq!(all, [seen("end", 1, "1 retry", State::ForcedOpen, [0, 0])]);
}
