//! A rate of an upstream: every attempt takes a turn, in each form of a call.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture as _, poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use layered::Error::{self, Busy, Rejected};
use layered::{busy, tokens};
use persevere::breaker::State;
use persevere::tower::UpstreamExt as _;
use persevere::{
    Budget, Bulkhead, Cancel, CircuitBreaker, Event, Policy, Rate, Rejection, Upstream, retry,
    testing,
};
use scripted::Script;
use tokio::time::{Instant, advance, sleep};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);
const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(3);

fn limited(retry_in: Duration) -> Error {
    Rejected(Rejection::RateLimited { retry_in })
}

#[tokio::test(start_paused = true)]
async fn each_attempt_takes_a_turn() {
    static RATE: Rate = Rate::every(SECOND).with_max_wait(Duration::from_secs(9));
    static MAPS: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_policy(AT_ONCE).with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let began = Instant::now();
    assert_eq!(find(&busy(2)).await, Ok(3));
    assert_eq!((began.elapsed(), RATE.waits()), (SECOND * 2, 2));
    let script = busy(1);
    assert_eq!(MAPS.retry(|| ready(script.run())).await, Ok(2));
    assert_eq!(began.elapsed(), SECOND * 4, "a closure, too");

    let attempts = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = Arc::clone(&attempts);
    let service = service_fn(move |(): ()| {
        let attempt = counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        ready(if attempt < 2 { Err(reset) } else { Ok(attempt) })
    });
    let client = ServiceBuilder::new().layer(MAPS.layer()).service(service);
    assert_eq!(client.oneshot(()).await.expect("the third attempt succeeds"), 2);
    assert_eq!(began.elapsed(), SECOND * 7, "and each request of a service");
}

#[test]
fn blocking_calls_wait_in_their_thread() {
    static RATE: Rate = Rate::every(Duration::from_millis(5)).with_max_wait(Duration::from_mins(1));
    static MAPS: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_policy(AT_ONCE).with_rate(&RATE);

    #[retry(upstream = MAPS)]
    fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let began = std::time::Instant::now();
    assert_eq!(find(&busy(2)), Ok(3));
    let script = busy(2);
    assert_eq!(MAPS.retry_blocking(|| script.run()).call(), Ok(3));
    assert!(began.elapsed() >= Duration::from_millis(25), "six attempts");
}

#[tokio::test(start_paused = true)]
async fn what_comes_too_late_is_refused_at_once_and_is_no_answer_of_the_service() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static RATE: Rate = Rate::every(SECOND).with_max_wait(SECOND);
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(AT_ONCE)
        .with_breaker(&CIRCUIT)
        .with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(upstream = MAPS, breaker = false, deadline = "500ms")]
    async fn find_soon(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(upstream = MAPS, on = _, max_retries = 2, max_delay = "1m")]
    async fn insist(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(deadline = "500ms", base_delay = "10ms")]
    async fn within_half_a_second(script: &Script<Error>) -> Result<u32, Error> {
        find(script).await
    }

    let began = Instant::now();
    assert_eq!(find(&busy(0)).await, Ok(1));
    let soon = find_soon(&busy(0)).await;
    assert_eq!(soon, Err(limited(SECOND)), "its deadline is before the turn");
    assert_eq!(within_half_a_second(&busy(0)).await, Err(limited(SECOND)));
    let script = busy(0);
    let mut waits = pin!(find(&script));
    assert!(poll_fn(|context| Poll::Ready(waits.as_mut().poll(context).is_pending())).await);
    assert_eq!(find(&busy(0)).await, Err(limited(SECOND * 2)));
    let at_once = MAPS.retry(|| ready(Ok::<_, Error>(1))).await;
    assert_eq!((at_once, began.elapsed()), (Err(limited(SECOND * 2)), Duration::ZERO));
    assert_eq!(insist(&busy(0)).await, Ok(1), "it was to be retried");
    assert!(began.elapsed() >= SECOND * 2);
    assert_eq!(waits.await, Ok(1));
    assert_eq!((CIRCUIT.state(), CIRCUIT.tally().failed), (State::Closed, 0));
    assert_eq!(CIRCUIT.tally().calls, 3, "no attempt that was not made");
}

