//! `with_pushback`: what one caller is asked for holds the others.
#![deny(warnings, clippy::pedantic)]

use crate::support::busy;

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture as _, ready};
use std::sync::Arc;
use std::time::Duration;

use busy::Error;
use persevere::tower::UpstreamExt as _;
use persevere::{
    Budget, Classify, Jitter, Policy, Rate, Rejection, Upstream, Verdict, rejection, retry, testing,
};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);

const BUSY: Error = Error::Busy(Duration::from_secs(30));
const STEADY: Policy = Policy::DEFAULT.with_jitter(Jitter::None);

fn limited(retry_in: Duration) -> Error {
    Error::Rejected(Rejection::RateLimited { retry_in })
}

/// A service that answers the first request with `Retry-After: 30`.
#[derive(Default)]
struct Service {
    requests: RefCell<Vec<Instant>>,
}

impl Service {
    fn answer(&self) -> Result<(), Error> {
        self.requests.borrow_mut().push(Instant::now());
        if self.requests.borrow().len() == 1 { Err(BUSY) } else { Ok(()) }
    }

    /// In milliseconds since `began`.
    fn requests(&self, began: Instant) -> Vec<u128> {
        self.requests.borrow().iter().map(|at| (*at - began).as_millis()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn of_100_callers_one_is_asked_to_wait_and_the_others_do_not_send_either() {
    static RATE: Rate = Rate::per_second(50).with_burst(10).with_max_wait(Duration::from_mins(1));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(STEADY)
        .with_rate(&RATE)
        .with_pushback();

    #[retry(upstream = MAPS)]
    async fn find(service: &Service) -> Result<(), Error> {
        service.answer()
    }

    let (service, began) = (Service::default(), Instant::now());
    let calls = (0..100).map(|_| find(&service));
    let answers = futures::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let requests = service.requests(began);
    assert_eq!((requests.len(), requests[0]), (101, 0));
    let others: Vec<u128> = (0..100).map(|number| 30_000 + 20 * number).collect();
    assert_eq!(requests[1..], others, "nobody for 30 s, and then one every 20 ms");
}

#[tokio::test(start_paused = true)]
async fn without_a_rate_they_come_back_over_a_tenth_of_the_pause() {
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(STEADY.with_max_delay(Duration::from_secs(40)))
        .with_pushback();

    #[retry(upstream = MAPS)]
    async fn find(service: &Service) -> Result<(), Error> {
        service.answer()
    }

    let (service, began) = (Service::default(), Instant::now());
    let answers = futures::future::join_all((0..100).map(|_| find(&service))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let requests = service.requests(began);
    assert_eq!((requests.len(), requests[0]), (101, 0));
    assert_eq!(requests[1], 30_000, "the caller that was asked");
    assert!(requests[2] >= 30_000 && requests[100] <= 33_001, "{requests:?}");
    let mut spread = requests[2..].iter().map(|at| (at - 30_000) / 300).collect::<Vec<_>>();
    spread.dedup();
    assert!(spread.len() >= 8, "they leave in all tenths of that span: {spread:?}");
    let closure = MAPS.retry(|| ready(service.answer()));
    assert_eq!((closure.await, service.requests.borrow().len()), (Ok(()), 102));
}

#[tokio::test(start_paused = true)]
async fn whose_time_is_shorter_than_the_pause_is_refused_at_once() {
    static RATE: Rate = Rate::per_second(50).with_max_wait(Duration::from_secs(20));
    static WITH_RATE: Upstream =
        Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE).with_pushback();
    static WITHOUT: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(Policy::DEFAULT.with_max_delay(Duration::from_mins(1)))
        .with_pushback();

    #[retry(upstream = WITH_RATE)]
    async fn find() -> Result<(), Error> {
        Ok(())
    }

    #[retry(upstream = WITHOUT, deadline = "10s")]
    async fn find_soon(service: &Service) -> Result<(), Error> {
        service.answer()
    }

    #[retry(upstream = WITHOUT, deadline = "10s")]
    fn find_soon_blocking() -> Result<(), Error> {
        Ok(())
    }

    let began = Instant::now();
    RATE.hold(SECOND * 30);
    assert_eq!(find().await, Err(limited(SECOND * 30)));
    let service = Service::default();
    assert_eq!(find_soon(&service).await, Err(BUSY), "30 s do not fit into 10");
    assert_eq!(find_soon(&service).await, Err(limited(SECOND * 30)));
    assert_eq!(find_soon_blocking(), Err(limited(SECOND * 30)));
    let closure = WITHOUT.retry(|| ready(service.answer())).deadline(SECOND * 10).await;
    assert_eq!(closure, Err(limited(SECOND * 30)));
    let layered = ServiceBuilder::new().layer(WITHOUT.layer());
    let patient = layered.service(service_fn(async |(): ()| Ok::<_, Error>(())));
    assert_eq!((began.elapsed(), service.requests.borrow().len()), (Duration::ZERO, 1));
    patient.oneshot(()).await.expect("a request waits by the upstream's policy");
    assert!(began.elapsed() >= SECOND * 30);
}

#[tokio::test(start_paused = true)]
async fn the_caller_that_was_asked_waits_once() {
    static RATE: Rate = Rate::per_second(50).with_burst(5).with_max_wait(Duration::from_mins(1));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(STEADY)
        .with_rate(&RATE)
        .with_pushback();

    let (service, began) = (Service::default(), Instant::now());
    let alone = MAPS.retry(|| ready(service.answer()));
    assert_eq!(alone.await, Ok(()));
    assert_eq!(service.requests(began), [0, 30_000]);
    assert_eq!(RATE.waits(), 0, "its turn is free by then");
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_never_shortened_and_an_hour_at_most() {
    static RATE: Rate = Rate::per_second(1).with_max_wait(Duration::from_hours(1));
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(Policy::NONE)
        .with_rate(&RATE)
        .with_pushback();

    #[retry(upstream = MAPS)]
    async fn ask(after: u64) -> Result<(), Error> {
        Err(Error::Busy(Duration::from_secs(after)))
    }

    let began = Instant::now();
    let (long, short) = (30, 10);
    RATE.try_acquire().expect("it is as new");
    RATE.reset();
    assert_eq!(ask(long).await, Err(BUSY));
    RATE.hold(SECOND * short);
    assert_eq!(RATE.try_acquire(), Err(Rejection::RateLimited { retry_in: SECOND * 30 }));
    assert!(ask(1_000_000).await.is_err());
    assert_eq!(began.elapsed(), SECOND * 30);
    let an_hour = Rejection::RateLimited { retry_in: SECOND * 3_600 };
    assert_eq!(RATE.try_acquire(), Err(an_hour));
}

#[tokio::test(start_paused = true)]
async fn only_what_a_failed_attempt_is_asked_for_holds_others() {
    static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
        .with_policy(Policy::NONE.with_max_delay(Duration::from_mins(1)))
        .with_pushback();
    static PLAIN: Upstream = Upstream::new("plain", &Budget::UNLIMITED).with_policy(Policy::NONE);

    #[derive(Debug)]
    struct Permanent;
    impl Classify for Permanent {
        fn classify(&self) -> Verdict {
            Verdict::PERMANENT.with_retry_after(Duration::from_secs(30))
        }
    }
    impl From<Rejection> for Permanent {
        fn from(rejection: Rejection) -> Self {
            panic!("{rejection}");
        }
    }

    #[retry(upstream = MAPS, context = attempt)]
    async fn asks_itself() -> Result<(), Permanent> {
        attempt.retry_in(Duration::from_secs(5));
        Err(Permanent)
    }

    let began = Instant::now();
    assert!(asks_itself().await.is_err());
    assert!(PLAIN.retry(|| ready(Err::<(), _>(BUSY))).await.is_err());
    assert_eq!(PLAIN.retry(|| ready(Ok::<_, Error>(()))).await, Ok(()));
    assert!(MAPS.retry(|| ready(Ok::<_, Permanent>(()))).await.is_ok());
    let calls = Cell::new(0);
    let without_waits = async {
        let call = MAPS.retry(|| {
            calls.set(calls.get() + 1);
            ready(Err::<(), _>(BUSY))
        });
        call.await
    };
    let scope = testing::no_waiting().on_this_thread();
    assert_eq!(without_waits.await, Err(BUSY));
    drop(scope);
    assert_eq!(MAPS.retry(|| ready(Ok::<_, Error>(()))).await, Ok(()), "no wait, no pause");
    assert_eq!((began.elapsed(), calls.get()), (Duration::ZERO, 1));
}

#[tokio::test(start_paused = true)]
async fn a_longer_pause_holds_those_who_wait_already() {
    let upstream = Upstream::owning("hosts", Budget::UNLIMITED)
        .with_policy(Policy::NONE.with_max_delay(SECOND * 35))
        .with_pushback();
    let upstream = Arc::new(upstream);
    let began = Instant::now();
    // It begins before the first pause, and ends within it.
    let longer = upstream.retry(async || {
        sleep(SECOND * 5).await;
        Err::<(), _>(Error::Busy(SECOND * 20))
    });
    let shorter = async {
        yield_now().await;
        upstream.retry(|| ready(Err::<(), _>(Error::Busy(SECOND * 10)))).await
    };
    let waits = |deadline| {
        let call = upstream.retry(|| ready(Ok::<_, Error>(()))).deadline(deadline);
        async move {
            yield_now().await;
            yield_now().await;
            (call.await, began.elapsed())
        }
    };
    let (longer, shorter, patient, impatient) =
        tokio::join!(longer.into_future(), shorter, waits(SECOND * 60), waits(SECOND * 15));
    assert!(longer.is_err() && shorter.is_err());
    assert!(patient.0.is_ok() && patient.1 >= SECOND * 25, "{patient:?}");
    assert!(impatient.1 < SECOND * 14, "{impatient:?}");
    let refused = impatient.0.expect_err("25 s do not fit into 15");
    assert!(matches!(rejection(&refused), Some(Rejection::RateLimited { .. })), "{refused}");
}
