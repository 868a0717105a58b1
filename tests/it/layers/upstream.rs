//! `upstream = …`: what a service's functions share, and what each says instead.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::cell::Cell;
use std::future::{IntoFuture as _, pending, poll_fn, ready};
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Duration;

use layered::Error::{self, Busy, Rejected};
use layered::{busy, poll_once, tokens};
use persevere::breaker::State;
use persevere::budget::Cause;
use persevere::upstream::Counts;
use persevere::{
    Attempt, Budget, Bulkhead, CircuitBreaker, EventKind, Policy, Rejection, Upstream, retry,
};
use scripted::Script;
use tokio::time::Instant;

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(3);

/// Statics of a service, and functions that call it.
mod payments {
    use super::{AT_ONCE, Budget, Bulkhead, CircuitBreaker, Counts, Duration, Upstream};

    pub(super) static RETRIES: Budget = Budget::new();
    pub(super) static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(100);
    pub(super) static PLACES: Bulkhead = Bulkhead::new(1);
    pub(super) static COUNTS: Counts = Counts::new();

    pub(super) static PAYMENTS: Upstream = Upstream::new("payments", &RETRIES)
        .with_policy(AT_ONCE)
        .with_timeout(Duration::from_millis(800))
        .with_breaker(&CIRCUIT)
        .with_bulkhead(&PLACES)
        .with_counts(&COUNTS);
}

