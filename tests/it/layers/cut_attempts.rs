//! An attempt that runs when its deadline cuts it has failed, to the circuit breaker and to the
//! budget; one that is dropped has not, and one that never ran is none.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use layered::Error::{self, Busy};
use layered::{busy, poll_once, tokens};
use persevere::breaker::State;
use persevere::{Budget, CircuitBreaker, Jitter, Policy, Rejection, Verdict, retry};
use scripted::Script;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

type Outcome = Result<u32, Error>;

const CUT: Outcome = Err(Error::Rejected(Rejection::DeadlineExceeded));
const LIMIT: Duration = Duration::from_secs(30);

/// The layers of one call.
#[derive(Clone, Copy)]
struct Layers {
    breaker: &'static CircuitBreaker,
    budget: &'static Budget,
}

impl Layers {
    fn of(budget: Budget) -> Self {
        let breaker = CircuitBreaker::new().with_slow_calls(Duration::from_secs(10), 1.0);
        Self { breaker: Box::leak(Box::new(breaker)), budget: Box::leak(Box::new(budget)) }
    }
}

/// Fails at first if it is to, then hangs.
async fn body(script: &Script<Error>) -> Outcome {
    script.run()?;
    pending().await
}

#[retry(deadline = LIMIT, breaker = layers.breaker, budget = layers.budget, base_delay = 0)]
async fn attribute(script: Script<Error>, layers: Layers) -> Outcome {
    body(&script).await
}

async fn closure(script: Script<Error>, layers: Layers) -> Outcome {
    Policy::DEFAULT
        .with_base_delay(Duration::ZERO)
        .retry(|| body(&script))
        .deadline(LIMIT)
        .breaker(layers.breaker)
        .budget(layers.budget)
        .await
}

#[retry(
    deadline = LIMIT,
    breaker = layers.breaker,
    budget = layers.budget,
    base_delay = 0,
    hedge = "1s"
)]
async fn hedged(script: Script<Error>, layers: Layers) -> Outcome {
    body(&script).await
}

/// A call that is bound by the deadline of the one it is made in.
async fn enclosed(script: Script<Error>, layers: Layers) -> Outcome {
    #[retry(deadline = "1h", breaker = layers.breaker, budget = layers.budget, base_delay = 0)]
    async fn inner(script: &Script<Error>, layers: Layers) -> Outcome {
        body(script).await
    }

    #[retry(deadline = LIMIT, max_retries = 0)]
    async fn outer(script: &Script<Error>, layers: Layers) -> Outcome {
        inner(script, layers).await
    }

    outer(&script, layers).await
}

/// As [`enclosed`], without a deadline of its own.
async fn unlimited(script: Script<Error>, layers: Layers) -> Outcome {
    #[retry(breaker = layers.breaker, budget = layers.budget, base_delay = 0)]
    async fn inner(script: &Script<Error>, layers: Layers) -> Outcome {
        body(script).await
    }

    #[retry(deadline = LIMIT, max_retries = 0)]
    async fn outer(script: &Script<Error>, layers: Layers) -> Outcome {
        inner(script, layers).await
    }

    outer(&script, layers).await
}

type Call = fn(Script<Error>, Layers) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

const ATTRIBUTE: Call = |script, layers| Box::pin(attribute(script, layers));
const CLOSURE: Call = |script, layers| Box::pin(closure(script, layers));
const HEDGED: Call = |script, layers| Box::pin(hedged(script, layers));
const ENCLOSED: Call = |script, layers| Box::pin(enclosed(script, layers));
const UNLIMITED: Call = |script, layers| Box::pin(unlimited(script, layers));