#[tokio::test(start_paused = true)]
async fn of_a_retry_that_is_refused_the_caller_gets_what_came_before() {
    static RATE: Rate = Rate::every(Duration::from_mins(1));
    static MAPS: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_policy(AT_ONCE).with_rate(&RATE);
    static PLAIN: Rate = Rate::every(Duration::from_mins(1));
    static WITHOUT: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_policy(AT_ONCE).with_rate(&PLAIN);

    thread_local!(static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) });
    fn note(event: &Event<'_>) {
        LINES.with_borrow_mut(|lines| lines.push(event.to_string()));
    }

    #[retry(upstream = MAPS, on_give_up = note, name = "find")]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(upstream = WITHOUT, breaker = false, bulkhead = false, timeout = false)]
    async fn bare(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(upstream = WITHOUT, fallback = |_| Ok(0))]
    async fn or_else(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let script = busy(2);
    assert_eq!((find(&script).await, script.runs()), (Err(Busy), 1));
    assert_eq!((bare(&busy(2)).await, RATE.refusals()), (Err(Busy), 1));
    assert_eq!(or_else(&busy(0)).await, Ok(0));
    let lines = LINES.take();
    assert_eq!(
        lines,
        ["find: attempt 2 of 4 was not made, the rate is used up; giving up with busy"]
    );
    let script = busy(1);
    advance(SECOND * 60).await;
    let attempt = || ready(script.run());
    assert_eq!((MAPS.retry(attempt).await, script.runs()), (Err(Busy), 1));
}

#[tokio::test(start_paused = true)]
async fn a_call_within_an_attempt_takes_no_second_turn() {
    static RATE: Rate = Rate::every(SECOND).with_max_wait(Duration::from_secs(9));
    static PLACES: Bulkhead = Bulkhead::new(1);
    static USERS: Upstream = Upstream::new("users", &Budget::UNLIMITED)
        .with_policy(AT_ONCE)
        .with_bulkhead(&PLACES)
        .with_rate(&RATE);

    #[retry(upstream = USERS)]
    async fn get(script: &Script<Error>) -> Result<u32, Error> {
        sleep(Duration::from_millis(1)).await;
        script.run()
    }

    #[retry(upstream = USERS)]
    fn get_blocking(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(upstream = USERS)]
    async fn get_or_create(script: &Script<Error>) -> Result<u32, Error> {
        get(script).await?;
        get_blocking(script)?;
        USERS.retry(|| ready(script.run())).await?;
        let service = service_fn(async |number: u32| Ok::<_, std::io::Error>(number));
        let layered = ServiceBuilder::new().layer(USERS.layer()).service(service);
        let answer = layered.oneshot(7).await;
        assert_eq!(answer.expect("it takes no turn"), 7);
        get(script).await
    }

    let began = Instant::now();
    assert_eq!(get_or_create(&busy(0)).await, Ok(4));
    assert_eq!((began.elapsed(), RATE.waits()), (Duration::from_millis(2), 0));
    assert_eq!(get(&busy(0)).await, Ok(1));
    assert_eq!(began.elapsed(), SECOND + Duration::from_millis(1));
}

#[tokio::test(start_paused = true)]
async fn a_hedge_takes_a_turn_that_is_free_or_is_not_made() {
    static RATE: Rate = Rate::every(SECOND).with_burst(2).with_max_wait(Duration::from_secs(9));
    static RETRIES: Budget = Budget::new();
    static MAPS: Upstream = Upstream::new("maps", &RETRIES).with_policy(AT_ONCE).with_rate(&RATE);

    #[retry(upstream = MAPS, hedge(after = "10ms", max = 3))]
    async fn find(started: &Cell<u32>) -> Result<u32, Error> {
        started.set(started.get() + 1);
        sleep(Duration::from_millis(100)).await;
        Ok(1)
    }

    let started = Cell::new(0);
    assert_eq!(find(&started).await, Ok(1));
    assert_eq!(started.get(), 2, "of three hedges one has a turn");
    assert_eq!((RATE.available(), tokens(&RETRIES)), (0, 496), "no other has cost anything");
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_takes_no_turn_and_a_wait_is_no_slow_call() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new()
        .with_minimum_calls(2)
        .with_slow_calls(Duration::from_millis(500), 0.5);
    static RATE: Rate = Rate::every(SECOND).with_max_wait(Duration::from_secs(9));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(Policy::NONE)
        .with_breaker(&CIRCUIT)
        .with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find() -> Result<u32, Error> {
        Ok(1)
    }

    for _ in 0..3 {
        assert_eq!(find().await, Ok(1));
        assert_eq!(MAPS.retry(|| ready(Ok::<_, Error>(1))).await, Ok(1));
    }
    assert_eq!((CIRCUIT.state(), RATE.waits()), (State::Closed, 5));
    advance(SECOND).await;
    CIRCUIT.force_open();
    assert!(matches!(find().await, Err(Rejected(Rejection::CircuitOpen { .. }))));
    assert_eq!(RATE.available(), 1);
}

