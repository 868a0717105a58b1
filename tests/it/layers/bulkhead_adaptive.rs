//! A bulkhead whose limit adapts: what each form of a call reports to it, and who gets the permits. The rule
//! itself is tested beside a model, in the core.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::future::pending;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use layered::poll_once;
use persevere::bulkhead::Permit;
use persevere::tower::{BoxError, BulkheadLayer, UpstreamLayer};
use persevere::{Budget, Bulkhead, Classify, Policy, Rejection, Upstream, Verdict, retry};
use scripted::Script;
use tokio::time::sleep;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);

/// Grants and ends calls until the limit is that.
fn raise(bulkhead: &Bulkhead, limit: usize) {
    while bulkhead.limit() < limit {
        let permits: Vec<_> = std::iter::from_fn(|| bulkhead.try_acquire().ok()).collect();
        permits.into_iter().for_each(Permit::succeeded);
    }
    assert_eq!((bulkhead.limit(), bulkhead.available()), (limit, limit));
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, Classify)]
#[error("too many")]
#[retry(throttled)]
struct TooMany;

#[tokio::test(start_paused = true)]
async fn a_call_that_succeeds_raises_the_limit_and_one_that_is_cut_lowers_it() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    #[retry(bulkhead = LIMITED, timeout = "1s", max_retries = 0)]
    async fn ask(takes: Duration) -> Result<u8, Error> {
        sleep(takes).await;
        Ok(1)
    }

    assert_eq!(ask(Duration::ZERO).await, Ok(1));
    assert_eq!(LIMITED.limit(), 2);
    raise(&LIMITED, 32);
    assert_eq!(ask(2 * SECOND).await, Err(Error::Rejected(Rejection::TimedOut)));
    assert_eq!((LIMITED.limit(), LIMITED.available()), (28, 28));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_around_the_call_is_a_drop_and_a_caller_that_goes_away_is_nothing() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    #[retry(bulkhead = LIMITED)]
    async fn hang() -> Result<u8, Error> {
        pending().await
    }

    #[retry(deadline = "1s", base_delay = 0)]
    async fn around() -> Result<u8, Error> {
        hang().await
    }

    raise(&LIMITED, 32);
    poll_once(hang());
    assert_eq!((LIMITED.limit(), LIMITED.available()), (32, 32));
    around().await.expect_err("it was cut");
    assert_eq!((LIMITED.limit(), LIMITED.available()), (28, 28));
}

#[test]
fn a_throttled_attempt_is_a_drop_and_a_permanent_failure_an_answer() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    #[retry(bulkhead = LIMITED, base_delay = 0, max_retries = 2)]
    fn throttled(script: &Script<TooManyOr>) -> Result<u32, TooManyOr> {
        script.run()
    }

    raise(&LIMITED, 32);
    // Both attempts of the call count: the second one began after the first decrease.
    let script = Script::of([TooManyOr::TooMany(TooMany), TooManyOr::TooMany(TooMany)]);
    assert_eq!(throttled(&script), Ok(3));
    assert_eq!(LIMITED.limit(), 25);

    LIMITED.reset();
    assert_eq!(LIMITED.limit(), 1);
    throttled(&Script::of([TooManyOr::Broken])).expect_err("it is permanent");
    assert_eq!((LIMITED.limit(), LIMITED.available()), (2, 2));
}

#[derive(Debug, PartialEq, thiserror::Error, Classify)]
enum TooManyOr {
    #[error("{0}")]
    #[retry(throttled)]
    TooMany(TooMany),
    #[error("broken")]
    #[retry(permanent)]
    Broken,
    #[error("{0}")]
    #[retry(forward)]
    Rejected(#[from] Rejection),
}

#[test]
fn what_an_error_says_itself_counts_though_the_function_does_not_retry_it() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    #[retry(bulkhead = LIMITED, on = TooManyOr::Broken, base_delay = 0)]
    fn ask() -> Result<u32, TooManyOr> {
        Err(TooManyOr::TooMany(TooMany))
    }

    raise(&LIMITED, 32);
    ask().expect_err("it is not retried");
    assert_eq!(LIMITED.limit(), 28);
}

