//! A call within a call that holds a permit of a bulkhead takes none of the same one, however both are
//! written; what runs beside it takes its own.
#![deny(warnings, clippy::pedantic)]

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use persevere::tower::{BoxError, BulkheadLayer};
use persevere::{Bulkhead, Classify, Policy, Rejection, retry};
use tokio::time::{sleep, timeout};
use tower::{Layer as _, ServiceExt as _, service_fn};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, PartialEq, Classify)]
enum Error {
    #[retry(permanent)]
    Missing,
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const FULL: Error = Error::Rejected(Rejection::BulkheadFull);

mod asynchronous {
    use super::*;

    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(on = Error::Rejected(_), bulkhead = ONE, max_retries = 1)]
    async fn get(key: u32) -> Result<u32, Error> {
        sleep(SECOND).await;
        assert_eq!(ONE.available(), 0);
        if key == 0 { Err(Error::Missing) } else { Ok(key) }
    }

    #[retry(on = Error::Rejected(_), bulkhead = ONE, max_retries = 1, deadline = "1min", timeout = "20s")]
    async fn get_or_create(key: u32) -> Result<u32, Error> {
        match get(key).await {
            Err(Error::Missing) => get(key + 100).await,
            found => found,
        }
    }

    #[retry(on = Error::Rejected(_), bulkhead = ONE, hedge = "500ms")]
    async fn hedged(key: u32) -> Result<u32, Error> {
        get_or_create(key).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_function_that_calls_another_one_needs_one_permit() {
        assert_eq!(get_or_create(0).await, Ok(100));
        assert_eq!(hedged(0).await, Ok(100));
        assert_eq!(ONE.available(), 1);
    }
}

mod around_the_body {
    use super::*;

    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(on = Error::Missing, bulkhead = ONE)]
    async fn get() -> Result<u32, Error> {
        sleep(SECOND).await;
        Ok(7)
    }

    #[retry(on = Error::Missing, bulkhead = ONE)]
    fn get_blocking() -> Result<u32, Error> {
        Ok(7)
    }

    #[retry(
        on = Error::Missing,
        bulkhead = ONE,
        max_retries = 1,
        base_delay = 0,
        on_retry = async |_| heard.push(get().await),
        on_give_up = |_| reported.push(get_blocking()),
        fallback = async |_| get().await,
    )]
    async fn asynchronous(
        heard: &mut Vec<Result<u32, Error>>,
        reported: &mut Vec<Result<u32, Error>>,
    ) -> Result<u32, Error> {
        Err(Error::Missing)
    }

    #[retry(
        on = Error::Missing,
        bulkhead = ONE,
        max_retries = 1,
        base_delay = 0,
        on_retry = |_| heard.push(get_blocking()),
        fallback = |_| get_blocking(),
    )]
    fn blocking(heard: &mut Vec<Result<u32, Error>>) -> Result<u32, Error> {
        Err(Error::Missing)
    }

    /// The fallback of a call without a permit runs without one.
    #[retry(on = Error::Missing, bulkhead = ONE, fallback = |_| get_blocking())]
    async fn refused() -> Result<u32, Error> {
        Ok(1)
    }

    #[tokio::test(start_paused = true)]
    async fn hooks_and_fallbacks_run_under_the_permit_of_their_call() {
        let (mut heard, mut reported) = (Vec::new(), Vec::new());
        assert_eq!(asynchronous(&mut heard, &mut reported).await, Ok(7));
        assert_eq!((heard, reported), (vec![Ok(7)], vec![Ok(7)]));
        let mut heard = Vec::new();
        assert_eq!((blocking(&mut heard), heard), (Ok(7), vec![Ok(7)]));

        let at_once = Policy::DEFAULT.with_max_retries(1).with_base_delay(Duration::ZERO);
        let mut heard = Vec::new();
        let outcome = at_once
            .retry(async || Err::<u32, _>(Error::Missing))
            .on(|error| *error == Error::Missing)
            .bulkhead(&ONE)
            .on_retry(|_| heard.push(get_blocking()))
            .fallback(|_| get_blocking())
            .await;
        assert_eq!((outcome, heard), (Ok(7), vec![Ok(7)]));
        let mut heard = Vec::new();
        let outcome = at_once
            .retry_blocking(|| Err::<u32, _>(Error::Missing))
            .on(|error| *error == Error::Missing)
            .bulkhead(&ONE)
            .on_retry(|_| heard.push(get_blocking()))
            .fallback(|_| get_blocking())
            .call();
        assert_eq!((outcome, heard), (Ok(7), vec![Ok(7)]));
        assert_eq!((ONE.available(), ONE.nested().is_none()), (1, true));

        let _elsewhere = ONE.try_acquire();
        assert_eq!(refused().await, Err(FULL));
    }
}

mod depth {
    use super::*;

    static TWO: Bulkhead = Bulkhead::new(2);

