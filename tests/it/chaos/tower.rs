//! Services on an upstream.
#![deny(warnings, clippy::pedantic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::testing::{self, Recorder};
use persevere::tower::{BoxError, UpstreamLayer};
use persevere::{Budget, CircuitBreaker, Policy, Rate, Rejection, Upstream};
use tokio::time::Instant;
use tower::{Service, ServiceBuilder, ServiceExt as _, service_fn};

use super::table;

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(3);

/// Answers what it is sent; how often.
fn echo() -> (
    impl Service<u32, Response = u32, Error = Rejection, Future: Send> + Clone + Send,
    Arc<AtomicU32>,
) {
    let calls = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&calls);
    let service = service_fn(move |request: u32| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { Ok::<_, Rejection>(request) }
    });
    (service, calls)
}

#[tokio::test(start_paused = true)]
async fn every_attempt_may_be_broken_and_the_circuit_sees_it() {
    static RETRIES: Budget = Budget::new();
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(100);
    static FILES: Upstream =
        Upstream::new("tower-files", &RETRIES).with_policy(AT_ONCE).with_breaker(&CIRCUIT);

    let (service, calls) = echo();
    let client = ServiceBuilder::new().layer(UpstreamLayer::new(&FILES)).service(service);
    let recorder = Recorder::new();
    let answer = testing::scope(
        testing::no_waiting().recording(&recorder),
        table("@tower-files=chaos:2*return(timeout)").scope(client.clone().oneshot(5)),
    )
    .await;
    assert_eq!((answer.unwrap(), calls.load(Ordering::SeqCst)), (5, 1));
    assert_eq!((CIRCUIT.tally().calls, CIRCUIT.tally().failed), (3, 2));
    assert_eq!(recorder.events().len(), 3);
    assert!(recorder.events().iter().all(|event| event.line.ends_with("[chaos]")));

    let broken = table("@tower-files=chaos:return(permanent)");
    let error: BoxError = broken.scope(client.clone().oneshot(5)).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Rejection::Fault(_))), "{error}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    let recorder = Recorder::new();
    let switch = testing::no_waiting().recording(&recorder);
    assert_eq!(testing::scope(switch, client.oneshot(6)).await.unwrap(), 6);
    recorder.assert("nothing failed");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_cuts_the_delay_and_a_turn_is_taken_before_it() {
    static RETRIES: Budget = Budget::new();
    static RATE: Rate = Rate::per_second(1000);
    static SLOW: Upstream = Upstream::new("tower-slow", &RETRIES)
        .with_policy(AT_ONCE)
        .with_timeout(Duration::from_secs(1))
        .with_rate(&RATE);

    let (service, calls) = echo();
    let client = ServiceBuilder::new().layer(UpstreamLayer::new(&SLOW)).service(service);
    let from = Instant::now();
    let broken = table("@tower-slow=chaos:1*sleep(1h)->1*sleep(500)");
    assert_eq!(broken.scope(client.oneshot(5)).await.unwrap(), 5);
    let took = from.elapsed();
    assert!((1_500..1_600).contains(&took.as_millis()), "{took:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}
