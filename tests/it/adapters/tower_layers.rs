//! Bulkheads and hedges around services, on tokio's paused clock.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http::{Method, Request, Response};
use persevere::tower::{BoxError, BulkheadLayer, HedgeLayer};
use persevere::{Bulkhead, Hedge, Rejection};
use tokio::time::{Instant, sleep};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);

/// Answers after a number of seconds.
fn slow() -> impl Service<u64, Response = u64, Error = io::Error, Future: Send> + Clone + Send {
    service_fn(async |seconds| {
        sleep(Duration::from_secs(seconds)).await;
        Ok(seconds)
    })
}

fn is_full(outcome: &Result<u64, BoxError>) -> bool {
    outcome.as_ref().is_err_and(|error| error.downcast_ref() == Some(&Rejection::BulkheadFull))
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_held_until_the_response_has_come() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(5));
    let service = BulkheadLayer::new(&ONE).layer(slow());
    let began = Instant::now();
    let (first, second, third) = tokio::join!(
        service.clone().oneshot(3),
        service.clone().oneshot(4),
        service.clone().oneshot(1),
    );
    assert_eq!((first.unwrap(), second.unwrap()), (3, 4));
    assert!(is_full(&third), "it would have to wait 7 s: {third:?}");
    assert_eq!(began.elapsed().as_secs(), 7);
    assert_eq!(ONE.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_response_gives_its_permit_back() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(5));
    let service = BulkheadLayer::new(&ONE).layer(slow());
    let running = tokio::time::timeout(SECOND, service.clone().oneshot(60));
    let waiting = tokio::time::timeout(SECOND / 2, service.oneshot(60));
    let (running, waiting) = tokio::join!(running, waiting);
    assert!(running.is_err() && waiting.is_err());
    assert_eq!((ONE.available(), ONE.waiting()), (1, 0));
}

/// The first call never answers, those after it do at once; how many there were.
fn stalls_once() -> (
    impl Service<Request<()>, Response = Response<()>, Error = io::Error, Future: Send> + Clone + Send,
    Arc<AtomicU32>,
) {
    let calls = Arc::<AtomicU32>::default();
    let counted = Arc::clone(&calls);
    let service = service_fn(move |_: Request<()>| {
        let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            if is_first {
                std::future::pending::<()>().await;
            }
            Ok(Response::new(()))
        }
    });
    (service, calls)
}

fn request(method: Method) -> Request<()> {
    Request::builder().method(method).body(()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_overtaken_by_that_of_an_extra_request() {
    static HEDGE: Hedge = Hedge::after(Duration::from_secs(1));
    let (service, calls) = stalls_once();
    let began = Instant::now();
    let response = HedgeLayer::http(&HEDGE).layer(service).oneshot(request(Method::GET)).await;
    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(began.elapsed().as_secs(), 1);
    assert_eq!((calls.load(Ordering::SeqCst), HEDGE.won()), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_idempotent_is_not_hedged() {
    static HEDGE: Hedge = Hedge::after(Duration::from_secs(1));
    let (service, calls) = stalls_once();
    let call = HedgeLayer::http(&HEDGE).layer(service).oneshot(request(Method::POST));
    assert!(tokio::time::timeout(60 * SECOND, call).await.is_err());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_error_ends_the_race() {
    static HEDGE: Hedge = Hedge::after(Duration::from_secs(1));
    let service = service_fn(async |()| {
        sleep(SECOND / 2).await;
        Err::<(), _>(io::Error::from(io::ErrorKind::NotFound))
    });
    let began = Instant::now();
    let outcome = HedgeLayer::new(&HEDGE).layer(service).oneshot(()).await;
    assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!((began.elapsed(), HEDGE.started()), (SECOND / 2, 0));
}
