//! Services that reserve something when they are polled ready: no layer holds a reservation while it
//! waits for something else, so nothing deadlocks. On tokio's paused clock.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join, join_all, maybe_done};
use persevere::tower::{BoxError, BulkheadLayer, CircuitBreakerLayer, HedgeLayer, RetryLayer};
use persevere::{Bulkhead, CircuitBreaker, Hedge, Jitter, Policy, Rejection};
use tokio::time::{Instant, sleep, timeout};
use tower::buffer::Buffer;
use tower::limit::ConcurrencyLimit;
use tower::util::BoxCloneService;
use tower::{Layer, Service, ServiceBuilder, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// Waits 1 s, 2 s, 4 s.
const STEADY: Policy =
    Policy::DEFAULT.with_max_retries(3).with_base_delay(SECOND).with_jitter(Jitter::None);

type Boxed = BoxCloneService<u32, u32, BoxError>;

fn busy() -> io::Error {
    io::ErrorKind::ResourceBusy.into()
}

/// Answers each request after a second; fails the first attempts of all, `failures` together.
fn failing(
    failures: usize,
) -> impl Service<u32, Response = u32, Error = BoxError, Future: Send> + Clone + Send + 'static {
    let calls = Arc::<AtomicUsize>::default();
    service_fn(move |request| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        async move {
            sleep(SECOND).await;
            if call < failures { Err(busy().into()) } else { Ok(request) }
        }
    })
}

/// Panics if it is called before it was ready: a clone is not ready because the original was.
struct Strict<S> {
    inner: S,
    is_ready: bool,
}

impl<S: Clone> Clone for Strict<S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), is_ready: false }
    }
}

impl<S: Service<u32>> Service<u32> for Strict<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        let polled = self.inner.poll_ready(context);
        self.is_ready = matches!(polled, Poll::Ready(Ok(())));
        polled
    }

    fn call(&mut self, request: u32) -> S::Future {
        assert!(std::mem::take(&mut self.is_ready), "called before it was ready");
        self.inner.call(request)
    }
}

fn leaked<T>(layer: T) -> &'static T {
    Box::leak(Box::new(layer))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Bulkhead,
    Retry,
    Breaker,
    Hedge,
}

const KINDS: [Kind; 4] = [Kind::Bulkhead, Kind::Retry, Kind::Breaker, Kind::Hedge];

fn two_permits() -> &'static Bulkhead {
    leaked(Bulkhead::new(2).with_max_wait(DAY))
}

/// `inner` in a layer of that kind.
fn within(kind: Kind, inner: Boxed, bulkhead: &'static Bulkhead) -> Boxed {
    let failed = |outcome: Result<&u32, &BoxError>| outcome.is_err();
    match kind {
        Kind::Bulkhead => BoxCloneService::new(BulkheadLayer::new(bulkhead).layer(inner)),
        Kind::Retry => BoxCloneService::new(RetryLayer::new(STEADY).classify(failed).layer(inner)),
        Kind::Breaker => {
            let breaker = leaked(CircuitBreaker::new());
            BoxCloneService::new(CircuitBreakerLayer::new(breaker).classify(failed).layer(inner))
        }
        Kind::Hedge => {
            let hedge = leaked(Hedge::after(SECOND / 2));
            BoxCloneService::new(HedgeByFailure(HedgeLayer::new(hedge)).layer(inner))
        }
    }
}

/// A `HedgeLayer` asks errors for their class, which a `BoxError` does not know.
struct HedgeByFailure(HedgeLayer);

/// Passes errors on as I/O errors, and back.
impl Layer<Boxed> for HedgeByFailure {
    type Service = Boxed;

    fn layer(&self, inner: Boxed) -> Boxed {
        let known = self.0.layer(inner.map_err(|_: BoxError| busy()));
        BoxCloneService::new(known.map_err(BoxError::from))
    }
}

/// All orders of the four layers.
fn orders() -> Vec<[Kind; 4]> {
    let mut orders = Vec::new();
    for first in KINDS {
        for second in KINDS {
            for third in KINDS {
                for fourth in KINDS {
                    let order = [first, second, third, fourth];
                    if KINDS.iter().all(|kind| order.contains(kind)) {
                        orders.push(order);
                    }
                }
            }
        }
    }
    assert_eq!(orders.len(), 24);
    orders
}

/// `inner` in the layers, outermost first.
fn layered(layers: &[Kind], inner: Boxed, bulkhead: &'static Bulkhead) -> Boxed {
    layers.iter().rev().fold(inner, |inner, kind| within(*kind, inner, bulkhead))
}