    #[retry(on = Error::Missing, bulkhead = TWO, max_retries = 2, base_delay = 1, jitter = "none")]
    fn blocking(depth: u32, least: &mut usize) -> Result<u32, Error> {
        *least = TWO.available().min(*least);
        if depth == 0 { Ok(7) } else { blocking(depth - 1, least) }
    }

    #[test]
    fn a_recursion_takes_one_permit() {
        for depth in [3, 20] {
            let mut least = 9;
            assert_eq!(blocking(depth, &mut least), Ok(7));
            assert_eq!((least, TWO.available()), (1, 2));
        }
    }
}

mod unwinding {
    use super::*;

    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(on = Error::Missing, bulkhead = ONE)]
    fn panics() -> Result<u32, Error> {
        panic!("as it should");
    }

    #[test]
    fn a_panic_under_a_permit_leaves_no_trace() {
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(ONE.available(), 1);
        let _elsewhere = ONE.try_acquire().expect("it is free");
        let refused = ONE.call_blocking(|| Ok::<u32, Error>(1));
        assert_eq!(refused, Err(FULL), "this thread holds no call's permit any more");
    }
}

mod siblings {
    use super::*;

    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(on = Error::Missing, bulkhead = ONE)]
    async fn slow() -> Result<u32, Error> {
        sleep(SECOND).await;
        Ok(1)
    }

    #[retry(on = Error::Missing, bulkhead = ONE)]
    async fn outer() -> Result<(u32, u32), Error> {
        let (first, second) = tokio::join!(slow(), slow());
        Ok((first?, second?))
    }

    #[retry(on = Error::Missing, bulkhead = ONE)]
    async fn spawns() -> Result<u32, Error> {
        tokio::spawn(slow()).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn two_calls_in_one_task_take_a_permit_each_and_those_within_a_call_none() {
        let (first, second) = tokio::join!(slow(), slow());
        assert_eq!((first, second), (Ok(1), Err(FULL)));
        assert_eq!(outer().await, Ok((1, 1)));
        assert_eq!(spawns().await, Err(FULL), "another task has no part in this one's permit");
        assert_eq!(ONE.available(), 1);
    }
}

mod two_bulkheads {
    use super::*;

    static OUTER: Bulkhead = Bulkhead::new(1);
    static INNER: Bulkhead = Bulkhead::new(1);

    #[retry(on = Error::Missing, bulkhead = OUTER)]
    async fn outer() -> Result<usize, Error> {
        inner().await
    }

    #[retry(on = Error::Missing, bulkhead = INNER)]
    async fn inner() -> Result<usize, Error> {
        assert_eq!((OUTER.available(), INNER.available()), (0, 0));
        OUTER.call(async { Ok(OUTER.available() + INNER.available()) }).await
    }

    #[tokio::test]
    async fn each_has_its_own() {
        assert_eq!(outer().await, Ok(0));
        assert_eq!((OUTER.available(), INNER.available()), (1, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn closures_and_calls_by_hand_share_permits_with_each_other() {
    static ONE: Bulkhead = Bulkhead::new(1);
    let policy = Policy::DEFAULT;
    let inner = || async { ONE.call(async { Ok::<_, Error>(ONE.available()) }).await };
    let middle = || async { policy.retry(inner).on(|_| false).bulkhead(&ONE).await };
    let outer = policy.retry(middle).on(|_| false).bulkhead(&ONE).await;
    assert_eq!(outer, Ok(0));

    let inner = || ONE.call_blocking(|| Ok::<_, Error>(ONE.available()));
    let middle = || policy.retry_blocking(inner).on(|_| false).bulkhead(&ONE).call();
    let outer = policy.retry_blocking(middle).on(|_| false).bulkhead(&ONE).call();
    assert_eq!(outer, Ok(0));
    assert_eq!(ONE.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_within_a_request_shares_its_permit() {
    static ONE: Bulkhead = Bulkhead::new(1);
    let inner = BulkheadLayer::new(&ONE).layer(service_fn(async |number: u32| {
        sleep(SECOND).await;
        Ok::<_, BoxError>(number)
    }));
    let outer = BulkheadLayer::new(&ONE)
        .layer(service_fn(move |number| async move { inner.oneshot(number).await }));
    assert_eq!(outer.oneshot(7).await.unwrap(), 7);
    assert_eq!(ONE.available(), 1);
}

/// Whatever it does when it is dropped, its permit comes back, and the thread holds none.
#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_at_any_poll_gives_its_permit_back() {
    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(on = Error::Missing, bulkhead = ONE, max_retries = 2, base_delay = 1)]
    async fn fails(depth: u32) -> Result<u32, Error> {
        sleep(SECOND).await;
        if depth == 0 { Err(Error::Missing) } else { Box::pin(fails(depth - 1)).await }
    }

    for polls in 0..40 {
        let mut call: Pin<Box<dyn Future<Output = _>>> = Box::pin(fails(2));
        for _ in 0..polls {
            let _ = timeout(SECOND / 4, call.as_mut()).await;
        }
        drop(call);
        assert_eq!((ONE.available(), ONE.nested().is_none()), (1, true), "{polls}");
    }
}
