//! An upstream around a service: one layer for all that it has.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use http::{Method, Request, Response, StatusCode};
use persevere::breaker::State;
use persevere::tower::{BoxError, UpstreamExt as _, UpstreamLayer};
use persevere::upstream::Counts;
use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, Rate, Rejection, Upstream};
use tokio::time::{Instant, sleep};
use tower::limit::ConcurrencyLimit;
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _, service_fn};

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(3);

/// Answers what it is sent, by a status; how often.
fn echo() -> (
    impl Service<Request<u16>, Response = Response<()>, Error = BoxError, Future: Send> + Clone + Send,
    Arc<AtomicU32>,
) {
    let calls = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&calls);
    let service = service_fn(move |request: Request<u16>| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::from_u16(*request.body())?;
            Ok::<_, BoxError>(response)
        }
    });
    (service, calls)
}

fn request(method: Method, status: u16) -> Request<u16> {
    Request::builder().method(method).body(status).unwrap()
}

fn rejection(error: &BoxError) -> Option<&Rejection> {
    error.downcast_ref()
}

#[tokio::test(start_paused = true)]
async fn a_request_goes_through_all_that_its_upstream_has() {
    static RETRIES: Budget = Budget::new().with_capacity(15); // three
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(5);
    static PLACES: Bulkhead = Bulkhead::new(1);
    static COUNTS: Counts = Counts::new();
    static FILES: Upstream = Upstream::new("files", &RETRIES)
        .with_policy(AT_ONCE)
        .with_breaker(&CIRCUIT)
        .with_bulkhead(&PLACES)
        .with_counts(&COUNTS);

    let (service, calls) = echo();
    let client = ServiceBuilder::new().layer(UpstreamLayer::http(&FILES)).service(service);
    let answer = client.clone().oneshot(request(Method::GET, 200)).await.unwrap();
    assert_eq!((answer.status().as_u16(), CIRCUIT.tally().calls), (200, 1));

    let answer = client.clone().oneshot(request(Method::GET, 503)).await.unwrap();
    assert_eq!((answer.status().as_u16(), calls.load(Ordering::SeqCst)), (503, 5));
    assert_eq!((COUNTS.calls(), COUNTS.retries(), PLACES.available()), (2, 3, 1));
    assert_eq!(RETRIES.available().to_string(), "0 of 15 tokens");
    assert_eq!(CIRCUIT.state(), State::Open);

    let refused = client.clone().oneshot(request(Method::GET, 200)).await.unwrap_err();
    assert!(matches!(rejection(&refused), Some(Rejection::CircuitOpen { .. })), "{refused:?}");
    let permit = PLACES.try_acquire();
    let refused = client.oneshot(request(Method::GET, 200)).await.unwrap_err();
    assert_eq!(rejection(&refused), Some(&Rejection::BulkheadFull));
    drop(permit);
    assert_eq!((calls.load(Ordering::SeqCst), PLACES.available()), (5, 1));
}

#[tokio::test(start_paused = true)]
async fn its_timeout_cuts_each_attempt() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static SLOW: Upstream = Upstream::new("slow", &Budget::UNLIMITED)
        .with_policy(AT_ONCE)
        .with_breaker(&CIRCUIT)
        .with_timeout(Duration::from_secs(1));

    let hangs = service_fn(|_: u8| pending::<Result<(), io::Error>>());
    let client = UpstreamLayer::new(&SLOW).layer(hangs);
    let began = Instant::now();
    let cut = client.oneshot(1).await.unwrap_err();
    assert_eq!(rejection(&cut), Some(&Rejection::TimedOut));
    assert_eq!((began.elapsed(), CIRCUIT.tally().failed), (Duration::from_secs(4), 4));
}

