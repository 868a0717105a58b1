//! A closure that judges by an error's own verdict waits as long as that says, as the attribute does,
//! also if it hands on no more than `true`; and asks nothing of types that do not classify themselves.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use persevere::closure::{By, Judge};
use persevere::http::HttpError;
use persevere::{Class, Classify, Jitter, Policy, Verdict, retry};
use tokio::time::Instant;

const STEADY: Policy = Policy::CONSERVATIVE.with_max_retries(1); // 5 s
const GENTLE: Policy = STEADY.with_base_delay(Duration::from_secs(20));

/// 429 with `Retry-After: 60`, or without.
fn too_many_requests(retry_after: Option<&'static str>) -> HttpError {
    let headers = retry_after.map(|value| (RETRY_AFTER, HeaderValue::from_static(value)));
    HttpError::new(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::from_iter(headers))
}

/// The only wait of a call that fails so, in seconds; `None` if it makes none.
fn wait<V: Into<Verdict>>(error: &HttpError, judge: impl FnMut(&&HttpError) -> V) -> Option<u64> {
    let mut waits = Vec::new();
    let call = STEADY.retry_blocking(|| Err::<(), _>(error)).on(judge).throttled(GENTLE);
    assert!(call.sleep(|wait| waits.push(wait.as_secs())).call().is_err());
    assert!(waits.len() <= 1);
    waits.pop()
}

#[test]
fn what_a_verdict_knows_is_heard_when_it_is_asked() {
    let sixty = too_many_requests(Some("60"));
    assert_eq!(wait(&sixty, |error| error.classify().is_retryable()), Some(60));
    assert_eq!(wait(&sixty, |error| error.classify().class() != Class::Permanent), Some(60));
    assert_eq!(
        wait(&sixty, |error| matches!(error.classify().class(), Class::Throttled)),
        Some(60)
    );
    assert_eq!(wait(&sixty, |error| error.status().is_some() && is_worth_it(error)), Some(60));
    assert_eq!(wait(&sixty, |error| error.classify()), Some(60));
    // Throttling alone, too: the schedule is the gentle one.
    let none = too_many_requests(None);
    assert_eq!(wait(&none, |error| error.classify().is_retryable()), Some(20));
    // A false counts as well, and a closure that asks nothing decides alone.
    assert_eq!(wait(&sixty, |error| !error.classify().is_retryable()), None);
    assert_eq!(wait(&sixty, |_| true), Some(5));
    assert_eq!(wait(&sixty, |_| Verdict::THROTTLED), Some(20));
    // Its own verdict takes precedence over the one that it asked for.
    let own = |error: &&HttpError| {
        let _ = error.classify().is_retryable();
        Verdict::TRANSIENT.with_retry_after(Duration::from_secs(7))
    };
    assert_eq!(wait(&sixty, own), Some(20)); // throttled, so the gentle schedule, which is longer
}

fn is_worth_it(error: &HttpError) -> bool {
    error.classify().is_retryable()
}

#[tokio::test(start_paused = true)]
async fn attribute_and_closures_wait_alike() {
    #[retry(policy = STEADY, on = error if error.classify().is_retryable())]
    async fn attribute() -> Result<(), HttpError> {
        Err(too_many_requests(Some("60")))
    }

    let began = Instant::now();
    assert!(attribute().await.is_err());
    assert_eq!(began.elapsed().as_secs(), 60);
    let began = Instant::now();
    let closure = STEADY.retry(async || Err::<(), _>(too_many_requests(Some("60"))));
    assert!(closure.on(|error| error.classify().is_retryable()).await.is_err());
    assert_eq!(began.elapsed().as_secs(), 60);
    let began = Instant::now();
    let closure = STEADY.retry(async || Err::<(), _>(too_many_requests(Some("60"))));
    assert!(closure.when(|error| error.classify().is_retryable()).await.is_err());
    assert_eq!(began.elapsed().as_secs(), 60);
}

#[test]
fn conditions_add_up_and_retried_values_are_asked_too() {
    let mut waits = Vec::new();
    let outcome = STEADY
        .retry_blocking(|| Err::<(), _>(too_many_requests(Some("60"))))
        .on(|error| error.status() == Some(StatusCode::TOO_MANY_REQUESTS))
        .when(Classify::classify)
        .sleep(|wait| waits.push(wait.as_secs()))
        .call();
    assert!(outcome.is_err());
    let outcome = STEADY
        .retry_blocking(|| Ok::<_, HttpError>(StatusCode::TOO_MANY_REQUESTS))
        .on_ok(|status| status.classify().is_retryable())
        .throttled(GENTLE.with_jitter(Jitter::None))
        .sleep(|wait| waits.push(wait.as_secs()))
        .call();
    assert_eq!((outcome.ok(), waits), (Some(StatusCode::TOO_MANY_REQUESTS), vec![60, 20]));
}

#[test]
fn only_what_the_closure_itself_asks_about_this_failure_counts() {
    let hinted = Verdict::THROTTLED.with_retry_after(Duration::from_mins(1));
    assert!(hinted.is_retryable()); // nobody listens
    let mut first = true;
    let mut judge = STEADY.retry_blocking(|| None::<()>).on(move |_| {
        // The first failure asks, the second does not.
        if std::mem::take(&mut first) { hinted.is_retryable() } else { true }
    });
    let mut waits = Vec::new();
    judge = judge.name("asks_once");
    let _ = judge.sleep(|wait| waits.push(wait.as_secs())).call();
    assert_eq!(waits, [60]);
    // What a judge within a judge asks for stays there, also after a panic.
    let panics = || {
        let call = STEADY.retry_blocking(|| None::<()>).on(|_| -> bool {
            assert!(!hinted.is_retryable(), "on purpose");
            true
        });
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| call.call()));
        true
    };
    let mut waits = Vec::new();
    let call = STEADY.retry_blocking(|| None::<()>).on(|_| panics());
    let _ = call.sleep(|wait| waits.push(wait.as_secs())).call();
    assert_eq!(waits, [5]);
}

#[test]
fn types_that_do_not_classify_themselves_need_not() {
    #[derive(Debug, PartialEq)]
    struct Opaque;

    fn generic<E: std::fmt::Debug>(error: E) -> Result<(), E> {
        let mut error = Some(error);
        STEADY.retry_blocking(|| error.take().map_or(Ok(()), Err)).on(|_| true).sleep(|_| ()).call()
    }

    fn judges<E, J: Judge<E>>() {}

    assert_eq!(generic(Opaque), Ok(()));
    judges::<Opaque, By<fn(&Opaque) -> bool>>();
}
