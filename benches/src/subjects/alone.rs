//! Layers by themselves, and in a stack around a service, each beside its peers.
//!
//! Each function makes one, and returns a healthy pass through it; clones of a pass share the layer.

#![allow(clippy::missing_panics_doc, reason = "no limit is reached here")]

use std::future::ready;
use std::hint::black_box;
use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use failsafe::CircuitBreaker as _;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use persevere::tower::UpstreamExt as _;
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Hedge, Keyed, Policy, Rate, Rejection, Upstream,
};
use recloser::Recloser;
use tokio::sync::Semaphore;
use tower::retry::budget::{Budget as _, TpsBudget};
use tower::{Layer, Service, ServiceBuilder, service_fn};
use tower_resilience_bulkhead::BulkheadLayer;
use tower_resilience_circuitbreaker::CircuitBreakerLayer;
use tower_resilience_hedge::HedgeLayer;
use tower_resilience_retry::RetryLayer;

/// A healthy pass.
pub trait Pass: FnMut() + Clone + Send + 'static {}

impl<F: FnMut() + Clone + Send + 'static> Pass for F {}

/// How many turns a second a rate has that is never used up here, and how many at once.
const PLENTY: u32 = 1_000_000_000;
/// The permits of the bulkheads.
const PERMITS: usize = 64;

fn leaked<T>(layer: T) -> &'static T {
    Box::leak(Box::new(layer))
}

pub fn empty() -> impl Pass {
    || black_box(())
}

pub fn breaker() -> impl Pass {
    let breaker = leaked(CircuitBreaker::new());
    move || black_box(breaker).try_acquire().expect("it is closed").succeeded()
}

pub fn breaker_by_time() -> impl Pass {
    let breaker = leaked(CircuitBreaker::new().with_time_window(Duration::from_secs(10)));
    move || black_box(breaker).try_acquire().expect("it is closed").succeeded()
}

pub fn failsafe() -> impl Pass {
    let breaker = leaked(failsafe::Config::new().build());
    move || black_box(breaker).call(|| Ok::<_, ()>(())).expect("it is closed")
}

pub fn recloser() -> impl Pass {
    let breaker = leaked(Recloser::custom().build());
    move || black_box(breaker).call(|| Ok::<_, ()>(())).expect("it is closed")
}

pub fn budget() -> impl Pass {
    let budget = leaked(Budget::new());
    move || {
        let budget = black_box(budget);
        budget.begin();
        budget.succeeded();
    }
}

pub fn budget_by_ratio() -> impl Pass {
    let budget = leaked(Budget::ratio(0.1));
    move || {
        let budget = black_box(budget);
        budget.begin();
        budget.succeeded();
    }
}

pub fn tps_budget() -> impl Pass {
    let budget = leaked(TpsBudget::default());
    move || black_box(budget).deposit()
}

pub fn rate() -> impl Pass {
    let rate = leaked(Rate::per_second(PLENTY).with_burst(PLENTY));
    move || black_box(rate).try_acquire().expect("a turn is free")
}

fn quota() -> Quota {
    let plenty = const { NonZeroU32::new(PLENTY).expect("it is above 0") };
    Quota::per_second(plenty).allow_burst(plenty)
}

pub fn governor() -> impl Pass {
    let limiter = leaked(RateLimiter::direct(quota()));
    move || black_box(limiter).check().expect("a cell is free")
}

pub fn bulkhead() -> impl Pass {
    let bulkhead = leaked(Bulkhead::new(PERMITS));
    move || black_box(bulkhead).try_acquire().expect("a permit is free").succeeded()
}

pub fn adaptive() -> impl Pass {
    let bulkhead = leaked(Bulkhead::adaptive(PERMITS..=PERMITS));
    move || black_box(bulkhead).try_acquire().expect("a permit is free").succeeded()
}

pub fn gradient() -> impl Pass {
    let bulkhead = leaked(Bulkhead::adaptive(PERMITS..=PERMITS).with_gradient());
    move || black_box(bulkhead).try_acquire().expect("a permit is free").succeeded()
}

pub fn semaphore() -> impl Pass {
    let semaphore = leaked(Semaphore::new(PERMITS));
    move || drop(black_box(semaphore).try_acquire().expect("a permit is free"))
}

/// Polls until `future` is ready: at once, unless another thread is in the same layer.
fn polled<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::hint::spin_loop(),
        }
    }
}

/// A request to `service`, which answers at once.
fn request<S>(service: &mut S)
where
    S: Service<u64, Response = u64, Error: std::fmt::Debug>,
{
    polled(std::future::poll_fn(|context| service.poll_ready(context))).expect("ready");
    black_box(polled(service.call(black_box(7))).expect("an answer"));
}

fn requests<S>(mut service: S) -> impl Pass
where
    S: Service<u64, Response = u64, Error: std::fmt::Debug> + Clone + Send + 'static,
{
    move || request(&mut service)
}