#[tokio::test(start_paused = true)]
async fn a_function_has_what_its_upstream_has() {
    use payments::{CIRCUIT, COUNTS, PAYMENTS, PLACES, RETRIES};

    #[retry(upstream = PAYMENTS)]
    async fn charge(script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(PLACES.available(), 0);
        script.run()
    }

    #[retry(upstream = PAYMENTS, max_retries = 1)]
    async fn hang(attempts: &mut u32) -> Result<u32, Error> {
        *attempts += 1;
        pending().await
    }

    let script = busy(9);
    assert_eq!(charge(&script).await, Err(Busy));
    assert_eq!(script.runs(), 4, "three retries, by the upstream's policy");
    assert_eq!((tokens(&RETRIES), CIRCUIT.tally().calls, PLACES.available()), (485, 4, 1));
    assert_eq!((COUNTS.calls(), COUNTS.retries()), (1, 3));

    let (began, mut attempts) = (Instant::now(), 0);
    assert_eq!(hang(&mut attempts).await, Err(Rejected(Rejection::TimedOut)));
    assert_eq!((attempts, began.elapsed()), (2, Duration::from_millis(1_600)));
    assert_eq!((COUNTS.calls(), COUNTS.retries()), (2, 4));
    assert_eq!(COUNTS.retries_per_call(), Some(2.0));

    poll_once(hang(&mut attempts));
    assert_eq!((PLACES.available(), COUNTS.calls()), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_full_bulkhead_and_an_open_circuit_refuse_its_calls() {
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(1);
    static PLACES: Bulkhead = Bulkhead::new(1);
    static COUNTS: Counts = Counts::new();
    static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED)
        .with_breaker(&CIRCUIT)
        .with_bulkhead(&PLACES)
        .with_counts(&COUNTS);

    #[retry(upstream = SEARCH, base_delay = 0)]
    async fn find(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let permit = PLACES.try_acquire();
    assert_eq!(find(&busy(0)).await, Err(Rejected(Rejection::BulkheadFull)));
    drop(permit);
    assert_eq!(COUNTS.calls(), 0, "a call that was not let in is no call");
    assert_eq!(find(&busy(9)).await, Err(Busy));
    assert_eq!(CIRCUIT.state(), State::Open);
    let refused = find(&busy(0)).await;
    assert!(matches!(refused, Err(Rejected(Rejection::CircuitOpen { .. }))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn a_key_replaces_what_the_upstream_says() {
    static OF_THE_SERVICE: Budget = Budget::new();
    static OF_THE_FUNCTION: Budget = Budget::new().with_capacity(5); // one retry
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static INDEX: Upstream = Upstream::new("index", &OF_THE_SERVICE)
        .with_policy(AT_ONCE)
        .with_timeout(Duration::from_secs(1))
        .with_breaker(&CIRCUIT);

    #[retry(upstream = INDEX, budget = OF_THE_FUNCTION, timeout = "5s", breaker = false)]
    async fn look_up(script: &Script<Error>) -> Result<u32, Error> {
        tokio::time::sleep(Duration::from_secs(4)).await;
        script.run()
    }

    #[retry(upstream = INDEX, timeout = false, policy = "conservative", base_delay = 0)]
    async fn check(script: &Script<Error>) -> Result<u32, Error> {
        tokio::time::sleep(Duration::from_mins(1)).await;
        script.run()
    }

    let script = busy(9);
    assert_eq!(look_up(&script).await, Err(Busy));
    assert_eq!(script.runs(), 2);
    assert_eq!((tokens(&OF_THE_FUNCTION), tokens(&OF_THE_SERVICE)), (0, 500));
    assert_eq!(CIRCUIT.tally().calls, 0);

    let script = busy(3);
    assert_eq!(check(&script).await, Ok(4));
    assert_eq!(CIRCUIT.tally().calls, 4);
}

struct Client {
    upstream: Arc<Upstream>,
}

#[retry(upstream = self.upstream, timeout = "2s", breaker = false)]
impl Client {
    #[retry]
    async fn get(&self, script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(breaker = self.breaker(), upstream = false, timeout = false, base_delay = 0)]
    async fn alone(&self, script: &Script<Error>) -> Result<u32, Error> {
        tokio::time::sleep(Duration::from_mins(1)).await;
        script.run()
    }

    #[retry(timeout = "1s")]
    async fn hang(&self) -> Result<u32, Error> {
        pending().await
    }

    fn breaker(&self) -> &CircuitBreaker {
        self.upstream.layers().breaker.expect("it has one")
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_may_have_an_upstream_of_its_own() {
    let upstream = Upstream::owning("hosts", Budget::new().with_capacity(10))
        .with_policy(AT_ONCE.with_max_retries(9))
        .breaker(CircuitBreaker::new())
        .bulkhead(Bulkhead::new(1));
    let client = Client { upstream: Arc::new(upstream) };
    let layers = client.upstream.layers();
    let counts = layers.counts.expect("it counts");

    assert_eq!(client.get(&busy(9)).await, Err(Busy));
    assert_eq!((tokens(layers.budget), counts.calls(), counts.retries()), (0, 1, 2));
    assert_eq!(layers.breaker.map(|breaker| breaker.tally().calls), Some(0), "it is left out");
    assert_eq!(client.alone(&busy(1)).await, Ok(2));
    assert_eq!(layers.breaker.map(|breaker| breaker.tally().calls), Some(2));
    assert_eq!(counts.calls(), 1, "a function that left the upstream out");
    let began = Instant::now();
    assert_eq!(client.hang().await, Err(Rejected(Rejection::TimedOut)));
    assert_eq!(began.elapsed(), Duration::from_secs(1), "its budget is used up");
    assert_eq!(layers.bulkhead.map(Bulkhead::available), Some(1));
}

#[test]
fn a_blocking_function_hands_the_limit_to_its_socket() {
    static SLOW: Upstream = Upstream::new("slow", &Budget::UNLIMITED)
        .with_policy(AT_ONCE)
        .with_timeout(Duration::from_secs(3));

    #[retry(upstream = SLOW, timeout = false, context = attempt)]
    fn ask(limits: &mut Vec<Option<Duration>>) -> Result<u32, Error> {
        limits.push(attempt.time_limit());
        if attempt.is_first() { Err(Busy) } else { Ok(1) }
    }

    #[retry(upstream = SLOW, timeout = false, deadline = "1s", context = attempt)]
    fn hurried(limit: &mut Option<Duration>) -> Result<u32, Error> {
        *limit = attempt.time_limit();
        Ok(1)
    }

    let (mut limits, mut limit) = (Vec::new(), None);
    assert_eq!(ask(&mut limits), Ok(1));
    assert_eq!(limits, [Some(Duration::from_secs(3)); 2]);
    assert_eq!(hurried(&mut limit), Ok(1));
    let limit = limit.expect("it has a deadline");
    assert!(limit <= Duration::from_secs(1) && !limit.is_zero(), "{limit:?}");
}

#[test]
fn a_blocking_function_may_have_an_upstream_that_cuts_nothing() {
    static STEADY: Upstream = Upstream::new("steady", &Budget::UNLIMITED).with_policy(AT_ONCE);
    static LAZY: LazyLock<Upstream> =
        LazyLock::new(|| Upstream::owning("lazy", Budget::new()).with_policy(AT_ONCE));

    #[retry(upstream = STEADY)]
    fn steady(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(upstream = LAZY)]
    fn lazy(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    assert_eq!((steady(&busy(9)), lazy(&busy(2))), (Err(Busy), Ok(3)));
    assert_eq!(LAZY.layers().counts.map(Counts::retries), Some(2));
}

#[tokio::test(start_paused = true)]
async fn closures_have_what_their_upstream_has() {
    static RETRIES: Budget = Budget::new();
    static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    static PLACES: Bulkhead = Bulkhead::new(1);
    static COUNTS: Counts = Counts::new();
    static MAPS: Upstream = Upstream::new("maps", &RETRIES)
        .with_policy(AT_ONCE)
        .with_timeout(Duration::from_millis(100))
        .with_breaker(&CIRCUIT)
        .with_bulkhead(&PLACES)
        .with_counts(&COUNTS);

    let mut names = Vec::new();
    let outcome = MAPS
        .retry(async || {
            assert_eq!(PLACES.available(), 0);
            Err::<u8, _>(Busy)
        })
        .on_retry(|event| names.push(event.upstream()))
        .await;
    assert_eq!(outcome, Err(Busy));
    assert_eq!(names, [Some("maps"); 3]);
    assert_eq!((tokens(&RETRIES), CIRCUIT.tally().calls, PLACES.available()), (485, 4, 1));
    assert_eq!((COUNTS.calls(), COUNTS.retries()), (1, 3));

    let began = Instant::now();
    let hung = MAPS.retry(pending::<Result<u8, Error>>).timeout(Duration::from_secs(1)).await;
    assert_eq!(
        (hung, began.elapsed()),
        (Err(Rejected(Rejection::TimedOut)), Duration::from_secs(4))
    );
    let hung = MAPS.retry_blocking(|| Ok::<_, Error>(PLACES.available())).call();
    assert_eq!(hung, Ok(0));
    let limit = MAPS.retry_blocking_with_context(|attempt| Ok::<_, Error>(attempt.time_limit()));
    assert_eq!(limit.call(), Ok(Some(Duration::from_millis(100))));
    let number =
        MAPS.retry_with_context(|attempt: Arc<Attempt>| ready(Ok::<_, Error>(attempt.number())));
    assert_eq!(number.into_future().await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn events_name_the_upstream() {
    static NEWS: Upstream = Upstream::new("news", &Budget::UNLIMITED).with_policy(AT_ONCE);

    #[retry(
        upstream = NEWS,
        on_retry = |event| seen.push((event.upstream(), event.kind())),
        on_give_up = |event| seen.push((event.upstream(), event.kind()))
    )]
    async fn read(seen: &mut Vec<(Option<&'static str>, EventKind)>) -> Result<u32, Error> {
        Err(Busy)
    }

    let mut seen = Vec::new();
    assert_eq!(read(&mut seen).await, Err(Busy));
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|(upstream, _)| *upstream == Some("news")));
}

/// Within an attempt, a further call through the same upstream takes no second permit.
#[tokio::test(start_paused = true)]
async fn get_or_create_under_one_permit() {
    static ONE: Bulkhead = Bulkhead::new(1);
    static USERS: Upstream =
        Upstream::new("users", &Budget::UNLIMITED).with_policy(AT_ONCE).with_bulkhead(&ONE);

    #[retry(upstream = USERS)]
    async fn get(name: &str) -> Result<Option<usize>, Error> {
        tokio::task::yield_now().await;
        Ok((name == "known").then_some(1))
    }

    #[retry(upstream = USERS)]
    async fn create(name: &str) -> Result<usize, Error> {
        tokio::task::yield_now().await;
        Ok(name.len())
    }

    #[retry(upstream = USERS)]
    async fn get_or_create(name: &str) -> Result<usize, Error> {
        match get(name).await? {
            Some(id) => Ok(id),
            None => create(name).await,
        }
    }

    assert_eq!(get_or_create("known").await, Ok(1));
    assert_eq!(get_or_create("unknown").await, Ok(7));
    let spawned = tokio::spawn(get("known"));
    let permit = ONE.try_acquire();
    assert_eq!(spawned.await.expect("no panic"), Err(Rejected(Rejection::BulkheadFull)));
    drop(permit);
}

/// What an inner call gave up on, the outer one does not retry: attempts would multiply.
#[tokio::test(start_paused = true)]
async fn what_an_inner_call_gave_up_on_is_not_retried_by_the_outer() {
    static COUNTS: Counts = Counts::new();
    static USERS: Upstream =
        Upstream::new("users", &Budget::UNLIMITED).with_policy(AT_ONCE).with_counts(&COUNTS);

    #[retry(upstream = USERS)]
    async fn inner(script: &Script<Error>) -> Result<u32, Error> {
        tokio::task::yield_now().await;
        script.run()
    }

    #[retry(upstream = USERS)]
    async fn outer(script: &Script<Error>) -> Result<u32, Error> {
        tokio::task::yield_now().await;
        inner(script).await
    }

    #[retry(upstream = USERS)]
    fn outer_blocking(script: &Script<Error>) -> Result<u32, Error> {
        inner_blocking(script)
    }

    #[retry(upstream = USERS)]
    fn inner_blocking(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let script = busy(99);
    assert_eq!(outer(&script).await, Err(Busy));
    assert_eq!(script.runs(), 4);
    assert_eq!((COUNTS.calls(), COUNTS.retries()), (2, 3));
    let script = busy(99);
    assert_eq!(outer_blocking(&script), Err(Busy));
    assert_eq!(script.runs(), 4);
    let script = busy(3);
    assert_eq!(outer(&script).await, Ok(4), "what the inner call recovered from is no failure");
}

/// A client whose service hangs, fails, and answers in turn.
struct Fickle {
    upstream: Upstream,
    runs: Cell<u32>,
}

impl Fickle {
    fn new() -> Self {
        let upstream = Upstream::owning("fickle", Budget::new().with_capacity(100))
            .with_policy(AT_ONCE)
            .with_timeout(Duration::from_secs(1))
            .breaker(CircuitBreaker::new())
            .bulkhead(Bulkhead::new(1).with_max_queue(1));
        Self { upstream, runs: Cell::new(0) }
    }

    #[retry(upstream = self.upstream, base_delay = 1, jitter = "none")]
    async fn outer(&self) -> Result<u32, Error> {
        tokio::time::sleep(Duration::from_millis(10)).await;
        self.inner().await
    }

    #[retry(upstream = self.upstream)]
    async fn inner(&self) -> Result<u32, Error> {
        self.runs.set(self.runs.get() + 1);
        match self.runs.get() % 3 {
            1 => pending().await,
            2 => Err(Busy),
            _ => Ok(self.runs.get()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_any_poll_leaves_nothing_behind() {
    let mut ended = 0;
    for polls in 0..16 {
        let client = Fickle::new();
        let layers = client.upstream.layers();
        let bulkhead = layers.bulkhead.expect("it has one");
        let mut permit = bulkhead.try_acquire().ok();
        {
            let mut call = std::pin::pin!(client.outer());
            for poll in 0..polls {
                let now = poll_fn(|context| Poll::Ready(call.as_mut().poll(context)));
                if now.await.is_ready() {
                    ended += 1;
                    break;
                }
                if poll == 1 {
                    permit.take();
                }
                tokio::time::advance(Duration::from_millis(600)).await;
            }
        }
        drop(permit);
        assert_eq!((bulkhead.available(), bulkhead.waiting()), (1, 0), "after {polls} polls");
        assert!(tokens(layers.budget) >= 80, "after {polls} polls");
        client.runs.set(2);
        assert_eq!(client.outer().await, Ok(3), "after {polls} polls: it works as before");
    }
    assert!(ended > 0, "some calls were polled to their end");
}

#[tokio::test(start_paused = true)]
async fn a_closure_leaves_out_what_its_upstream_brings() {
    static SPENT: Budget = Budget::new().with_capacity(5);
    static OPEN: CircuitBreaker = CircuitBreaker::new();
    static FULL: Bulkhead = Bulkhead::new(1);
    static DOWN: Upstream = Upstream::new("down", &SPENT)
        .with_policy(Policy::DEFAULT.with_max_retries(1).with_base_delay(Duration::ZERO))
        .with_timeout(Duration::from_secs(1))
        .with_breaker(&OPEN)
        .with_bulkhead(&FULL);

    OPEN.force_open();
    let _held = FULL.try_acquire();
    let spent = SPENT.try_acquire(Cause::Failure);
    assert!(SPENT.try_acquire(Cause::Failure).is_none());
    let calls = Cell::new(0);
    let slow = || {
        calls.set(calls.get() + 1);
        let is_first = calls.get() == 1;
        async move {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if is_first { Err(Rejection::TimedOut) } else { Ok(7) }
        }
    };
    assert_eq!(DOWN.retry(slow).await, Err(Rejection::BulkheadFull));
    let refused = DOWN.retry(slow).without_bulkhead().await;
    assert!(matches!(refused, Err(Rejection::CircuitOpen { .. })));
    let cut = DOWN.retry(slow).without_bulkhead().without_breaker().await;
    assert_eq!((cut, calls.take()), (Err(Rejection::TimedOut), 1));
    let refused = DOWN.retry(slow).without_bulkhead().without_breaker().without_timeout().await;
    assert_eq!((refused, calls.take()), (Err(Rejection::TimedOut), 1));
    let bare = DOWN.retry(slow).without_bulkhead().without_breaker().without_timeout();
    assert_eq!(bare.without_budget().await, Ok(7));
    drop(spent);
}