/// Sends `requests` at once through the layers, outermost first: how long all took together.
async fn all_end(layers: &[Kind], inner: Boxed, requests: u32) -> Duration {
    let service = layered(layers, inner, two_permits());
    let began = Instant::now();
    let calls = (0..requests).map(|request| service.clone().oneshot(request));
    let ended = timeout(DAY, join_all(calls)).await;
    let outcomes = ended.unwrap_or_else(|_| panic!("{layers:?} deadlocked"));
    assert_eq!(outcomes.len(), requests as usize);
    began.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_bulkhead_around_retries_over_a_limit_does_not_deadlock() {
    for requests in [2, 20] {
        let limited = ConcurrencyLimit::new(Strict { inner: failing(1), is_ready: false }, 1);
        let two = leaked(Bulkhead::new(1).with_max_wait(DAY));
        let service = ServiceBuilder::new()
            .layer(BulkheadLayer::new(two))
            .layer(
                RetryLayer::new(STEADY)
                    .classify(|outcome: Result<&u32, &BoxError>| outcome.is_err()),
            )
            .service(limited);
        let calls = (0..requests).map(|request| service.clone().oneshot(request));
        let outcomes = timeout(DAY, join_all(calls)).await.expect("nothing waits for ever");
        let answers: Vec<u32> = outcomes.into_iter().map(|outcome| outcome.unwrap()).collect();
        assert_eq!(answers, (0..requests).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn no_order_of_the_layers_deadlocks_over_a_concurrency_limit() {
    for order in orders() {
        for requests in [1, 2, 5] {
            let strict = Strict { inner: failing(2), is_ready: false };
            let limited = BoxCloneService::new(ConcurrencyLimit::new(strict, 1));
            all_end(&order, limited, requests).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_order_of_the_layers_deadlocks_over_a_buffer() {
    for order in orders() {
        let strict = Strict { inner: failing(2), is_ready: false };
        let buffered = BoxCloneService::new(Buffer::new(ConcurrencyLimit::new(strict, 1), 1));
        all_end(&order, buffered, 5).await;
    }
}

/// As with the services themselves: what a call has reserved is used up by the call, and not by the
/// first poll of its future.
#[tokio::test(start_paused = true)]
async fn requests_that_are_all_made_before_any_is_polled_end() {
    let single = KINDS.iter().map(|kind| vec![*kind]);
    for layers in single.chain(orders().into_iter().map(Vec::from)) {
        let buffered = BoxCloneService::new(Buffer::new(failing(2), 1));
        let mut service = layered(&layers, buffered, two_permits());
        let made = async {
            let mut calls = Vec::new();
            for request in 0..5 {
                calls.push(service.ready().await.unwrap().call(request));
            }
            join_all(calls).await.len()
        };
        let made = timeout(DAY, made).await;
        assert_eq!(made.unwrap_or_else(|_| panic!("{layers:?} deadlocked")), 5);
    }
}

/// Dropped after any of its polls, a request leaves neither its permit nor its reservation behind,
/// and the one beside it ends.
#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_at_any_poll_leaves_nothing_behind() {
    for order in orders() {
        for polls in 0.. {
            let strict = Strict { inner: failing(3), is_ready: false };
            let limited = ConcurrencyLimit::new(strict, 1);
            let bulkhead = two_permits();
            let service = layered(&order, BoxCloneService::new(limited.clone()), bulkhead);
            let mut dropped = Box::pin(maybe_done(service.clone().oneshot(1)));
            let mut other = Box::pin(maybe_done(service.oneshot(2)));
            for _ in 0..polls {
                let both = join(dropped.as_mut(), other.as_mut());
                let _ = timeout(SECOND / 4, both).await;
            }
            let has_ended = dropped.as_mut().take_output().is_some();
            drop(dropped);
            let ended = timeout(DAY, other.as_mut()).await;
            assert!(ended.is_ok(), "{order:?} deadlocked after poll {polls}");
            drop(other);
            let left = (bulkhead.available(), bulkhead.waiting());
            assert_eq!(left, (2, 0), "{order:?}, poll {polls}");
            let permit = limited.ready_oneshot().now_or_never();
            assert!(permit.is_some(), "{order:?} keeps the permit after poll {polls}");
            if has_ended {
                break;
            }
        }
    }
}

/// As the filters of `tower`: refuses its first request by itself, and so does not use up what it has
/// reserved.
#[derive(Clone)]
struct Filter<S> {
    inner: S,
    refusals_left: Arc<AtomicUsize>,
}

impl<S> Service<u32> for Filter<S>
where
    S: Service<u32, Response = u32, Error = BoxError, Future: Send + 'static>,
{
    type Response = u32;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<u32, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: u32) -> Self::Future {
        let left = self.refusals_left.load(Ordering::Relaxed);
        if left == 0 {
            return Box::pin(self.inner.call(request));
        }
        self.refusals_left.store(left - 1, Ordering::Relaxed);
        Box::pin(ready(Err(busy().into())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_waits_for_its_retry_has_given_back_what_it_did_not_use() {
    let limited = ConcurrencyLimit::new(failing(0), 1);
    let filter = Filter { inner: limited.clone(), refusals_left: Arc::new(2.into()) };
    let service = BoxCloneService::new(filter);
    let other = async {
        for _ in 0..2 {
            sleep(SECOND / 2).await; // in the midst of both waits
            let permit = limited.clone().ready_oneshot().now_or_never();
            assert!(permit.is_some(), "the request that waits holds the permit");
            sleep(SECOND).await;
        }
    };
    let call = layered(&[Kind::Retry], service, two_permits()).oneshot(1);
    let (answer, ()) = timeout(DAY, join(call, other)).await.expect("it does not wait for itself");
    assert_eq!(answer.unwrap(), 1);

    let filter = Filter { inner: limited, refusals_left: Arc::new(1.into()) };
    let hedged = layered(&[Kind::Hedge], BoxCloneService::new(filter), two_permits());
    let answer = timeout(DAY, hedged.oneshot(1)).await.expect("it does not wait for itself");
    assert_eq!(answer.unwrap(), 1);
}

/// A request that an open circuit refuses waits for its retry without the permit that its first
/// attempt was ready with, so that another one runs meanwhile.
#[tokio::test(start_paused = true)]
async fn a_refused_request_gives_its_reservation_back() {
    let breaker = leaked(CircuitBreaker::new());
    breaker.force_open();
    let limited = ConcurrencyLimit::new(failing(0), 1);
    let mut refused = CircuitBreakerLayer::new(breaker)
        .classify(|outcome: Result<&u32, &BoxError>| outcome.is_err())
        .layer(limited.clone());
    let error = refused.ready().await.unwrap().call(1).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Rejection::CircuitOpen { .. })));
    // `refused` is alive, and holds nothing.
    assert_eq!(timeout(DAY, limited.oneshot(2)).await.expect("the permit is free").unwrap(), 2);
    drop(refused);
}

/// A service that breaks after its first readiness.
#[derive(Clone)]
struct Broken {
    readied: Arc<AtomicUsize>,
    answer: Result<(), ()>,
}

impl Service<()> for Broken {
    type Response = ();
    type Error = io::Error;
    type Future = Ready<io::Result<()>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let before = self.readied.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(if before == 0 { Ok(()) } else { Err(io::ErrorKind::ConnectionReset.into()) })
    }

    fn call(&mut self, (): ()) -> Self::Future {
        ready(self.answer.map_err(|()| busy()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_to_get_ready_is_not_asked_again() {
    static ONE: Bulkhead = Bulkhead::new(1);
    let readied = Arc::<AtomicUsize>::default();
    let broken = Broken { readied: Arc::clone(&readied), answer: Err(()) };
    let began = Instant::now();
    let error = RetryLayer::new(STEADY).layer(broken.clone()).oneshot(()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "the transient one, yet final");
    assert_eq!((readied.load(Ordering::Relaxed), began.elapsed()), (2, SECOND));

    let error = BulkheadLayer::new(&ONE).layer(broken).oneshot(()).await.unwrap_err();
    assert_eq!(error.downcast_ref().map(io::Error::kind), Some(io::ErrorKind::ConnectionReset));
    assert_eq!(ONE.available(), 1);
}

/// Of a race, the attempt that runs goes on when no other one can be begun.
#[tokio::test(start_paused = true)]
async fn a_hedge_that_finds_the_service_broken_ends_no_race() {
    static HEDGE: Hedge = Hedge::after(SECOND);

    /// Answers after two seconds, and is ready once.
    #[derive(Clone)]
    struct Slow(Arc<AtomicUsize>);

    impl Service<()> for Slow {
        type Response = ();
        type Error = io::Error;
        type Future = BoxFuture<'static, io::Result<()>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            let is_first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
            Poll::Ready(if is_first { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) })
        }

        fn call(&mut self, (): ()) -> Self::Future {
            Box::pin(async {
                sleep(2 * SECOND).await;
                Ok(())
            })
        }
    }

    let readied = Arc::<AtomicUsize>::default();
    let outcome = HedgeLayer::new(&HEDGE).layer(Slow(Arc::clone(&readied))).oneshot(()).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(readied.load(Ordering::Relaxed), 2);
}

/// A bulkhead is ready whatever is queued in it.
#[tokio::test(start_paused = true)]
async fn a_permit_that_waits_for_readiness_is_given_back_when_dropped() {
    static ONE: Bulkhead = Bulkhead::new(1);
    let limited = ConcurrencyLimit::new(failing(0), 1);
    let holder = limited.clone().ready_oneshot().await.unwrap();
    let waiting = BulkheadLayer::new(&ONE).layer(limited).oneshot(1);
    assert!(timeout(SECOND, waiting).await.is_err());
    assert_eq!(ONE.available(), 1);
    drop(holder);
}

#[tokio::test(start_paused = true)]
async fn infallible_services_are_served_too() {
    static ONE: Bulkhead = Bulkhead::new(1);
    let service = service_fn(async |request: u32| Ok::<_, Infallible>(request));
    assert_eq!(BulkheadLayer::new(&ONE).layer(service).oneshot(7).await.unwrap(), 7);
}