fn answering()
-> impl Service<u64, Response = u64, Error = Rejection, Future: Send> + Clone + Send + 'static {
    service_fn(|input: u64| ready(Ok::<u64, Rejection>(input)))
}

pub fn concurrency_limit() -> impl Pass {
    requests(ServiceBuilder::new().concurrency_limit(PERMITS).service(answering()))
}

pub fn stack() -> impl Pass {
    let upstream = leaked(
        Upstream::owning("stack", Budget::new())
            .bulkhead(Bulkhead::new(PERMITS))
            .breaker(CircuitBreaker::new())
            .with_policy(Policy::DEFAULT),
    );
    requests(ServiceBuilder::new().layer(upstream.layer()).service(answering()))
}

pub fn resilience_stack() -> impl Pass {
    let bulkhead = BulkheadLayer::builder().max_concurrent_calls(PERMITS).build();
    let breaker = CircuitBreakerLayer::builder().build();
    let retry = RetryLayer::builder().max_attempts(11).exponential_backoff(Duration::from_secs(1));
    let service = ServiceBuilder::new()
        .layer(bulkhead.expect("its settings are in range"))
        .layer(retry.build())
        .layer(breaker.expect("its settings are in range"))
        .service(answering());
    requests(service)
}

/// How long a first request has before a second one is sent.
const DELAY: Duration = Duration::from_millis(200);

pub fn hedge() -> impl Pass {
    let hedge = leaked(Hedge::after(DELAY));
    requests(persevere::tower::HedgeLayer::new(hedge).layer(answering()))
}

pub fn hedge_by_latency() -> impl Pass {
    let hedge = leaked(Hedge::after_quantile(0.95).with_min_samples(10));
    requests(persevere::tower::HedgeLayer::new(hedge).layer(answering()))
}

/// Every request may be sent again.
#[derive(Clone)]
struct Always;

impl tower::hedge::Policy<u64> for Always {
    fn clone_request(&self, request: &u64) -> Option<u64> {
        Some(*request)
    }

    fn can_retry(&self, _request: &u64) -> bool {
        true
    }
}

/// It is no `Pass`, since its service cannot be cloned.
pub fn tower_hedge() -> impl FnMut() {
    let period = Duration::from_secs(10);
    let mut service = tower::hedge::Hedge::new::<u64>(answering(), Always, 10, 0.95, period);
    move || request(&mut service)
}

pub fn resilience_hedge() -> impl Pass {
    let layer = HedgeLayer::builder().delay(DELAY).max_hedged_attempts(2).build();
    requests(layer.layer(answering()))
}

/// The number of keys that are kept while a look-up is counted.
pub const KEYS: usize = 100_000;

/// The key of that number, as hosts are.
#[must_use]
pub fn key(number: usize) -> String {
    format!("host-{number:07}.example.com")
}

pub static RATES: Keyed<Rate> = Keyed::new(1 << 21, || Rate::per_second(PLENTY).with_burst(PLENTY));
pub static BREAKERS: Keyed<CircuitBreaker> = Keyed::new(1 << 21, CircuitBreaker::new);

pub fn keyed_rate() -> impl Pass {
    (0..KEYS).for_each(|number| drop(RATES.of(key(number))));
    let key = key(KEYS / 2);
    move || RATES.of(black_box(&key)).try_acquire().expect("a turn is free")
}

#[must_use]
pub fn governor_of_keys() -> DefaultKeyedRateLimiter<String> {
    RateLimiter::keyed(quota())
}

pub fn keyed_governor() -> impl Pass {
    let limiter = leaked(governor_of_keys());
    (0..KEYS).for_each(|number| assert!(limiter.check_key(&key(number)).is_ok()));
    let key = key(KEYS / 2);
    move || limiter.check_key(black_box(&key)).expect("a cell is free")
}

/// Calls a macro with the names of all layers by themselves: what they are, and the functions that make them.
#[macro_export]
macro_rules! for_each_alone {
    ($callback:ident) => {
        $callback! {
            "circuit breaker: **`persevere`**", breaker;
            "circuit breaker, by time: **`persevere`**", breaker_by_time;
            "circuit breaker: `failsafe`", failsafe;
            "circuit breaker: `recloser`", recloser;
            "budget: **`persevere`**", budget;
            "budget, by ratio: **`persevere`**", budget_by_ratio;
            "budget: `tower`'s `TpsBudget`", tps_budget;
            "rate: **`persevere`**", rate;
            "rate: `governor`", governor;
            "bulkhead: **`persevere`**", bulkhead;
            "bulkhead, adaptive: **`persevere`**", adaptive;
            "bulkhead, adaptive by gradient: **`persevere`**", gradient;
            "bulkhead: `tokio`'s `Semaphore`", semaphore;
            "bulkhead around a service: `tower`'s `ConcurrencyLimit`", concurrency_limit;
            "bulkhead, retries and breaker around a service: **`persevere`**", stack;
            "bulkhead, retries and breaker around a service: `tower-resilience`", resilience_stack;
        }
    };
}
