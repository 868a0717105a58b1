//! The layers over real clients and servers: a client of `hyper-util` and a router of axum.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::get;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use persevere::tower::{CircuitBreakerLayer, RetryLayer};
use persevere::{CircuitBreaker, Policy, Rejection};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceBuilder, ServiceExt as _};

/// Retries three times, at once.
const AT_ONCE: Policy = Policy::DEFAULT.with_max_retries(3).with_base_delay(Duration::ZERO);

type Count = Arc<AtomicUsize>;

type Bytes = Full<axum::body::Bytes>;

fn client() -> Client<HttpConnector, Bytes> {
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http()
}

/// A router whose `/` answers 503 `failures` times, then 200.
fn recovering(failures: usize) -> (Router, Count) {
    let count = Count::default();
    let counted = Arc::clone(&count);
    let answer = async move || {
        if counted.fetch_add(1, Ordering::SeqCst) < failures {
            (StatusCode::SERVICE_UNAVAILABLE, "later")
        } else {
            (StatusCode::OK, "here")
        }
    };
    (Router::new().route("/", get(answer.clone()).post(answer)), count)
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

/// Closes each connection once it has read a request.
async fn closing_server() -> (SocketAddr, Count) {
    let count = Count::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let read = stream.read(&mut [0; 1024]).await;
            counted.fetch_add(usize::from(read.is_ok_and(|read| read > 0)), Ordering::SeqCst);
        }
    });
    (address, count)
}

fn request(method: Method, address: SocketAddr) -> Request<Bytes> {
    let body = Full::from("order 7");
    Request::builder().method(method).uri(format!("http://{address}/")).body(body).unwrap()
}

#[tokio::test]
async fn a_hyper_client_gets_the_response_that_came_at_last() {
    let (router, count) = recovering(2);
    let address = serve(router).await;
    let service = RetryLayer::http(AT_ONCE).layer(client());
    let response = service.oneshot(request(Method::POST, address)).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "here");
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_connection_that_is_closed_is_tried_again_if_the_method_is_idempotent() {
    for (method, attempts) in [(Method::GET, 4), (Method::POST, 1)] {
        let (address, count) = closing_server().await;
        let service = RetryLayer::http(AT_ONCE).layer(client());
        assert!(service.oneshot(request(method, address)).await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), attempts);
    }
}

#[tokio::test]
async fn a_circuit_opens_over_a_server_that_is_down() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(4);
    let (router, count) = recovering(usize::MAX);
    let address = serve(router).await;
    // No wait is longer, so that retries do not outlast the time until a probe.
    let at_most_at_once = AT_ONCE.with_max_delay(Duration::ZERO);
    let service = ServiceBuilder::new()
        .layer(RetryLayer::http(at_most_at_once))
        .layer(CircuitBreakerLayer::http(&BREAKER))
        .service(client());
    let response = service.clone().oneshot(request(Method::GET, address)).await.unwrap();
    assert_eq!(response.status(), 503);
    let refused = service.oneshot(request(Method::GET, address)).await.unwrap_err();
    assert!(matches!(refused.downcast_ref(), Some(Rejection::CircuitOpen { .. })));
    assert_eq!(count.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_router_of_axum_retries_its_handlers() {
    let (router, count) = recovering(2);
    // A request of axum is not `Clone`: its body is a stream.
    let retries = RetryLayer::http(AT_ONCE).clone_request(|request: &Request<Body>| {
        let mut copy = Request::new(Body::empty());
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.headers_mut() = request.headers().clone();
        (request.method() == Method::GET).then_some(copy)
    });
    let address = serve(router.layer(retries)).await;
    let response = client().request(request(Method::POST, address)).await.unwrap();
    assert_eq!(response.status(), 503); // sent once
    let response = client().request(request(Method::GET, address)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(count.load(Ordering::SeqCst), 3);
}