#[tokio::test(start_paused = true)]
async fn an_upstream_of_its_own_is_given_back_when_its_calls_are_dropped() {
    let upstream = Upstream::owning("hosts", Budget::new())
        .bulkhead(Bulkhead::new(1).with_max_queue(2))
        .breaker(CircuitBreaker::new());
    let upstream = Arc::new(upstream);
    let slow = service_fn(async |seconds| {
        sleep(Duration::from_secs(seconds)).await;
        Ok::<_, io::Error>(seconds)
    });
    let client = ServiceBuilder::new().layer(Arc::clone(&upstream).layer()).service(slow);
    let running = tokio::time::timeout(Duration::from_secs(2), client.clone().oneshot(60));
    let waiting = tokio::time::timeout(Duration::from_secs(1), client.clone().oneshot(60));
    let (running, waiting) = tokio::join!(running, waiting);
    assert!(running.is_err() && waiting.is_err());
    let layers = upstream.layers();
    assert_eq!(layers.bulkhead.map(|it| (it.available(), it.waiting())), Some((1, 0)));
    assert_eq!(client.oneshot(3).await.unwrap(), 3);
    assert_eq!(layers.counts.map(Counts::calls), Some(2));
    assert_eq!(Arc::strong_count(&upstream), 1);
}

/// A service that is ready holds the only permit, and panics if it is called before it was ready.
fn limited(
    failures: u32,
) -> ConcurrencyLimit<
    impl Service<u8, Response = u8, Error = io::Error, Future: Send> + Clone + Send + 'static,
> {
    let left = Arc::new(AtomicU32::new(failures));
    let service = service_fn(move |request| {
        let fails =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        let outcome = if fails.is_ok() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(request) };
        async move { outcome }
    });
    ConcurrencyLimit::new(service, 1)
}

#[tokio::test(start_paused = true)]
async fn a_request_is_sent_by_the_service_that_is_ready_for_it() {
    let plain = || Upstream::owning("limited", Budget::UNLIMITED).with_policy(AT_ONCE);
    let rate = Rate::per_second(10).with_max_wait(Duration::from_secs(1));
    for upstream in [plain(), plain().bulkhead(Bulkhead::new(1)), plain().rate(rate)] {
        let limited = limited(2);
        let client = UpstreamLayer::new(Arc::new(upstream)).layer(limited.clone());
        for request in 1..4 {
            assert_eq!(client.clone().oneshot(request).await.unwrap(), request);
        }
        assert!(limited.ready_oneshot().now_or_never().is_some(), "the permit is back");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_its_circuit_refuses_keeps_no_reservation() {
    let plain = || Upstream::owning("limited", Budget::UNLIMITED).breaker(CircuitBreaker::new());
    for upstream in [plain(), plain().bulkhead(Bulkhead::new(1))] {
        upstream.layers().breaker.expect("it has one").force_open();
        let limited = limited(0);
        let mut client = UpstreamLayer::new(Arc::new(upstream)).layer(limited.clone());
        let mut refused = Box::pin(client.call(1));
        let error = refused.as_mut().await.unwrap_err();
        assert!(matches!(rejection(&error), Some(Rejection::CircuitOpen { .. })), "{error:?}");
        assert!(limited.ready_oneshot().now_or_never().is_some(), "it holds the permit");
        drop(refused); // alive until here
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_a_failure_is_no_success_to_an_adaptive_bulkhead() {
    let upstream = Upstream::owning("search", Budget::UNLIMITED)
        .with_policy(AT_ONCE.with_max_retries(0))
        .bulkhead(Bulkhead::adaptive(1..=40));
    let upstream = Arc::new(upstream);
    let limit = || upstream.layers().bulkhead.map(Bulkhead::limit);
    let (service, _) = echo();
    let client = UpstreamLayer::http(Arc::clone(&upstream)).layer(service);
    client.clone().oneshot(request(Method::GET, 429)).await.unwrap();
    assert_eq!(limit(), Some(1));
    client.oneshot(request(Method::GET, 200)).await.unwrap();
    assert_eq!(limit(), Some(2));
}
