//! Deadlines that travel: into scopes, through `spawn`, between services.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::time::Duration;

use http::{HeaderName, Request};
use persevere::deadline::{carry, carry_blocking, remaining, scope};
use persevere::tower::DeadlineLayer;
use persevere::{Cancel, Rejection, rejection, retry};
use tokio::time::{Instant, sleep};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);

#[retry(base_delay = "4s", jitter = "none")]
async fn fails(attempts: &Cell<u32>) -> io::Result<()> {
    attempts.set(attempts.get() + 1);
    Err(io::ErrorKind::ConnectionReset.into())
}

#[retry(base_delay = "1m")]
async fn counted(attempts: &mut u32) -> io::Result<()> {
    *attempts += 1;
    Err(io::ErrorKind::ConnectionReset.into())
}

#[retry(timeout = "1m")]
async fn hangs() -> io::Result<Option<Duration>> {
    std::future::pending().await
}

#[tokio::test(start_paused = true)]
async fn a_scopes_calls_keep_its_deadline() {
    let (attempts, began) = (Cell::new(0), Instant::now());
    scope(10 * SECOND, fails(&attempts)).await.unwrap_err();
    assert_eq!((attempts.get(), began.elapsed()), (2, 4 * SECOND));
    let nested = scope(3 * SECOND, scope(10 * SECOND, async { remaining() })).await;
    assert_eq!(nested, Some(3 * SECOND), "the nearer one counts");
    assert_eq!(remaining(), None);
}

#[retry(deadline = "5s")]
async fn spawns(attempts: &Cell<u32>) -> io::Result<(Option<Duration>, Option<Duration>)> {
    attempts.set(attempts.get() + 1);
    let forgets = tokio::spawn(async { remaining() });
    let keeps = tokio::spawn(carry(async {
        sleep(SECOND).await;
        remaining()
    }));
    Ok((forgets.await?, keeps.await?))
}

#[tokio::test(start_paused = true)]
async fn a_spawned_task_keeps_what_is_carried_there() {
    assert_eq!(spawns(&Cell::new(0)).await.unwrap(), (None, Some(4 * SECOND)));
    let there = scope(7 * SECOND, async { carry_blocking(remaining) }).await;
    let left = std::thread::spawn(there).join().unwrap(); // by another clock than the paused one
    assert!(left.is_some());
}

#[allow(clippy::async_yields_async, reason = "the task outlives the scope")]
#[tokio::test(start_paused = true)]
async fn a_spawned_task_hears_of_a_scope_that_is_carried_there() {
    let cancel = Cancel::new();
    let call = cancel.scope(async {
        tokio::spawn(carry(async {
            let mut attempts = 0;
            counted(&mut attempts).await.unwrap_err();
            attempts
        }))
    });
    let task = call.await;
    sleep(SECOND).await;
    cancel.cancel();
    assert_eq!(task.await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_hands_down_what_its_caller_sent() {
    let left = || service_fn(async |_: Request<()>| Ok::<_, Infallible>(remaining()));
    let milliseconds = HeaderName::from_static("x-envoy-expected-rq-timeout-ms");
    for (header, value, expected) in [
        ("grpc-timeout", "1500m", Some(Duration::from_millis(1500))),
        ("grpc-timeout", "soon", None),
        ("x-other", "1500m", None),
    ] {
        let service = ServiceBuilder::new().layer(DeadlineLayer::grpc()).service(left());
        let request = Request::builder().header(header, value).body(()).unwrap();
        assert_eq!(service.oneshot(request).await.unwrap(), expected, "{header}: {value}");
    }
    let layer = DeadlineLayer::milliseconds(milliseconds.clone());
    let service = ServiceBuilder::new().layer(layer).service(left());
    let request = Request::builder().header(milliseconds, "250").body(()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap(), Some(Duration::from_millis(250)));
}

/// A call cut by a scope's deadline says so.
#[tokio::test(start_paused = true)]
async fn a_scope_cuts_what_has_a_deadline_of_its_own() {
    #[retry(deadline = "1h")]
    async fn limited() -> io::Result<()> {
        std::future::pending().await
    }
    let began = Instant::now();
    let cut = scope(2 * SECOND, limited()).await.unwrap_err();
    assert_eq!(rejection(&cut), Some(Rejection::DeadlineExceeded));
    assert_eq!(began.elapsed(), 2 * SECOND);
    // A `timeout` is of an attempt: what follows it is no wait beyond the deadline.
    let cut = scope(2 * SECOND, hangs()).await.unwrap_err();
    assert_eq!(rejection(&cut), Some(Rejection::TimedOut));
}
