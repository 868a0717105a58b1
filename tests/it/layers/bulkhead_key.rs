//! `bulkhead` in the attribute: who gets a permit, for how long, and how the others fail.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::future::pending;
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use layered::{busy, poll_once};
use persevere::engine::GiveUp;
use persevere::{Budget, Bulkhead, EventKind, Rejection, retry};
use scripted::Script;
use tokio::time::{Instant, sleep};

const FULL: Result<u32, Error> = Err(Error::Rejected(Rejection::BulkheadFull));
fn panic_at_a_retry() {
    panic!("a refused call is not retried");
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_permit_is_held_for_the_whole_call_with_its_waits() {
    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(bulkhead = ONE, base_delay = 1, jitter = "none", max_retries = 1)]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(ONE.available(), 0);
        script.run()
    }

    let script = busy(1);
    let other = async {
        sleep(SECOND / 2).await; // while the first one waits for its retry
        let fresh = busy(0);
        assert_eq!(ask(&fresh).await, FULL);
        assert_eq!(fresh.runs(), 0);
    };
    assert_eq!(tokio::join!(ask(&script), other).0, Ok(2));
    assert_eq!(ONE.available(), 1);
    assert_eq!(ask(&busy(9)).await, Err(Busy));
    assert_eq!(ask(&Script::of([Broken])).await, Err(Broken));
    assert_eq!(ONE.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_bulkhead_ends_the_call_at_once_and_says_so() {
    static ONE: Bulkhead = Bulkhead::new(1);
    static BUDGET: Budget = Budget::ratio(1.0).with_min_per_second(0);

    #[retry(
        bulkhead = ONE,
        budget = BUDGET,
        on = _,
        on_retry = |_| panic_at_a_retry(),
        on_give_up = |event| {
            assert_eq!(event.attempt(), 1);
            reported.push((event.kind(), event.to_string()));
        }
    )]
    async fn ask(reported: &mut Vec<(EventKind, String)>) -> Result<u32, Error> {
        Ok(7)
    }

    let mut reported = Vec::new();
    let permit = ONE.try_acquire();
    let began = Instant::now();
    assert_eq!(ask(&mut reported).await, FULL);
    assert_eq!(began.elapsed(), Duration::ZERO);
    let line = "ask: no attempt was made, the bulkhead is full; \
                giving up with rejected: too many calls are running";
    assert_eq!(reported, [(EventKind::GiveUp(GiveUp::BulkheadFull), line.to_owned())]);
    assert_eq!(BUDGET.available().to_string(), "0 retries"); // no call has begun
    drop(permit);
    assert_eq!(ask(&mut reported).await, Ok(7));
    assert_eq!(BUDGET.available().to_string(), "1 retry");
}

#[tokio::test(start_paused = true)]
async fn a_fallback_answers_a_refused_call() {
    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(bulkhead = ONE, fallback = |_| Ok(9))]
    async fn ask() -> Result<u32, Error> {
        Ok(7)
    }

    let permit = ONE.try_acquire();
    assert_eq!(ask().await, Ok(9));
    drop(permit);
    assert_eq!(ask().await, Ok(7));
}

#[tokio::test(start_paused = true)]
async fn calls_wait_in_the_order_in_which_they_came() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(SECOND.saturating_mul(3));

    #[retry(bulkhead = ONE)]
    async fn ask() -> Result<u32, Error> {
        sleep(SECOND).await;
        Ok(7)
    }

    let began = Instant::now();
    let timed = || async { (ask().await.is_ok(), began.elapsed()) };
    let ended = tokio::join!(timed(), timed(), timed());
    assert_eq!(ended, ((true, SECOND), (true, SECOND * 2), (true, SECOND * 3)));
}

#[tokio::test(start_paused = true)]
async fn another_timer_bounds_the_wait() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(SECOND);

    #[retry(bulkhead = ONE, sleep = |wait| sleep(wait * 2))]
    async fn ask() -> Result<u32, Error> {
        Ok(7)
    }

    let (_permit, began) = (ONE.try_acquire(), Instant::now());
    assert_eq!(ask().await, FULL);
    assert_eq!(began.elapsed(), SECOND * 2);
}

#[tokio::test(start_paused = true)]
async fn dropped_calls_leave_the_queue_or_give_back_their_permit() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(9);

    #[retry(bulkhead = ONE)]
    async fn ask() -> Result<u32, Error> {
        pending().await
    }

    poll_once(ask());
    assert_eq!(ONE.available(), 1);
    let permit = ONE.try_acquire();
    poll_once(async {
        let asking = ask();
        assert_eq!(ONE.waiting(), 0); // not polled yet
        asking.await.unwrap_or_default()
    });
    assert_eq!((ONE.waiting(), ONE.available()), (0, 0));
    drop(permit);
    assert_eq!(ONE.available(), 1);
}

#[test]
fn a_blocking_call_holds_its_permit_too() {
    static ONE: Bulkhead = Bulkhead::new(1);

    #[retry(bulkhead = ONE, base_delay = 0)]
    fn ask(script: &Script<Error>) -> Result<u32, Error> {
        assert_eq!(ONE.available(), 0);
        script.run()
    }

    #[retry(on = _, bulkhead = ONE, fallback = |_| Some(9))]
    fn optional() -> Option<u32> {
        Some(7)
    }

    assert_eq!(ask(&busy(2)), Ok(3));
    assert_eq!(optional(), Some(7));
    let permit = ONE.try_acquire();
    let script = busy(0);
    assert_eq!((ask(&script), script.runs()), (FULL, 0));
    assert_eq!(optional(), Some(9));
    drop(permit);
    assert_eq!(ONE.available(), 1);
}

/// A bulkhead may be chosen by a field.
struct Client {
    bulkhead: &'static Bulkhead,
}

#[async_trait::async_trait]
trait Asks {
    async fn ask(&self, name: String) -> Result<String, Error>;
    fn boxed(&self) -> futures::future::BoxFuture<'_, Result<u32, Error>>;
}

#[async_trait::async_trait]
impl Asks for Client {
    #[retry(bulkhead = self.bulkhead, clone(name))]
    async fn ask(&self, name: String) -> Result<String, Error> {
        assert_eq!(self.bulkhead.available(), 0);
        Ok(name)
    }

    #[retry(bulkhead = self.bulkhead)]
    fn boxed(&self) -> futures::future::BoxFuture<'_, Result<u32, Error>> {
        Box::pin(async move { Ok(u32::try_from(self.bulkhead.available()).unwrap_or(9)) })
    }
}

#[tokio::test]
async fn any_form_of_function_gets_its_permit() {
    static ONE: Bulkhead = Bulkhead::new(1);
    let client = Client { bulkhead: &ONE };
    assert_eq!(client.ask("a".to_owned()).await, Ok("a".to_owned()));
    assert_eq!(client.boxed().await, Ok(0));
    assert_eq!(ONE.available(), 1);
}