/// The static of an upstream that owns what it has.
#[tokio::test(start_paused = true)]
async fn an_upstream_may_own_its_rate() {
    #[retry(upstream = upstream)]
    async fn find(upstream: &Arc<Upstream>) -> Result<u32, Error> {
        Ok(1)
    }

    let upstream = Upstream::owning("hosts", Budget::new())
        .rate(Rate::every(SECOND).with_max_wait(SECOND * 9));
    let upstream = Arc::new(upstream);

    let began = Instant::now();
    for _ in 0..2 {
        assert_eq!(find(&upstream).await, Ok(1));
    }
    let call = upstream.retry(|| ready(Ok::<_, Error>(1)));
    drop(upstream);
    assert_eq!((call.await, began.elapsed()), (Ok(1), SECOND * 2));
}

#[tokio::test(start_paused = true)]
async fn another_timer_is_waited_on() {
    static RATE: Rate = Rate::every(SECOND).with_max_wait(Duration::from_secs(9));
    static MAPS: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_policy(AT_ONCE).with_rate(&RATE);
    thread_local!(static WAITS: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) });

    async fn note(wait: Duration) {
        WAITS.with_borrow_mut(|waits| waits.push(wait));
        sleep(wait).await;
    }

    #[retry(upstream = MAPS, sleep = note, base_delay = "100ms", jitter = "none")]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    assert_eq!(find(&busy(1)).await, Ok(2));
    let script = busy(0);
    assert_eq!(MAPS.retry(|| ready(script.run())).sleep(note).await, Ok(1));
    assert_eq!(WAITS.take(), [100, 900, 1_000].map(Duration::from_millis));
}

/// Dropped at any poll, a call leaves the queue, and gives back what it holds.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_any_poll_leaves_nothing_behind() {
    static RATE: Rate = Rate::every(SECOND).with_max_wait(Duration::from_secs(90));
    static PLACES: Bulkhead = Bulkhead::new(1);
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(100);
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(AT_ONCE)
        .with_breaker(&CIRCUIT)
        .with_bulkhead(&PLACES)
        .with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        tokio::task::yield_now().await;
        script.run()
    }

    async fn polled<F: Future>(polls: u32, call: F) -> Option<F::Output> {
        let mut call = pin!(call);
        let mut polled = 0;
        poll_fn(|context| {
            if polled == polls {
                return Poll::Ready(None);
            }
            polled += 1;
            call.as_mut().poll(context).map(Some)
        })
        .await
    }

    let mut ended = 0;
    for polls in 0..12 {
        RATE.reset();
        RATE.try_acquire().expect("it is as new");
        ended += u32::from(polled(polls, find(&busy(2))).await.is_some());
        assert_eq!((RATE.waiting(), PLACES.available()), (0, 1), "{polls} polls");
        let script = busy(2);
        let closure = MAPS.retry(async || {
            tokio::task::yield_now().await;
            script.run()
        });
        ended += u32::from(polled(polls, closure.into_future()).await.is_some());
        assert_eq!((RATE.waiting(), PLACES.available()), (0, 1), "{polls} polls");
        let service = service_fn(async |(): ()| {
            tokio::task::yield_now().await;
            Ok::<_, std::io::Error>(())
        });
        let service = ServiceBuilder::new().layer(MAPS.layer()).service(service);
        ended += u32::from(polled(polls, service.oneshot(())).await.is_some());
        assert_eq!((RATE.waiting(), PLACES.available()), (0, 1), "{polls} polls");
    }
    assert!(ended > 9, "{ended}");
    assert_eq!(CIRCUIT.state(), State::Closed);
}

/// A wait for a turn ends with the word that cancels the call, in a thread too.
#[tokio::test(start_paused = true)]
async fn a_wait_for_a_turn_ends_as_the_call_is_cancelled() {
    static RATE: Rate = Rate::every(SECOND).with_max_wait(Duration::from_secs(9));
    static MAPS: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_policy(AT_ONCE).with_rate(&RATE);

    #[retry(upstream = MAPS)]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    RATE.try_acquire().expect("it is as new");
    let (began, cancel) = (Instant::now(), Cancel::new());
    let script = busy(0);
    let closure = MAPS.retry(|| ready(script.run()));
    let both = async { tokio::join!(find(&script), closure.into_future()) };
    let word = async {
        sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    };
    let (outcomes, ()) = tokio::join!(cancel.scope(both), word);
    let cancelled = Err(Rejected(Rejection::Cancelled));
    assert_eq!((outcomes, script.runs()), ((cancelled, cancelled), 0));
    assert_eq!((began.elapsed(), RATE.waiting()), (Duration::from_millis(100), 0));
}

#[test]
fn fresh_layers_have_fresh_rates() {
    static RATE: Rate = Rate::per_minute(1);
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE);
    for _ in 0..3 {
        let _fresh = testing::fresh(&[&MAPS]);
        assert_eq!(MAPS.retry_blocking(|| Ok::<_, Error>(RATE.available())).call(), Ok(0));
        RATE.hold(SECOND);
    }
    assert_eq!(RATE.available(), 1);
}
