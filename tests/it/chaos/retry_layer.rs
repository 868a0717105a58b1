//! A real client as a `tower` service with a `RetryLayer`, against an axum server on loopback; and services that
//! count.
#![deny(warnings, clippy::pedantic)]

use std::future::{Ready, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use persevere::testing::{self, Recorder};
use persevere::tower::{BoxError, RetryLayer};
use persevere::{Classify as _, Policy, Rejection, Verdict, rejection};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tower::limit::ConcurrencyLimit;
use tower::{Service, ServiceBuilder, ServiceExt as _, service_fn};

use super::table;
use crate::support::recorded::Recording;

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(2);

#[tokio::test]
async fn attempts_of_a_real_client_are_broken_before_anything_is_sent() {
    let count = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&count);
    let answer = move || {
        counted.fetch_add(1, Ordering::SeqCst);
        async { "here" }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(any(answer))).await });

    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let retries = RetryLayer::new(AT_ONCE)
        .classify(|outcome: Result<&reqwest::Response, &BoxError>| match outcome {
            Ok(_) => Verdict::PERMANENT,
            Err(error) => rejection(&**error).map_or(Verdict::TRANSIENT, |it| it.classify()),
        })
        .clone_request(reqwest::Request::try_clone)
        .name("files")
        .faults();
    let client = ServiceBuilder::new().layer(retries).map_err(BoxError::from).service(plain);
    let request = || reqwest::Request::new(reqwest::Method::GET, url.parse().unwrap());

    let recorder = Recorder::new();
    let answer = testing::scope(
        testing::no_waiting().recording(&recorder),
        table("files=chaos:2*return(503)").scope(client.clone().oneshot(request())),
    )
    .await;
    assert_eq!(answer.unwrap().text().await.unwrap(), "here");
    assert_eq!((count.load(Ordering::SeqCst), recorder.events().len()), (1, 3));
    let lines: Vec<_> = recorder.events().iter().map(|event| event.line.clone()).collect();
    assert!(lines.iter().all(|line| line.ends_with("[chaos]")), "{lines:?}");

    let broken = table("files=chaos:return(permanent)");
    let error = broken.scope(client.clone().oneshot(request())).await.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(Rejection::Fault(_))), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);

    let elsewhere = table("others=chaos:return");
    assert!(elsewhere.scope(client.oneshot(request())).await.is_ok());
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_word_attempts_are_only_delayed() {
    let recording = Recording::start();
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(AT_ONCE).name("only-delayed"))
        .service(service_fn(async |request: u32| Ok::<_, Rejection>(request)));
    let from = Instant::now();
    let broken = table("only-delayed=chaos:1*sleep(3s)->return");
    let answers = broken
        .scope(async { (service.clone().oneshot(5).await, service.clone().oneshot(6).await) })
        .await;
    assert_eq!(answers, (Ok(5), Ok(6)));
    assert_eq!(from.elapsed(), Duration::from_secs(3));
    let [warning] = &recording.events()[..] else { panic!("one warning") };
    assert!(warning.fields["message"].ends_with("add `.faults()` to it"), "{warning:?}");
}

/// Ready once; then another one is.
#[derive(Clone)]
struct ReadyOnce(bool);

impl Service<u32> for ReadyOnce {
    type Response = u32;
    type Error = Rejection;
    type Future = Ready<Result<u32, Rejection>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Rejection>> {
        self.0 = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: u32) -> Self::Future {
        assert!(std::mem::take(&mut self.0), "it was not ready");
        ready(Ok(request))
    }
}

#[tokio::test(start_paused = true)]
async fn a_broken_attempt_frees_its_reservation_and_a_delayed_one_uses_it() {
    let inner = ConcurrencyLimit::new(ReadyOnce(false), 1);
    let service = RetryLayer::new(AT_ONCE).name("limited").faults();
    let service = ServiceBuilder::new().layer(service).service(inner);
    let broken = table("limited=chaos:1*return->1*sleep(1s)->1*return(permanent)");
    broken
        .scope(async {
            assert_eq!(service.clone().oneshot(5).await, Ok(5));
            assert!(matches!(service.clone().oneshot(6).await, Err(Rejection::Fault(_))));
            assert_eq!(service.clone().oneshot(7).await, Ok(7), "the permit is back");
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn dropped_in_the_delay_it_sends_nothing_and_frees_its_reservation() {
    let sent = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&sent);
    let inner = service_fn(move |request: u32| {
        counted.fetch_add(1, Ordering::SeqCst);
        ready(Ok::<_, Rejection>(request))
    });
    let inner = ConcurrencyLimit::new(inner, 1);
    let service =
        ServiceBuilder::new().layer(RetryLayer::new(AT_ONCE).name("dropped")).service(inner);
    let slow = table("dropped=chaos:1*sleep(1h)").scope(service.clone().oneshot(5));
    assert!(tokio::time::timeout(Duration::from_secs(1), slow).await.is_err());
    assert_eq!(sent.load(Ordering::SeqCst), 0);
    assert_eq!(service.oneshot(6).await, Ok(6));
    assert_eq!(sent.load(Ordering::SeqCst), 1);
}
