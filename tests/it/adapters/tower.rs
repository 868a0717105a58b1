//! Services in layers, on tokio's paused clock.

use std::collections::VecDeque;
use std::future::{Ready, ready};
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use persevere::tower::{BoxError, ByMethod, ByStatus, CircuitBreakerLayer, RetryLayer};
use persevere::{Budget, CircuitBreaker, Jitter, Policy, Rejection};
use tokio::time::Instant;
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _};

#[allow(dead_code, reason = "spans are not asked for here")]
use crate::support::recorded;

/// Waits 1 s, 2 s, 4 s.
const STEADY: Policy = Policy::DEFAULT
    .with_max_retries(3)
    .with_base_delay(Duration::from_secs(1))
    .with_jitter(Jitter::None);

/// Answers what its script says, in order; panics if it is called before it was ready.
struct Scripted<Res, Err> {
    answers: Arc<Mutex<VecDeque<Result<Res, Err>>>>,
    is_ready: bool,
}

/// A clone is not ready because the original was.
impl<Res, Err> Clone for Scripted<Res, Err> {
    fn clone(&self) -> Self {
        Self { answers: Arc::clone(&self.answers), is_ready: false }
    }
}

impl<Res, Err> Scripted<Res, Err> {
    fn new(answers: impl IntoIterator<Item = Result<Res, Err>>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, is_ready: false }
    }

    fn left(&self) -> usize {
        self.answers.lock().unwrap().len()
    }
}

impl<Req, Res, Err> Service<Req> for Scripted<Res, Err> {
    type Response = Res;
    type Error = Err;
    type Future = Ready<Result<Res, Err>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Err>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Req) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        ready(self.answers.lock().unwrap().pop_front().expect("one more answer"))
    }
}

fn timed_out() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

fn status(status: u16, retry_after: Option<&str>) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(value) = retry_after {
        response.headers_mut().insert("retry-after", value.parse().unwrap());
    }
    response
}

