//! Futures that are polled once they have ended, or have panicked: no body runs again.
#![deny(warnings, clippy::pedantic)]

use crate::support::racers;

use std::cell::Cell;
use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::hedge::Unlimited;
use persevere::tower::{BulkheadLayer, CircuitBreakerLayer, HedgeLayer, RetryLayer};
use persevere::{Bulkhead, CircuitBreaker, Hedge, Policy, Rejection, Verdict};
use racers::{GOOD, PERMANENT, Racer, Racers, TRANSIENT, judge, milliseconds};
use tower::{Layer, Service, service_fn};

fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls it now and later, and finds it pending.
async fn assert_is_over<F: Future + ?Sized>(mut future: Pin<&mut F>) {
    for _ in 0..3 {
        assert!(poll(future.as_mut()).is_pending());
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_race() {
    const THROTTLED: Result<(), Verdict> = Err(Verdict::THROTTLED);
    let scripts: [&[Racer]; 9] = [
        &[(0, GOOD)],
        &[(50, GOOD)],
        &[(300, GOOD), (900, GOOD)],
        &[(900, GOOD), (50, GOOD)],
        &[(0, PERMANENT)],
        &[(900, GOOD), (50, PERMANENT)],
        &[(0, TRANSIENT), (50, GOOD)],
        &[(50, THROTTLED)],
        &[(250, THROTTLED), (900, TRANSIENT)],
    ];
    for script in scripts {
        let hedge = Hedge::after(milliseconds(200)).with_max(5);
        let racers = Racers::of(script);
        let mut race = Box::pin(hedge.race(|| racers.start(), judge, Unlimited));
        let _ = race.as_mut().await;
        let started = racers.started();
        assert_is_over(race.as_mut()).await; // one more would not be scripted, and panic
        assert_eq!((racers.started(), racers.alive()), (started, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_race_without_delay_or_permit() {
    let at_once = Hedge::after(Duration::ZERO).with_max(5);
    let racers = Racers::of(&[(0, GOOD)]);
    let mut race = Box::pin(at_once.race(|| racers.start(), judge, Unlimited));
    assert_eq!(race.as_mut().await, Ok(1));
    assert_is_over(race.as_mut()).await;
    let racers = Racers::of(&[(50, TRANSIENT)]);
    let mut race = Box::pin(at_once.race(|| racers.start(), judge, || None::<()>));
    assert!(race.as_mut().await.is_err());
    assert_is_over(race.as_mut()).await;
}

#[tokio::test(start_paused = true)]
async fn a_race_that_has_panicked() {
    let hedge = Hedge::after(milliseconds(200)).with_max(5);
    // The closure panics; or its future does.
    for panics_late in [false, true] {
        let begun = Cell::new(0);
        let attempt = || {
            begun.update(|begun| begun + 1);
            assert!(panics_late);
            async {
                assert_eq!(begun.get(), 0);
                Ok::<_, Rejection>(1)
            }
        };
        let mut race = Box::pin(hedge.run(attempt));
        assert!(catch_unwind(AssertUnwindSafe(|| poll(race.as_mut()))).is_err());
        assert_is_over(race.as_mut()).await;
        assert_eq!(begun.get(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_has_panicked() {
    static PLACES: Bulkhead = Bulkhead::new(1);
    let begun = Cell::new(0);
    let call = Policy::DEFAULT
        .retry(|| {
            begun.update(|begun| begun + 1);
            assert_eq!(begun.get(), 0);
            ready(Ok::<(), persevere::Rejection>(()))
        })
        .bulkhead(&PLACES);
    let mut call = Box::pin(call.into_future());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(call.as_mut()))).is_err());
    assert_is_over(call.as_mut()).await;
    assert_eq!(begun.get(), 1);
    drop(call);
    assert_eq!(PLACES.available(), 1);
}

type Plain = tower::util::ServiceFn<fn(()) -> std::future::Ready<Result<(), std::io::Error>>>;

static CALLS: AtomicU32 = AtomicU32::new(0);

fn plain() -> Plain {
    service_fn(|()| {
        CALLS.fetch_add(1, Ordering::Relaxed);
        ready(Ok(()))
    })
}

/// Sends a request through `layer`, and polls on; the service is called once.
async fn sent_through<L, S>(layer: L, poll_on: impl FnOnce(Pin<&mut S::Future>))
where
    L: Layer<Plain, Service = S>,
    S: Service<(), Error: std::fmt::Debug>,
{
    let before = CALLS.load(Ordering::Relaxed);
    let mut service = layer.layer(plain());
    std::future::poll_fn(|context| service.poll_ready(context)).await.unwrap();
    let mut response = Box::pin(service.call(()));
    assert!(response.as_mut().await.is_ok());
    poll_on(response.as_mut());
    assert_eq!(CALLS.load(Ordering::Relaxed), before + 1);
}

fn is_pending<F: Future>(future: Pin<&mut F>) {
    assert!(poll(future).is_pending());
}

#[tokio::test(start_paused = true)]
async fn a_tower_response() {
    static PLACES: Bulkhead = Bulkhead::new(1);
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
    sent_through(RetryLayer::new(Policy::DEFAULT), is_pending).await;
    sent_through(BulkheadLayer::new(&PLACES), is_pending).await;
    sent_through(CircuitBreakerLayer::new(&BREAKER), is_pending).await;
    let refused = &*Box::leak(Box::new(CircuitBreaker::new()));
    refused.force_open();
    let mut response = Box::pin(CircuitBreakerLayer::new(refused).layer(plain()).call(()));
    assert!(response.as_mut().await.is_err());
    assert!(poll(response.as_mut()).is_pending());
    assert_eq!(PLACES.available(), 1);
    // A boxed `async` block, which panics.
    sent_through(HedgeLayer::new(&HEDGE), |response| {
        assert!(catch_unwind(AssertUnwindSafe(|| poll(response).is_pending())).is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_was_waited_for() {
    static PLACES: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(1));
    let permit = PLACES.try_acquire().unwrap();
    let mut waiting = Box::pin(PLACES.acquire());
    assert!(poll(waiting.as_mut()).is_pending());
    drop(permit);
    let Poll::Ready(Ok(permit)) = poll(waiting.as_mut()) else { panic!("it is free") };
    // An `async` function, which panics.
    assert!(catch_unwind(AssertUnwindSafe(|| poll(waiting.as_mut()).is_pending())).is_err());
    drop(permit);
    drop(waiting);
    assert_eq!(PLACES.available(), 1);
}