#[tokio::test(start_paused = true)]
async fn single_transient_failures_change_nothing() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    #[retry(bulkhead = LIMITED, base_delay = 0, max_retries = 1)]
    async fn ask(failure: Error) -> Result<u8, Error> {
        Err(failure)
    }

    raise(&LIMITED, 32);
    assert_eq!(ask(Busy).await, Err(Busy));
    assert_eq!(LIMITED.limit(), 32);
    assert_eq!(ask(Broken).await, Err(Broken));
    assert_eq!(ask(Busy).await, Err(Busy)); // which makes four of five
    assert_eq!(LIMITED.limit(), 28, "more than a tenth of a round trip");
}

#[tokio::test(start_paused = true)]
async fn closures_report_as_functions_do() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    let once = Policy::DEFAULT.with_max_retries(0);
    let answer = once.retry(async || Ok::<u8, Error>(1)).bulkhead(&LIMITED).await;
    assert_eq!((answer, LIMITED.limit()), (Ok(1), 2));
    let answer = once.retry_blocking(|| Ok::<u8, Error>(1)).bulkhead(&LIMITED).call();
    assert_eq!((answer, LIMITED.available()), (Ok(1), 2));
    raise(&LIMITED, 32);
    let cut = once.retry(pending::<Result<u8, Error>>).timeout(SECOND).bulkhead(&LIMITED).await;
    assert_eq!((cut, LIMITED.limit()), (Err(Error::Rejected(Rejection::TimedOut)), 28));
    let throttled = || Err::<u8, _>(TooManyOr::TooMany(TooMany));
    once.retry_blocking(throttled).bulkhead(&LIMITED).call().expect_err("it is throttled");
    assert_eq!((LIMITED.limit(), LIMITED.available()), (25, 25));
}

#[tokio::test(start_paused = true)]
async fn a_nested_call_takes_no_second_permit_and_is_part_of_its_callers_attempt() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=1);

    #[retry(bulkhead = LIMITED)]
    async fn get() -> Result<u8, Error> {
        assert_eq!(LIMITED.available(), 0);
        Ok(1)
    }

    #[retry(bulkhead = LIMITED)]
    async fn get_or_create() -> Result<u8, Error> {
        get().await
    }

    assert_eq!(get_or_create().await, Ok(1));
    assert_eq!(LIMITED.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn those_that_wait_get_the_permits_by_which_the_limit_grows() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=8).with_max_queue(10);

    let first = LIMITED.try_acquire().expect("one is free");
    let waiting = || async {
        let permit = LIMITED.acquire().await.expect("it may wait");
        let in_flight = LIMITED.limit() - LIMITED.available();
        sleep(SECOND).await;
        drop(permit);
        in_flight
    };
    let grown = async {
        sleep(SECOND / 2).await;
        assert_eq!(LIMITED.waiting(), 3);
        first.succeeded(); // the limit is 2 now: two may go
        assert_eq!((LIMITED.limit(), LIMITED.waiting(), LIMITED.available()), (2, 1, 0));
    };
    let (first, second, third, ()) = tokio::join!(waiting(), waiting(), waiting(), grown);
    assert_eq!((first, second, third), (2, 2, 1), "the third had one of theirs");
    assert_eq!(LIMITED.available(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_cuts_nobody_in_flight() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=10).with_max_queue(10);

    raise(&LIMITED, 10);
    let mut permits: Vec<_> = std::iter::from_fn(|| LIMITED.try_acquire().ok()).collect();
    assert_eq!(permits.len(), 10);
    let mut queued = Box::pin(LIMITED.acquire());
    poll_once(queued.as_mut());
    permits.pop().expect("there are ten").failed(Verdict::THROTTLED);
    assert_eq!((LIMITED.limit(), LIMITED.available(), LIMITED.waiting()), (9, 0, 1));
    drop(permits.pop());
    assert_eq!(LIMITED.waiting(), 0, "eight, and the one that waited");
    assert!(queued.await.is_ok());
    drop(permits);
    assert_eq!(LIMITED.available(), 9);
}

