//! A real client with the middleware, against an axum server on loopback.
#![deny(warnings, clippy::pedantic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::any;
use persevere::reqwest_middleware::RetryMiddleware;
use persevere::testing::{self, Recorder};
use persevere::{Policy, Rejection, rejection};
use reqwest::{Body, Client, Method};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;

use super::table;

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(2);

/// Answers what it is sent; the number of requests it has got.
async fn echo() -> (String, Arc<AtomicUsize>) {
    let count = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&count);
    let answer = move |body: String| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { body }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, Router::new().fallback(any(answer))).await });
    (url, count)
}

fn client() -> ClientWithMiddleware {
    let plain = Client::builder().no_proxy().build().unwrap();
    ClientBuilder::new(plain).with(RetryMiddleware::new(AT_ONCE).name("orders")).build()
}

#[tokio::test]
async fn attempts_are_broken_before_anything_is_sent() {
    let (url, count) = echo().await;
    let recorder = Recorder::new();
    let response = testing::scope(
        testing::no_waiting().recording(&recorder),
        table("orders=chaos:2*return(503)").scope(client().put(&url).body("order 7").send()),
    )
    .await;
    assert_eq!(response.unwrap().text().await.unwrap(), "order 7");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert_eq!(recorder.events().len(), 3);
    assert!(recorder.events().iter().all(|event| event.line.ends_with("[chaos]")));

    let broken = table("orders=chaos:return(permanent)");
    let error = broken.scope(client().put(&url).send()).await.unwrap_err();
    assert!(matches!(rejection(&error), Some(Rejection::Fault(_))), "{error:?}");

    // It is judged as an error of the network is: the request may have arrived.
    let once = table("orders=chaos:1*return(503)");
    let error = once.scope(client().post(&url).send()).await.unwrap_err();
    assert!(matches!(rejection(&error), Some(Rejection::Fault(_))), "{error:?}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_name_and_a_body_that_cannot_be_copied_are_left_alone() {
    let (url, count) = echo().await;
    let recorder = Recorder::new();
    testing::scope(testing::no_waiting().recording(&recorder), async {
        let elsewhere = table("mails=chaos:return");
        assert!(elsewhere.scope(client().put(&url).send()).await.is_ok());
        let streamed = Body::wrap_stream(futures::stream::iter([Ok::<_, std::io::Error>("7")]));
        let request = client().request(Method::PUT, &url).body(streamed);
        let response = table("orders=chaos:return").scope(request.send()).await;
        assert_eq!(response.unwrap().text().await.unwrap(), "7");
    })
    .await;
    assert_eq!(count.load(Ordering::SeqCst), 2);
    recorder.assert("nothing failed");
}

#[tokio::test]
async fn a_delay_comes_before_the_request() {
    let (url, count) = echo().await;
    let from = Instant::now();
    let delayed = table("orders=chaos:1*sleep(20ms)");
    delayed.scope(client().put(&url).send()).await.unwrap();
    assert!(from.elapsed() >= Duration::from_millis(20));
    assert_eq!(count.load(Ordering::SeqCst), 1);
}
