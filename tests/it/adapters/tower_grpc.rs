//! A client of tonic under the layers: a real server on loopback, whose messages are the requests.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use futures::future::{BoxFuture, join_all};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use persevere::tower::{BoxError, BulkheadLayer, HedgeLayer, RetryLayer};
use persevere::{Bulkhead, Hedge, Policy, Verdict};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _, service_fn};

use super::grpc_server::{Server, order_state};

const QUICK: Policy = Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::from_millis(1));

/// The client as a service from a message to a message: what generated code sends is cloned, and
/// not the stream of bytes that it becomes.
fn client(
    channel: Channel,
) -> impl Service<&'static str, Response = String, Error = Status, Future: Send> + Clone {
    ServiceBuilder::new().layer(RetryLayer::new(QUICK).name("orders")).service(service_fn(
        move |name: &'static str| {
            let channel = channel.clone();
            async move { order_state(&channel, name).await }
        },
    ))
}

#[tokio::test]
async fn a_call_is_retried_by_its_status() {
    let server = Server::start(0).await;
    let client = client(server.client());

    server.will_answer([Err(Status::unavailable("starting")), Ok("shipped")]);
    assert_eq!(client.clone().oneshot("order-7").await.ok().as_deref(), Some("shipped"));
    assert_eq!(server.answers_left(), 0);

    server.will_answer([Err(Status::not_found("no such order")), Ok("never asked for")]);
    let refused = client.clone().oneshot("order-8").await.expect_err("it is not there");
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(server.answers_left(), 1);

    server.will_answer(vec![Err(Status::unavailable("down")); 4]);
    let gave_up = client.oneshot("order-9").await.expect_err("it stays down");
    assert_eq!(gave_up.code(), Code::Unavailable);
    assert_eq!(server.answers_left(), 1, "three attempts");
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_call_is_retried() {
    let server = Server::start(1).await;
    server.will_answer([Ok("shipped")]);
    let state = client(server.client()).oneshot("order-7").await;
    assert_eq!(state.ok().as_deref(), Some("shipped"));
}

type Request = http::Request<Bytes>;
type Response = http::Response<Body>;

/// Answers each call after a second, the first few by `UNAVAILABLE`.
#[derive(Clone)]
struct Slow {
    failures_left: Arc<AtomicUsize>,
}

impl NamedService for Slow {
    const NAME: &'static str = "shop.Orders";
}

impl Service<http::Request<Body>> for Slow {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        let failures_left = Arc::clone(&self.failures_left);
        Box::pin(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let less = |left: usize| left.checked_sub(1);
            let fails = failures_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            let status = if fails.is_ok() { Status::unavailable("busy") } else { Status::ok("") };
            Ok(status.into_http())
        })
    }
}

/// A channel that carries one call at a time, to such a server in the same process: so time can be
/// paused.
fn narrow_channel(failures: usize) -> Channel {
    let slow = Slow { failures_left: Arc::new(failures.into()) };
    let connect = service_fn(move |_: http::Uri| {
        let (here, there) = tokio::io::duplex(64 * 1024);
        let incoming = tokio_stream::once(Ok::<_, io::Error>(there));
        let server = tonic::transport::Server::builder().add_service(slow.clone());
        tokio::spawn(server.serve_with_incoming(incoming));
        std::future::ready(Ok::<_, io::Error>(TokioIo::new(here)))
    });
    Endpoint::from_static("http://in.memory")
        .concurrency_limit(1)
        .buffer_size(1)
        .connect_with_connector_lazy(connect)
}

fn call() -> Request {
    http::Request::post("http://in.memory/shop.Orders/State").body(Bytes::new()).unwrap()
}

fn is_unavailable(response: &Response) -> bool {
    response.headers().get("grpc-status").is_some_and(|status| status == "14")
}

/// The channel reserves a slot when it is polled ready. Were that held by a call that waits for its
/// permit, for its retry or for its hedge, nothing would go on.
#[tokio::test(start_paused = true)]
async fn calls_through_all_layers_end_over_a_channel_that_carries_one_at_a_time() {
    const DAY: Duration = Duration::from_hours(24);
    static HEDGE: Hedge = Hedge::after(Duration::from_millis(500));
    let policy = QUICK.with_max_retries(9).with_base_delay(Duration::from_secs(1));
    let retries = || {
        RetryLayer::new(policy).classify(|outcome: Result<&Response, &BoxError>| {
            Verdict::from(outcome.map_or(true, is_unavailable))
        })
    };
    for calls in [2, 20] {
        for (failures, is_hedged) in [(1, false), (3, false), (3, true)] {
            let one: &'static Bulkhead =
                Box::leak(Box::new(Bulkhead::new(1).with_max_queue(calls)));
            let channel = narrow_channel(failures)
                .map_request(|request: Request| request.map(|body| Body::new(Full::new(body))))
                .map_err(BoxError::from);
            let outcomes = if is_hedged {
                let hedged = HedgeLayer::new(&HEDGE).layer(channel.map_err(|_| Lost));
                let service = ServiceBuilder::new()
                    .layer(BulkheadLayer::new(one))
                    .layer(retries())
                    .service(hedged.map_err(BoxError::from));
                let calls = (0..calls).map(|_| service.clone().oneshot(call()));
                tokio::time::timeout(DAY, join_all(calls)).await
            } else {
                let service = ServiceBuilder::new()
                    .layer(BulkheadLayer::new(one))
                    .layer(retries())
                    .service(channel);
                let calls = (0..calls).map(|_| service.clone().oneshot(call()));
                tokio::time::timeout(DAY, join_all(calls)).await
            };
            let outcomes = outcomes.unwrap_or_else(|_| panic!("{calls} calls deadlocked"));
            for outcome in outcomes {
                assert!(!is_unavailable(&outcome.expect("the channel stays connected")));
            }
            assert_eq!(one.available(), 1);
        }
    }
}

/// What a hedge asks for its class.
#[derive(Debug)]
struct Lost;

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no answer")
    }
}

impl std::error::Error for Lost {}

impl persevere::Classify for Lost {
    fn classify(&self) -> Verdict {
        Verdict::TRANSIENT
    }
}