#[test]
fn threads_wait_for_it_as_tasks_do() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(2..=4).with_max_queue(100);

    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for number in 0..200_u32 {
                    let permit = LIMITED.acquire_blocking().expect("it may wait");
                    assert!(LIMITED.limit() <= 4);
                    match number % 50 {
                        0 => permit.cut(),
                        1 => drop(permit),
                        _ => permit.succeeded(),
                    }
                }
            });
        }
    });
    assert_eq!((LIMITED.waiting(), LIMITED.available()), (0, LIMITED.limit()));
}

/// A service that fails as it is asked to.
async fn service(request: Result<u8, Verdict>) -> Result<u8, Answer> {
    request.map_err(Answer)
}

#[derive(Debug, thiserror::Error)]
#[error("{0:?}")]
struct Answer(Verdict);

impl Classify for Answer {
    fn classify(&self) -> Verdict {
        self.0
    }
}

#[tokio::test(start_paused = true)]
async fn a_tower_layer_of_an_upstream_reports_each_attempt() {
    let upstream = Upstream::owning("search", Budget::UNLIMITED)
        .bulkhead(Bulkhead::adaptive(1..=40))
        .with_policy(Policy::DEFAULT.with_max_retries(1))
        .with_timeout(SECOND);
    let upstream = Arc::new(upstream);
    let limit = || upstream.layers().bulkhead.map(Bulkhead::limit);
    let client = ServiceBuilder::new()
        .layer(UpstreamLayer::new(Arc::clone(&upstream)))
        .service(service_fn(service));

    assert_eq!(client.clone().oneshot(Ok(3)).await.unwrap(), 3);
    assert_eq!(limit(), Some(2));
    raise(upstream.layers().bulkhead.expect("it has one"), 32);
    client.clone().oneshot(Err(Verdict::PERMANENT)).await.unwrap_err();
    assert_eq!(limit(), Some(32));
    client.clone().oneshot(Err(Verdict::THROTTLED)).await.unwrap_err();
    assert_eq!(limit(), Some(25), "two attempts");

    let slow = ServiceBuilder::new()
        .layer(UpstreamLayer::new(Arc::clone(&upstream)))
        .service(service_fn(|(): ()| pending::<Result<u8, Answer>>()));
    slow.oneshot(()).await.unwrap_err();
    assert_eq!(limit(), Some(19), "two that were cut");
    assert_eq!(upstream.layers().bulkhead.map(Bulkhead::available), Some(19));
}

#[tokio::test(start_paused = true)]
async fn a_tower_layer_alone_knows_of_answers_and_timeouts() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(1..=40);

    let client = ServiceBuilder::new().layer(BulkheadLayer::new(&LIMITED)).service(service_fn(
        async |failure: Option<Rejection>| match failure {
            None => Ok(1),
            Some(rejection) => Err(BoxError::from(rejection)),
        },
    ));
    assert_eq!(client.oneshot(None).await.unwrap(), 1);
    assert_eq!(LIMITED.limit(), 2);
    raise(&LIMITED, 32);
    client.oneshot(Some(Rejection::BulkheadFull)).await.unwrap_err();
    assert_eq!(LIMITED.limit(), 32);
    client.oneshot(Some(Rejection::TimedOut)).await.unwrap_err();
    assert_eq!((LIMITED.limit(), LIMITED.available()), (28, 28));
}

/// A service that does four calls at a time in a tenth of a second, the others after them.
#[tokio::test(start_paused = true)]
async fn by_latency_the_limit_stays_near_what_the_service_does_at_a_time() {
    static LIMITED: Bulkhead = Bulkhead::adaptive(2..=100).with_gradient().with_max_queue(1_000);
    static AT_A_TIME: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(4);

    #[retry(bulkhead = LIMITED)]
    async fn ask() -> Result<u8, Error> {
        let _turn = AT_A_TIME.acquire().await.expect("it is open");
        sleep(SECOND / 10).await;
        Ok(1)
    }

    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..1_000 {
        calls.spawn(ask());
    }
    let mut limits = Vec::new();
    while let Some(answer) = calls.join_next().await {
        assert_eq!(answer.unwrap(), Ok(1));
        limits.push(LIMITED.limit());
    }
    let late = &limits[500..900];
    assert!(late.iter().all(|limit| (4..=16).contains(limit)), "{late:?}");
}
