//! A real client with the middleware, against an axum server on loopback, and one that hangs up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{LOCATION, RETRY_AFTER};
use axum::routing::any;
use http::Extensions;
use persevere::reqwest_middleware::{ResendCount, RetryMiddleware};
use persevere::{Budget, Jitter, Policy, retry};
use reqwest::{Body, Client, Method, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

/// Retries twice, at once.
const AT_ONCE: Policy =
    Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::ZERO).with_jitter(Jitter::None);

fn client(retries: RetryMiddleware) -> ClientWithMiddleware {
    ClientBuilder::new(plain()).with(retries).build()
}

fn plain() -> Client {
    Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap()
}

/// How many requests a server has got.
type Count = Arc<AtomicUsize>;

/// Answers `failures` times with that status and `Retry-After: 0`, then with 200 and the request's
/// own body.
async fn recovering_server(status: u16, failures: usize) -> (String, Count) {
    let count = Count::default();
    let answer = move |State(count): State<Count>, body: String| async move {
        if count.fetch_add(1, Ordering::SeqCst) < failures {
            let status = StatusCode::from_u16(status).unwrap();
            return (status, [(RETRY_AFTER, "0")], String::new());
        }
        (StatusCode::OK, [(RETRY_AFTER, "0")], body)
    };
    let router = Router::new().fallback(any(answer)).with_state(Arc::clone(&count));
    let (listener, address) = listen().await;
    tokio::spawn(async { axum::serve(listener, router).await });
    (format!("http://{address}/"), count)
}

/// Reads a little of each request, and closes the connection.
async fn closing_server() -> (String, Count) {
    let count = Count::default();
    let (listener, address) = listen().await;
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let read = stream.read(&mut [0; 1024]).await;
            counted.fetch_add(usize::from(read.is_ok_and(|read| read > 0)), Ordering::SeqCst);
        }
    });
    (format!("http://{address}/"), count)
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