fn request(method: Method) -> Request<()> {
    Request::builder().method(method).body(()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn errors_are_retried_as_they_classify_themselves() {
    let began = Instant::now();
    let service = Scripted::new([Err(timed_out()), Err(timed_out()), Ok(42), Ok(43)]);
    let outcome = RetryLayer::new(STEADY).layer(service.clone()).oneshot(()).await;
    assert_eq!(outcome.unwrap(), 42);
    assert_eq!(began.elapsed().as_secs(), 3);
    assert_eq!(service.left(), 1);

    let service = Scripted::<(), _>::new([Err(io::Error::from(io::ErrorKind::NotFound))]);
    let outcome = RetryLayer::new(STEADY).layer(service).oneshot(()).await;
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(began.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_last_outcome_is_returned_as_it_is() {
    let answers = [500, 502, 503, 504, 200].map(|code| Ok::<_, io::Error>(status(code, None)));
    let service = Scripted::new(answers);
    let layered = RetryLayer::http(STEADY).layer(service.clone());
    let response = layered.oneshot(request(Method::GET)).await.unwrap();
    assert_eq!(response.status(), 504);
    assert_eq!(service.left(), 1);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for_and_throttling_has_its_own_schedule() {
    let began = Instant::now();
    let answers = [status(429, None), status(503, Some("30")), status(404, None)];
    let service = Scripted::new(answers.map(Ok::<_, io::Error>));
    let slow = STEADY.with_base_delay(Duration::from_mins(1));
    let layered = RetryLayer::http(STEADY).throttled(slow).layer(service);
    // A response that says that nothing was done is heeded whatever the method.
    let response = layered.oneshot(request(Method::POST)).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(began.elapsed().as_secs(), 90);
}

#[tokio::test(start_paused = true)]
async fn after_an_error_only_idempotent_requests_are_sent_again() {
    async fn attempts(layer: RetryLayer<ByStatus, ByMethod>, request: Request<()>) -> usize {
        let answers = [Err(timed_out()), Ok(status(200, None))];
        let service = Scripted::new(answers);
        let _ = layer.layer(service.clone()).oneshot(request).await;
        2 - service.left()
    }
    let layer = RetryLayer::http(STEADY);
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
        assert_eq!(attempts(layer, request(method)).await, 2);
    }
    for method in [Method::POST, Method::PATCH, Method::CONNECT] {
        assert_eq!(attempts(layer, request(method.clone())).await, 1);
        assert_eq!(attempts(layer.retry_non_idempotent(true), request(method)).await, 2);
    }
    let mut keyed = request(Method::POST);
    keyed.headers_mut().insert("idempotency-key", "7f3a".parse().unwrap());
    assert_eq!(attempts(layer, keyed).await, 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_idempotent_is_sent_again_only_if_nothing_was_done() {
    async fn attempts(layer: RetryLayer<ByStatus, ByMethod>, method: Method, code: u16) -> usize {
        let wait = matches!(code, 403 | 413).then_some("1");
        let service = Scripted::new([code, 200].map(|code| Ok::<_, io::Error>(status(code, wait))));
        let _ = layer.layer(service.clone()).oneshot(request(method)).await;
        2 - service.left()
    }
    let layer = RetryLayer::http(STEADY);
    for code in [403, 408, 413, 425, 429, 503] {
        assert_eq!(attempts(layer, Method::POST, code).await, 2, "{code}");
    }
    for code in [500, 501, 502, 504, 505, 507, 520, 524] {
        assert_eq!(attempts(layer, Method::POST, code).await, 1, "{code}");
        assert_eq!(attempts(layer, Method::PATCH, code).await, 1, "{code}");
        assert_eq!(attempts(layer, Method::PUT, code).await, 2, "{code}");
        let lifted = layer.retry_non_idempotent(true);
        assert_eq!(attempts(lifted, Method::POST, code).await, 2, "{code}");
    }
}

/// Not `Clone`: `None` is read from a stream.
struct Upload(Option<u8>);

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_cloned_is_sent_once() {
    let layer = RetryLayer::new(STEADY)
        .clone_request(|upload: &Upload| upload.0.map(|chunk| Upload(Some(chunk))));
    let service = Scripted::new([Err(timed_out()), Ok(())]);
    assert!(layer.layer(service.clone()).oneshot(Upload(None)).await.is_err());
    assert_eq!(service.left(), 1);

    let service = Scripted::new([Err(timed_out()), Ok(())]);
    assert!(layer.layer(service).oneshot(Upload(Some(7))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_function_classifies_responses_and_errors() {
    let layer = RetryLayer::new(STEADY)
        .classify(|outcome: Result<&&str, &&str>| matches!(outcome, Ok(&"pending") | Err(&"busy")));
    let service = Scripted::new([Ok("pending"), Err("busy"), Err("broken"), Ok("done")]);
    assert_eq!(layer.layer(service.clone()).oneshot(()).await, Err("broken"));
    assert_eq!(service.left(), 1);
}

#[tokio::test(start_paused = true)]
async fn each_request_earns_its_share_of_a_ratio() {
    static BUDGET: Budget = Budget::ratio(0.5).with_min_per_second(0);
    let service = Scripted::new([Err(timed_out()), Err(timed_out()), Ok(1), Err(timed_out())]);
    let layered = RetryLayer::new(STEADY).budget(&BUDGET).layer(service.clone());
    assert!(layered.clone().oneshot(()).await.is_err(), "half a retry is none");
    assert_eq!(layered.clone().oneshot(()).await.unwrap(), 1);
    assert!(layered.clone().oneshot(()).await.is_err(), "that one is spent");
    assert_eq!(service.left(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_asked_before_each_retry() {
    static BUDGET: Budget = Budget::new().with_capacity(10); // two retries
    let service = Scripted::<(), _>::new((0..4).map(|_| Err(timed_out())));
    let outcome = RetryLayer::new(STEADY).budget(&BUDGET).layer(service.clone()).oneshot(()).await;
    assert!(outcome.is_err());
    assert_eq!(service.left(), 1);
}

#[tokio::test(start_paused = true)]
async fn events_have_the_layers_name() {
    let recording = recorded::Recording::start();
    let service = Scripted::new([Err("busy"), Ok(())]);
    let layer =
        RetryLayer::new(STEADY).name("orders").classify(|it: Result<&(), &&str>| it.is_err());
    layer.layer(service).oneshot(()).await.unwrap();
    let events = recording.events();
    let levels: Vec<_> = events.iter().map(|event| event.level).collect();
    assert_eq!(levels, [tracing::Level::WARN, tracing::Level::INFO]);
    let reported = format!("{:?}", events[0].fields);
    assert!(reported.contains("orders") && reported.contains("busy"), "{reported}");
}

#[tokio::test(start_paused = true)]
async fn a_circuit_breaker_inside_of_retries_hears_of_each_attempt() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    let answers = [status(503, None), status(500, None), status(404, None), status(200, None)];
    let service = ServiceBuilder::new()
        .layer(RetryLayer::http(STEADY))
        .layer(CircuitBreakerLayer::http(&BREAKER))
        .service(Scripted::new(answers.map(Ok::<_, io::Error>)));
    let response = service.clone().oneshot(request(Method::GET)).await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!((BREAKER.tally().calls, BREAKER.tally().failed), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_is_waited_for_only_if_one_says_so() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(2);
    static WAITED_FOR: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(2);
    let quick = RetryLayer::http(STEADY.with_base_delay(Duration::from_millis(10)));
    let answers = [status(503, None), status(503, None), status(200, None)];
    let scripted = || Scripted::new(answers.clone().map(Ok::<_, io::Error>));
    let service = ServiceBuilder::new()
        .layer(quick)
        .layer(CircuitBreakerLayer::http(&BREAKER))
        .service(scripted());
    let began = Instant::now();
    let refused = service.oneshot(request(Method::GET)).await.unwrap_err();
    assert!(matches!(refused.downcast_ref(), Some(Rejection::CircuitOpen { .. })), "{refused}");
    assert!(began.elapsed().as_secs() < 1);

    let wait = |outcome: Result<&Response<()>, &BoxError>| match outcome {
        Ok(response) => persevere::Classify::classify(response),
        Err(error) => match error.downcast_ref() {
            Some(Rejection::CircuitOpen { retry_in }) => {
                persevere::Verdict::TRANSIENT.with_retry_after(*retry_in)
            }
            _ => persevere::Verdict::PERMANENT,
        },
    };
    let service = ServiceBuilder::new()
        .layer(quick.classify(wait))
        .layer(CircuitBreakerLayer::http(&WAITED_FOR))
        .service(scripted());
    let began = Instant::now();
    let response = service.oneshot(request(Method::GET)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(began.elapsed().as_secs() >= 5);
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_refuses_without_asking_the_service() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    BREAKER.force_open();
    let service = Scripted::new([Ok::<_, io::Error>(())]);
    let refused = CircuitBreakerLayer::new(&BREAKER).layer(service.clone()).oneshot(()).await;
    let error: BoxError = refused.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Rejection::CircuitOpen { .. })));
    assert_eq!(service.left(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_counts_as_neither_success_nor_failure() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    let never = tower::service_fn(async |()| std::future::pending::<io::Result<()>>().await);
    let call = CircuitBreakerLayer::new(&BREAKER).layer(never).oneshot(());
    assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
    assert_eq!(BREAKER.tally().calls, 0);
}

#[test]
fn futures_can_be_spawned() {
    fn spawnable(_: impl Future + Send + 'static) {}
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    let service = ServiceBuilder::new()
        .layer(RetryLayer::http(STEADY))
        .layer(CircuitBreakerLayer::http(&BREAKER))
        .service(Scripted::new([Ok::<_, io::Error>(status(200, None))]));
    spawnable(service.oneshot(request(Method::GET)));
}

#[test]
fn a_call_that_succeeds_at_once_allocates_nothing() {
    let twice = tower::service_fn(|number: u8| ready(Ok::<_, io::Error>(2 * number)));
    let mut service = RetryLayer::new(STEADY).layer(twice);
    let allocations = allocation_counter::measure(|| {
        let call = std::pin::pin!(service.call(21));
        let polled = call.poll(&mut Context::from_waker(std::task::Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Ok(42))));
    });
    assert_eq!(allocations.count_total, 0);
}