/// A thousand calls at once, each of which fails so often and then hangs.
async fn thousand(layers: Layers, failures: usize, call: Call) {
    let mut calls = JoinSet::new();
    for _ in 0..1_000 {
        calls.spawn(call(busy(failures), layers));
    }
    for outcome in calls.join_all().await {
        assert!(outcome == CUT || outcome == Err(Busy), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_that_hang_open_the_circuit_and_fill_an_adaptive_budget() {
    let cases = [
        (ATTRIBUTE, "99.9 % of retries refused"),
        (CLOSURE, "99.9 % of retries refused"),
        (ENCLOSED, "99.9 % of retries refused"),
        (HEDGED, "100.0 % of retries refused"), // of two thousand attempts
        (UNLIMITED, "0.0 % of retries refused"), // nobody holds anything for a first attempt
    ];
    for (index, (call, refused)) in cases.into_iter().enumerate() {
        let layers = Layers::of(Budget::adaptive(2.0));
        thousand(layers, 0, call).await;
        let twenty = "20 calls, 20 failed, 20 slow";
        assert_eq!(layers.breaker.state(), State::Open, "case {index}");
        assert_eq!(layers.breaker.tally().to_string(), twenty, "case {index}");
        assert_eq!(layers.budget.available().to_string(), refused, "case {index}");
    }
}

/// A first attempt costs no tokens, so each call fails once before it hangs.
#[tokio::test(start_paused = true)]
async fn a_thousand_retries_that_hang_drain_every_budget() {
    for (index, call) in [ATTRIBUTE, CLOSURE, HEDGED, ENCLOSED, UNLIMITED].into_iter().enumerate() {
        for (budget, left) in [
            (Budget::new(), "0 of 500 tokens"),
            (Budget::ratio(0.0).with_expiry(Duration::from_mins(10)), "5000 retries"),
        ] {
            let layers = Layers::of(budget);
            layers.breaker.force_closed();
            thousand(layers, 1, call).await;
            assert_eq!(layers.budget.available().to_string(), left, "case {index}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_caller_drops_has_neither_failed_nor_is_a_retry_given_back_that_ran() {
    #[retry(timeout = "1s", max_retries = 0)]
    async fn impatient(script: &Script<Error>, layers: Layers) -> Outcome {
        within(script, layers).await
    }

    #[retry(breaker = layers.breaker, budget = layers.budget, base_delay = 0)]
    async fn within(script: &Script<Error>, layers: Layers) -> Outcome {
        body(script).await
    }

    let first = "1 call, 1 failed, 0 slow";
    for call in [ATTRIBUTE, CLOSURE, ENCLOSED, UNLIMITED] {
        let layers = Layers::of(Budget::new());
        assert!(timeout(LIMIT / 2, call(busy(1), layers)).await.is_err());
        assert_eq!(
            (layers.breaker.tally().to_string().as_str(), tokens(layers.budget)),
            (first, 495)
        );
        poll_once(call(busy(0), layers));
        assert_eq!(
            (layers.breaker.tally().to_string().as_str(), tokens(layers.budget)),
            (first, 495)
        );
    }
    let layers = Layers::of(Budget::new());
    let cut = Err(Error::Rejected(Rejection::TimedOut));
    assert_eq!(impatient(&busy(1), layers).await, cut); // the caller's time limit is not the call's
    assert_eq!((layers.breaker.tally().to_string().as_str(), tokens(layers.budget)), (first, 495));
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_an_enclosing_deadline_cuts_has_failed() {
    for call in [ATTRIBUTE, CLOSURE, ENCLOSED, UNLIMITED] {
        let breaker = CircuitBreaker::new().with_probes(1).with_open_jitter(Jitter::None);
        let breaker: &CircuitBreaker = Box::leak(Box::new(breaker));
        let layers = Layers { breaker, ..Layers::of(Budget::new()) };
        for _ in 0..20 {
            breaker.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
        }
        sleep(Duration::from_secs(5)).await;
        assert_eq!(call(busy(0), layers).await, CUT);
        assert_eq!((breaker.state(), breaker.retry_in()), (State::Open, Duration::from_secs(10)));
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_finds_no_time_left_is_none() {
    /// Oversleeps.
    async fn oversleep(_: Duration) {
        sleep(2 * LIMIT).await;
    }

    #[retry(deadline = Duration::ZERO, breaker = layers.breaker, budget = layers.budget)]
    async fn at_once(script: &Script<Error>, layers: Layers) -> Outcome {
        body(script).await
    }

    #[retry(
        deadline = LIMIT,
        breaker = layers.breaker,
        budget = layers.budget,
        sleep = oversleep
    )]
    async fn late(script: &Script<Error>, layers: Layers) -> Outcome {
        body(script).await
    }

    let of_closure = async |script: &Script<Error>, layers: Layers, limit| {
        Policy::DEFAULT
            .retry(|| body(script))
            .deadline(limit)
            .breaker(layers.breaker)
            .budget(layers.budget)
            .sleep(oversleep)
            .await
    };

    let layers = Layers::of(Budget::adaptive(2.0));
    for _ in 0..100 {
        assert_eq!(at_once(&busy(0), layers).await, CUT);
        assert_eq!(of_closure(&busy(0), layers, Duration::ZERO).await, CUT);
    }
    assert_eq!((layers.breaker.state(), layers.breaker.tally().calls), (State::Closed, 0));
    assert_eq!(layers.budget.available().to_string(), "0.0 % of retries refused");

    let layers = Layers::of(Budget::new());
    let (first, second) = (busy(1), busy(1));
    assert_eq!(late(&first, layers).await, Err(Busy));
    assert_eq!(of_closure(&second, layers, LIMIT).await, Err(Busy));
    assert_eq!((first.runs(), second.runs()), (1, 1));
    assert_eq!((layers.breaker.tally().calls, tokens(layers.budget)), (2, 500));
}
