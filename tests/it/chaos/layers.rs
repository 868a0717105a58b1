//! Innermost: every layer sees a fault as if the remote service had failed.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::time::Duration;

use persevere::breaker::State;
use persevere::testing::{self, Recorder};
use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, Upstream, retry};
use tokio::time::Instant;

use super::table;
use crate::support::layered::{Error, tokens};

#[tokio::test(start_paused = true)]
async fn faults_open_a_circuit_and_cost_budget() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(4);
    static RETRIES: Budget = Budget::new();

    #[retry(breaker = CIRCUIT, budget = RETRIES, base_delay = 0, max_retries = 9)]
    async fn fetch(ran: &Cell<u32>) -> Result<u32, Error> {
        ran.set(ran.get() + 1);
        Ok(ran.get())
    }

    let ran = Cell::new(0);
    let full = tokens(&RETRIES);
    assert!(table("*::fetch=chaos:return(timeout)").scope(fetch(&ran)).await.is_err());
    assert_eq!((ran.get(), CIRCUIT.tally().failed), (0, 4));
    assert!(matches!(CIRCUIT.state(), State::Open), "{:?}", CIRCUIT.state());
    assert!(tokens(&RETRIES) < full);

    // A call that the open circuit refuses is marked as well, while chaos is in force.
    let line = async |text: &str| {
        let recorder = Recorder::new();
        let switch = testing::no_waiting().recording(&recorder);
        assert!(testing::scope(switch, table(text).scope(fetch(&ran))).await.is_err());
        recorder.events()[0].line.clone()
    };
    assert!(line("*::fetch=chaos:return(timeout)").await.ends_with("[chaos]"));
    assert!(!line("*::fetch=chaos:off").await.ends_with("[chaos]"));
}

#[tokio::test(start_paused = true)]
async fn permanent_faults_are_no_failure_of_the_other_side() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(1);

    #[retry(breaker = CIRCUIT)]
    async fn fetch() -> Result<u32, Error> {
        Ok(1)
    }

    assert!(table("*::fetch=chaos:return(404)").scope(fetch()).await.is_err());
    assert_eq!(CIRCUIT.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn the_permit_of_a_bulkhead_comes_back() {
    static PLACES: Bulkhead = Bulkhead::new(1);

    #[retry(bulkhead = PLACES, base_delay = 0)]
    async fn fetch() -> Result<u32, Error> {
        assert_eq!(PLACES.available(), 0);
        Ok(1)
    }

    assert_eq!(table("*::fetch=chaos:2*return").scope(fetch()).await, Ok(1));
    assert!(table("*::fetch=chaos:return(permanent)").scope(fetch()).await.is_err());
    assert_eq!(PLACES.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_hedge_starts_where_a_body_is_late_and_each_body_is_an_attempt() {
    #[retry(hedge = "100ms", base_delay = 0)]
    async fn fetch(ran: &Cell<u32>) -> Result<u32, Error> {
        ran.set(ran.get() + 1);
        Ok(ran.get())
    }

    let (ran, from) = (Cell::new(0), Instant::now());
    let outcome = table("*::fetch=chaos:1*sleep(10s)").scope(fetch(&ran)).await;
    assert_eq!((outcome, from.elapsed()), (Ok(1), Duration::from_millis(100)));
}

#[tokio::test(start_paused = true)]
async fn an_upstream_is_broken_for_all_of_its_functions() {
    static RETRIES: Budget = Budget::new();
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(100);
    static FILES: Upstream = Upstream::new("files", &RETRIES)
        .with_policy(Policy::DEFAULT.with_base_delay(Duration::ZERO))
        .with_breaker(&CIRCUIT);

    #[retry(upstream = FILES)]
    async fn read() -> Result<u32, Error> {
        Ok(1)
    }

    #[retry(upstream = FILES)]
    async fn write() -> Result<u32, Error> {
        Ok(2)
    }

    #[retry(upstream = FILES)]
    fn sync() -> Result<u32, Error> {
        Ok(3)
    }

    table("@files=chaos:4*return(timeout)")
        .scope(async {
            assert_eq!((read().await, write().await, sync()), (Ok(1), Ok(2), Ok(3)));
        })
        .await;
    assert_eq!((CIRCUIT.tally().calls, CIRCUIT.tally().failed), (7, 4));
}