#[tokio::test]
async fn a_response_that_asks_for_it_is_tried_again_with_its_body() {
    for status in [403, 408, 413, 425, 429, 503] {
        let (url, count) = recovering_server(status, 2).await;
        let response = client(RetryMiddleware::new(AT_ONCE)).post(url).body("order 7").send().await;
        assert_eq!(response.unwrap().text().await.unwrap(), "order 7");
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn the_last_response_and_permanent_ones_are_returned_as_they_are() {
    for (status, attempts) in [(503, 3), (404, 1), (409, 1)] {
        let (url, count) = recovering_server(status, 9).await;
        let response = client(RetryMiddleware::new(AT_ONCE)).get(url).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(count.load(Ordering::SeqCst), attempts);
    }
}

#[tokio::test]
async fn after_an_error_only_idempotent_requests_are_sent_again() {
    let careful = RetryMiddleware::new(AT_ONCE);
    for (retries, method, key, attempts) in [
        (careful, Method::GET, None, 3),
        (careful, Method::PUT, None, 3),
        (careful, Method::POST, None, 1),
        (careful, Method::POST, Some("7f3a"), 3),
        (careful.retry_non_idempotent(true), Method::POST, None, 3),
    ] {
        let (url, count) = closing_server().await;
        let mut request = client(retries).request(method.clone(), url);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let error = request.send().await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(count.load(Ordering::SeqCst), attempts, "{method} {key:?}");
    }
}

#[tokio::test]
async fn what_is_not_idempotent_is_sent_again_only_if_nothing_was_done() {
    let careful = RetryMiddleware::new(AT_ONCE);
    for status in [500, 501, 502, 504, 524] {
        for (retries, method, key, attempts) in [
            (careful, Method::POST, None, 1),
            (careful, Method::PATCH, None, 1),
            (careful, Method::PUT, None, 2),
            (careful, Method::POST, Some("7f3a"), 2),
            (careful.retry_non_idempotent(true), Method::POST, None, 2),
        ] {
            let (url, count) = recovering_server(status, 1).await;
            let mut request = client(retries).request(method.clone(), url);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            request.send().await.unwrap();
            assert_eq!(count.load(Ordering::SeqCst), attempts, "{method} {key:?} {status}");
        }
    }
}

/// An order that was placed is answered by 303, and the page that it leads to may be away: that no
/// connection came about does not say that nothing was done.
#[tokio::test]
async fn an_order_whose_confirmation_cannot_be_reached_is_placed_once() {
    let (listener, away) = listen().await;
    drop(listener);
    for (method, orders) in [(Method::POST, 1), (Method::PUT, 3)] {
        let placed = Count::default();
        let counted = Arc::clone(&placed);
        let confirmation = format!("http://{away}/");
        let answer = async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            (StatusCode::SEE_OTHER, [(LOCATION, confirmation)])
        };
        let (listener, address) = listen().await;
        let router = Router::new().fallback(any(answer));
        tokio::spawn(async { axum::serve(listener, router).await });
        let client = client(RetryMiddleware::new(AT_ONCE));
        let request = client.request(method.clone(), format!("http://{address}/"));
        let error = request.send().await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert_eq!(placed.load(Ordering::SeqCst), orders, "{method}");
    }
}

#[tokio::test]
async fn a_streamed_body_is_sent_once() {
    let (url, count) = recovering_server(503, 9).await;
    let stream = futures::stream::iter([Ok::<_, std::io::Error>("order 7")]);
    let request = client(RetryMiddleware::new(AT_ONCE)).put(url).body(Body::wrap_stream(stream));
    assert_eq!(request.send().await.unwrap().status(), 503);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_budget_is_asked_before_each_retry() {
    static BUDGET: Budget = Budget::new().with_capacity(5); // one retry
    let (url, count) = recovering_server(503, 9).await;
    let response = client(RetryMiddleware::new(AT_ONCE).budget(&BUDGET)).get(url).send().await;
    assert_eq!(response.unwrap().status(), 503);
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

/// Counts in the extensions how often it has run.
struct Counter;

#[derive(Clone, Debug, Default, PartialEq)]
struct Runs(u32);

#[async_trait::async_trait]
impl Middleware for Counter {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        extensions.get_or_insert_default::<Runs>().0 += 1;
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn inner_middlewares_run_in_each_attempt_and_share_the_extensions() {
    let (url, _) = recovering_server(503, 2).await;
    let client =
        ClientBuilder::new(plain()).with(RetryMiddleware::new(AT_ONCE)).with(Counter).build();
    let request = client.get(url).build().unwrap();
    let mut extensions = Extensions::new();
    let response = client.execute_with_extensions(request, &mut extensions).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(extensions.get(), Some(&Runs(3)));
}

/// Never answers.
struct Silent;

#[async_trait::async_trait]
impl Middleware for Silent {
    async fn handle(
        &self,
        _: Request,
        extensions: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        extensions.insert("left by an attempt");
        std::future::pending().await
    }
}

/// Answers 503 at once, without a server.
struct Busy;

#[async_trait::async_trait]
impl Middleware for Busy {
    async fn handle(
        &self,
        _: Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let busy = axum::http::Response::builder().status(503).body("").unwrap();
        Ok(Response::from(busy))
    }
}

/// Answers 503 after a second, without a server; counts in the extensions how often it has begun.
struct SlowlyBusy {
    begun: Count,
}

#[async_trait::async_trait]
impl Middleware for SlowlyBusy {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        extensions.get_or_insert_default::<Runs>().0 += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
        Busy.handle(request, extensions, next).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_drops_the_call_at_any_poll_keeps_its_extensions() {
    let slow = AT_ONCE.with_base_delay(Duration::from_secs(1));
    for polls in 0.. {
        let begun = Count::default();
        let client = ClientBuilder::new(plain())
            .with(RetryMiddleware::new(slow))
            .with(SlowlyBusy { begun: Arc::clone(&begun) })
            .build();
        let request = client.get("http://127.0.0.1:9/").build().unwrap();
        let mut extensions = Extensions::new();
        extensions.insert("the caller's");
        extensions.insert(Runs(0));
        let mut call = Box::pin(client.execute_with_extensions(request, &mut extensions));
        let mut has_ended = false;
        for _ in 0..polls {
            let polled = tokio::time::timeout(Duration::from_millis(250), call.as_mut()).await;
            has_ended = polled.is_ok();
            if has_ended {
                break;
            }
        }
        drop(call);
        assert_eq!(extensions.get(), Some(&"the caller's"), "after poll {polls}");
        let begun = u32::try_from(begun.load(Ordering::SeqCst)).unwrap();
        assert_eq!(extensions.get(), Some(&Runs(begun)), "after poll {polls}");
        if has_ended {
            assert_eq!(begun, 3);
            break;
        }
    }
}

/// Within an attempt, and in the wait between two.
#[tokio::test(start_paused = true)]
async fn a_caller_who_drops_the_call_keeps_its_extensions() {
    async fn dropped(inner: impl Middleware) -> Extensions {
        let client = ClientBuilder::new(plain())
            .with(RetryMiddleware::new(Policy::DEFAULT))
            .with(inner)
            .build();
        let request = client.get("http://127.0.0.1:9/").build().unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(Runs(7));
        let call = client.execute_with_extensions(request, &mut extensions);
        assert!(tokio::time::timeout(Duration::from_secs(1), call).await.is_err());
        extensions
    }
    let within_an_attempt = dropped(Silent).await;
    assert_eq!(within_an_attempt.get(), Some(&Runs(7)));
    assert_eq!(within_an_attempt.get(), Some(&"left by an attempt"));
    assert_eq!(dropped(Busy).await.get(), Some(&Runs(7)));
}

/// Notes how often a request was sent before, as middlewares that make spans do.
struct Noting(Arc<std::sync::Mutex<Vec<Option<u32>>>>);

#[async_trait::async_trait]
impl Middleware for Noting {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        self.0.lock().unwrap().push(extensions.get().map(ResendCount::get));
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn each_attempt_knows_how_often_the_request_was_sent_before() {
    let (url, _) = recovering_server(503, 2).await;
    let seen = Arc::default();
    let client = ClientBuilder::new(plain())
        .with(RetryMiddleware::new(AT_ONCE))
        .with(Noting(Arc::clone(&seen)))
        .build();
    let mut extensions = Extensions::new();
    let request = client.get(&url).build().unwrap();
    let response = client.execute_with_extensions(request, &mut extensions).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(*seen.lock().unwrap(), [None, Some(1), Some(2)]);
    assert_eq!(extensions.get().map(ResendCount::get), Some(2));

    // What was sent again by others counts as well.
    let request = client.get(&url).build().unwrap();
    seen.lock().unwrap().clear();
    client.execute_with_extensions(request, &mut extensions).await.unwrap();
    assert_eq!(*seen.lock().unwrap(), [Some(2)]);
}

#[tokio::test(start_paused = true)]
async fn a_listed_type_is_found_in_a_transparent_error() {
    #[retry(on = [reqwest::Error, std::num::ParseIntError], max_retries = 2, base_delay = 0, context = attempt)]
    async fn ask(
        failure: &dyn Fn() -> reqwest_middleware::Error,
    ) -> Result<u32, reqwest_middleware::Error> {
        if attempt.number() < 3 { Err(failure()) } else { Ok(attempt.number()) }
    }

    let of_reqwest = || plain().get("no address").build().unwrap_err().into();
    assert_eq!(ask(&of_reqwest).await.unwrap(), 3);
    let of_middleware = || reqwest_middleware::Error::middleware("x".parse::<u32>().unwrap_err());
    assert_eq!(ask(&of_middleware).await.unwrap(), 3);
    let other = || reqwest_middleware::Error::middleware(std::fmt::Error);
    ask(&other).await.unwrap_err();
}
