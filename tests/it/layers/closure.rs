//! `.budget(…)` and `.breaker(…)` of the closure form do what the attribute's keys do.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::paused;
use crate::support::scripted;

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use layered::{busy, poll_once, tokens};
use persevere::breaker::{State, Tally};
use persevere::{Budget, CircuitBreaker, Jitter, Policy, Rejection, retry};
use proptest::prelude::*;
use scripted::Script;
use tokio::time::{Instant, sleep};

const STEADY: Policy = Policy::CONSERVATIVE.with_max_retries(6);
const TIMEOUT: Duration = Duration::from_secs(4);

/// The layers of one call.
struct Layers {
    budget: &'static Budget,
    breaker: &'static CircuitBreaker,
}

impl Layers {
    fn new(capacity: u32) -> Self {
        let breaker = CircuitBreaker::new()
            .with_count_window(3)
            .with_open_jitter(Jitter::None)
            .with_probes(1);
        Self {
            budget: Box::leak(Box::new(Budget::new().with_capacity(capacity))),
            breaker: Box::leak(Box::new(breaker)),
        }
    }
}

/// One attempt: how long it takes, and what comes of it.
type Step = (Duration, Result<u8, Error>);

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        6 => Just(Err(Busy)),
        1 => Just(Ok(0)), // retried
        1 => Just(Err(Broken)),
        1 => (1..=9_u8).prop_map(Ok),
    ];
    ((0..6_u64).prop_map(Duration::from_secs), outcome)
}

/// Runs the steps one after the other, the last one for ever.
struct Steps<'a> {
    steps: &'a [Step],
    begun: Cell<usize>,
}

impl Steps<'_> {
    async fn attempt(&self) -> Result<u8, Error> {
        let number = self.begun.replace(self.begun.get() + 1);
        let (time, outcome) = self.steps[number.min(self.steps.len() - 1)];
        sleep(time).await;
        outcome
    }
}

#[retry(
    policy = STEADY,
    on_ok = 0,
    timeout = TIMEOUT,
    deadline = deadline,
    budget = layers.budget,
    breaker = layers.breaker
)]
async fn attribute(steps: &Steps<'_>, deadline: Duration, layers: &Layers) -> Result<u8, Error> {
    steps.attempt().await
}

async fn closure(steps: &Steps<'_>, deadline: Duration, layers: &Layers) -> Result<u8, Error> {
    STEADY
        .retry(async || steps.attempt().await)
        .on_ok(|value| *value == 0)
        .timeout(TIMEOUT)
        .deadline(deadline)
        .budget(layers.budget)
        .breaker(layers.breaker)
        .await
}

/// Everything that is to be seen of a call.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Result<u8, Error>,
    begun: usize,
    took: Duration,
    tokens: u32,
    state: State,
    tally: Tally,
}

async fn see(
    steps: &[Step],
    capacity: u32,
    call: impl AsyncFnOnce(&Steps<'_>, &Layers) -> Result<u8, Error>,
) -> Seen {
    let (layers, steps, began) =
        (Layers::new(capacity), Steps { steps, begun: Cell::new(0) }, Instant::now());
    let outcome = call(&steps, &layers).await;
    Seen {
        outcome,
        begun: steps.begun.get(),
        took: began.elapsed(),
        tokens: tokens(layers.budget),
        state: layers.breaker.state(),
        tally: layers.breaker.tally(),
    }
}

proptest! {
    #[test]
    fn both_forms_do_the_same(
        steps in proptest::collection::vec(step(), 1..8),
        deadline in (1..200_u64).prop_map(Duration::from_secs),
        capacity in 1..60_u32,
    ) {
        let runtime = paused::runtime();
        let (attribute, closure) = runtime.block_on(async {
            (
                see(&steps, capacity, async |steps, layers| {
                    attribute(steps, deadline, layers).await
                })
                .await,
                see(&steps, capacity, async |steps, layers| {
                    closure(steps, deadline, layers).await
                })
                .await,
            )
        });
        prop_assert_eq!(attribute, closure);
    }
}

#[test]
fn a_blocking_closure_goes_through_its_layers() {
    let layers = Layers::new(12); // two retries
    let ask = |script: &Script<Error>, waits: &mut Vec<Duration>| {
        Policy::CONSERVATIVE
            .with_base_delay(Duration::ZERO)
            .retry_blocking(|| script.run())
            .on(|_| true) // refusals, too
            .breaker(layers.breaker)
            .budget(layers.budget)
            .deadline(Duration::from_hours(1)) // leaves the circuit breaker's rejections alone
            .sleep(|wait| waits.push(wait))
            .call()
    };
    let mut waits = Vec::new();
    assert_eq!(ask(&busy(0), &mut waits), Ok(1));
    assert_eq!(ask(&busy(1), &mut waits), Ok(2));
    assert_eq!((tokens(layers.budget), layers.breaker.tally().failed), (12, 1));

    layers.breaker.force_open();
    let (script, retry_in) = (busy(0), Duration::from_mins(1));
    let refused = ask(&script, &mut waits);
    assert_eq!(refused, Err(Error::Rejected(Rejection::CircuitOpen { retry_in })));
    assert_eq!((script.runs(), tokens(layers.budget)), (0, 12));
    assert_eq!(waits, [Duration::ZERO, retry_in, retry_in, retry_in]);

    layers.breaker.force_closed();
    let script = busy(9);
    assert_eq!(ask(&script, &mut waits), Err(Busy));
    assert_eq!((script.runs(), tokens(layers.budget)), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_dropped_gives_back_its_probe_and_no_retry_that_ran() {
    let layers = Layers::new(100);
    let ask = async |script: &Script<Error>, hangs: bool| {
        Policy::CONSERVATIVE
            .with_base_delay(Duration::ZERO)
            .with_max_retries(2)
            .retry(async || {
                let run = script.run()?;
                if hangs { pending().await } else { Ok(run) }
            })
            .budget(layers.budget)
            .breaker(layers.breaker)
            .await
    };
    poll_once(ask(&busy(1), true)); // within the first retry
    assert_eq!((tokens(layers.budget), layers.breaker.tally().failed), (95, 1));
    // The second failure opens the circuit, which ends the call with what it failed with.
    assert_eq!(ask(&busy(2), false).await, Err(Busy));
    assert_eq!((tokens(layers.budget), layers.breaker.state()), (90, State::Open));

    sleep(Duration::from_secs(5)).await;
    poll_once(ask(&busy(0), true)); // the only probe
    assert_eq!(ask(&busy(0), false).await, Ok(1));
    assert_eq!((tokens(layers.budget), layers.breaker.state()), (91, State::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_refused_attempt_is_not_steered_by_the_one_before() {
    #[retry(breaker = layers.breaker, on = _, context = attempt, base_delay = 0)]
    async fn steered(script: &Script<Error>, layers: &Layers) -> Result<u32, Error> {
        attempt.retry_in(Duration::ZERO);
        script.run()
    }

    let (layers, began) = (Layers::new(1), Instant::now());
    assert_eq!(steered(&busy(3), &layers).await, Ok(4));
    assert!(began.elapsed() >= Duration::from_secs(5));

    let (layers, script, began) = (Layers::new(1), busy(3), Instant::now());
    let outcome = Policy::DEFAULT
        .retry_with_context(|attempt| {
            attempt.retry_in(Duration::ZERO);
            std::future::ready(script.run())
        })
        .on(|_| true)
        .breaker(layers.breaker)
        .await;
    assert_eq!(outcome, Ok(4));
    assert!(began.elapsed() >= Duration::from_secs(5));
}
