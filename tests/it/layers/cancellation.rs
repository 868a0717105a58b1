//! A call through all layers that is dropped at any of its polls leaves nothing behind: no permit,
//! no permit, no probe, no running body.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "only `layered` names it")]
use crate::support::timed_runs;

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use layered::Error::{self, Busy};
use layered::tokens;
use persevere::breaker::State;
use persevere::{Budget, Bulkhead, CircuitBreaker, Jitter, Verdict, retry};
use timed_runs::{HANGS, Runs, ms};
use tokio::time::sleep;

/// The layers of one call, and its runs.
struct Layers {
    bulkhead: &'static Bulkhead,
    budget: &'static Budget,
    breaker: &'static CircuitBreaker,
    runs: Runs,
}

/// Two attempts fail, which opens the circuit; the third is refused, which `on` retries; the fourth is its probe.
const RUNS: &[(u64, Result<(), Error>)] = &[
    HANGS,           // timed out at 200 ms
    (10, Err(Busy)), // its hedge
    (10, Err(Busy)),
    (10, Err(Busy)), // its hedge, at once
    HANGS,
    (10, Ok(())), // its hedge
];

impl Layers {
    /// Nobody else knows them. The circuit has seen two failures of the four that open it.
    fn new(bulkhead: Bulkhead) -> Self {
        let breaker = CircuitBreaker::new()
            .with_count_window(4)
            .with_failure_rate(1.0)
            .with_open_jitter(Jitter::None)
            .with_probes(1);
        let breaker = &*Box::leak(Box::new(breaker));
        for _ in 0..2 {
            breaker.try_acquire().expect("the circuit is closed").failed(Verdict::TRANSIENT);
        }
        Self {
            bulkhead: Box::leak(Box::new(bulkhead.with_max_wait(ms(1_000)))),
            budget: Box::leak(Box::new(Budget::new())),
            breaker,
            runs: Runs::of(RUNS),
        }
    }

    #[retry(
        bulkhead = self.bulkhead,
        deadline = "1m",
        budget = self.budget,
        breaker = self.breaker,
        on = _,
        hedge = "50ms",
        timeout = "200ms",
        base_delay = 1
    )]
    async fn call(&self) -> Result<usize, Error> {
        self.runs.run().await
    }

    /// Calls while another call holds the permit for a tenth of a second; drops the call after `polls`
    /// polls. Returns the number of polls and the outcome, if any.
    async fn call_for(&self, polls: u32) -> (u32, Option<Result<usize, Error>>) {
        let permit = self.bulkhead.acquire().await.expect("nobody else is here");
        let freed = async {
            sleep(ms(100)).await;
            drop(permit);
        };
        let mut polled = 0;
        let dropped = async {
            let mut call = Box::pin(self.call());
            let outcome = poll_fn(|context| {
                if polled == polls {
                    return Poll::Ready(None);
                }
                polled += 1;
                match call.as_mut().poll(context) {
                    Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                    Poll::Pending if polled == polls => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                }
            });
            let outcome = outcome.await;
            drop(call);
            self.assert_nothing_is_held();
            outcome
        };
        let (outcome, ()) = tokio::join!(dropped, freed);
        assert_eq!(self.bulkhead.available(), 1);
        (polled, outcome)
    }

    /// What a call that has ended holds: nothing, but what its failures have cost.
    fn assert_nothing_is_held(&self) {
        self.runs.started(); // none of which is left
        assert_eq!(self.bulkhead.waiting(), 0);
        // Hedges at 5; a retry after a timeout at 10, and after a failure at 5. The last hedge gives
        // back what it cost when it succeeds, and so does the retry whose race it won.
        let spent = match (self.runs.started(), self.runs.succeeded()) {
            (0 | 1, _) => 0,
            (2, _) => 5,
            (3, _) => 5 + 10,
            (4, _) => 5 + 10 + 5,
            (5, _) => 5 + 10 + 5 + 5,
            (_, false) => 5 + 10 + 5 + 5 + 5,
            (_, true) => 5 + 10 + 5,
        };
        assert_eq!(tokens(self.budget), 500 - spent);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_at_any_poll_leaves_nothing_behind() {
    for bulkhead in [|| Bulkhead::new(1), || Bulkhead::adaptive(1..=1)] {
        dropped_at_each_poll(bulkhead).await;
    }
}

async fn dropped_at_each_poll(bulkhead: fn() -> Bulkhead) {
    let whole = Layers::new(bulkhead());
    let (polls, outcome) = whole.call_for(u32::MAX).await;
    assert_eq!(outcome, Some(Ok(6)));
    assert_eq!((whole.runs.started(), whole.breaker.state()), (6, State::Closed));
    assert!(polls > 10, "{polls} polls show little");

    let mut opened = 0;
    for polls in 0..polls {
        let layers = Layers::new(bulkhead());
        let (polled, outcome) = layers.call_for(polls).await;
        assert_eq!((polled, outcome), (polls, None));
        if layers.breaker.state() == State::Closed {
            let permit = layers.breaker.try_acquire();
            assert!(permit.is_ok());
            continue;
        }
        opened += 1;
        sleep(Duration::from_secs(5)).await;
        let probe = layers.breaker.try_acquire().expect("the only probe is free");
        probe.succeeded();
        assert_eq!(layers.breaker.state(), State::Closed);
    }
    assert!(opened > 2, "the probe was dropped at {opened} polls");
}
