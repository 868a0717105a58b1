//! A call that is dropped at any poll of its delay leaves nothing behind.
#![deny(warnings, clippy::pedantic)]

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use persevere::breaker::State;
use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, Rejection, retry};

use super::table;
use crate::support::layered::{Error, tokens};

static PLACES: Bulkhead = Bulkhead::new(1);
static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(1_000);
static RETRIES: Budget = Budget::new();

#[retry(bulkhead = PLACES, breaker = CIRCUIT, budget = RETRIES, timeout = "1s", deadline = "1h", base_delay = 0)]
async fn fetch() -> Result<u32, Error> {
    Ok(1)
}

/// Polls `future` that many times at most; whether it has ended.
async fn polled<F: Future>(future: F, times: u32) -> bool {
    let mut future = pin!(future);
    for _ in 0..times {
        let poll = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if poll.is_ready() {
            return true;
        }
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    false
}

#[tokio::test(start_paused = true)]
async fn of_a_function() {
    let mut times = 0;
    loop {
        let broken = table("*::fetch=chaos:1*sleep(300)->1*return(timeout)->1*sleep(2s)");
        let is_over = polled(
            broken.scope(async {
                let first = fetch().await;
                let second = fetch().await;
                (first, second)
            }),
            times,
        )
        .await;
        assert_eq!(PLACES.available(), 1, "after {times} polls");
        assert_eq!(CIRCUIT.state(), State::Closed);
        if is_over {
            break;
        }
        times += 1;
        assert!(times < 100, "it never ends");
    }
    assert!(times > 5, "{times}");
    assert!(tokens(&RETRIES) > 0);
    assert_eq!(fetch().await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn of_a_closure() {
    static PLACES: Bulkhead = Bulkhead::new(1);

    let mut times = 0;
    loop {
        let call = Policy::DEFAULT
            .with_base_delay(Duration::ZERO)
            .retry(async || Ok::<_, Rejection>(1))
            .bulkhead(&PLACES)
            .timeout(Duration::from_secs(1));
        let broken = table("*=chaos:1*sleep(300)->1*return(timeout)->1*sleep(2s)");
        let is_over = polled(broken.scope(call.into_future()), times).await;
        assert_eq!(PLACES.available(), 1, "after {times} polls");
        if is_over {
            break;
        }
        times += 1;
        assert!(times < 100, "it never ends");
    }
    assert!(times > 2, "{times}");
}
