//! `.bulkhead(…)` of the closure form does what the attribute's key does.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "not all of it is needed here")]
use std::future::{IntoFuture, pending};
use std::time::Duration;

use layered::Error::{self, Busy};
use layered::{busy, poll_once};
use persevere::breaker::State;
use persevere::engine::GiveUp;
use persevere::{Budget, Bulkhead, CircuitBreaker, EventKind, Policy, Rejection};
use tokio::time::{Instant, sleep};

const FULL: Result<u32, Error> = Err(Error::Rejected(Rejection::BulkheadFull));
const CUT: Result<u32, Error> = Err(Error::Rejected(Rejection::DeadlineExceeded));
const SECOND: Duration = Duration::from_secs(1);
const STEADY: Policy = Policy::CONSERVATIVE.with_base_delay(SECOND).with_max_retries(1);

#[tokio::test(start_paused = true)]
async fn a_permit_is_held_from_the_first_attempt_to_the_end() {
    static ONE: Bulkhead = Bulkhead::new(1);

    let script = busy(1);
    let call = STEADY.retry(|| async {
        assert_eq!(ONE.available(), 0);
        script.run()
    });
    let mut call = Box::pin(call.bulkhead(&ONE).into_future());
    assert_eq!(ONE.available(), 1); // not polled yet
    let other = async {
        sleep(SECOND / 2).await;
        assert_eq!(STEADY.retry(|| async { Ok(1) }).bulkhead(&ONE).await, FULL);
    };
    assert_eq!(tokio::join!(call.as_mut(), other).0, Ok(2));
    assert_eq!(ONE.available(), 1); // although the future is not dropped yet
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_reaches_nothing_and_is_reported() {
    static ONE: Bulkhead = Bulkhead::new(1);
    static BUDGET: Budget = Budget::ratio(1.0).with_min_per_second(0);
    static BREAKER: CircuitBreaker = CircuitBreaker::new();

    let permit = ONE.try_acquire();
    let mut reported = Vec::new();
    let refused = STEADY
        .retry(|| async { Ok(1) })
        .bulkhead(&ONE)
        .budget(&BUDGET)
        .breaker(&BREAKER)
        .on(|_| true)
        .on_give_up(|event| reported.push(event.kind()))
        .await;
    assert_eq!(refused, FULL);
    assert_eq!(reported, [EventKind::GiveUp(GiveUp::BulkheadFull)]);
    assert_eq!(BUDGET.available().to_string(), "0 retries");
    assert_eq!((BREAKER.state(), BREAKER.tally().calls), (State::Closed, 0));
    let instead = STEADY.retry(|| async { Ok(1) }).bulkhead(&ONE).fallback(|_: Error| Ok(9));
    assert_eq!(instead.await, Ok(9));
    let mut runs = 0;
    let blocking = || {
        runs += 1;
        Ok(runs)
    };
    assert_eq!(STEADY.retry_blocking(blocking).bulkhead(&ONE).budget(&BUDGET).call(), FULL);
    assert_eq!((runs, BUDGET.available().to_string().as_str()), (0, "0 retries"));
    drop(permit);
}

#[tokio::test(start_paused = true)]
async fn a_call_waits_for_its_permit_until_the_limit_or_the_deadline() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(3));

    let ask = || STEADY.retry(|| async { Ok(1) }).bulkhead(&ONE);
    let (permit, began) = (ONE.try_acquire(), Instant::now());
    assert_eq!((ask().await, began.elapsed()), (FULL, SECOND * 3));
    assert_eq!((ask().deadline(SECOND * 2).await, began.elapsed()), (CUT, SECOND * 5));
    let by_another_timer = ask().sleep(|wait| sleep(wait / 3)).await;
    assert_eq!((by_another_timer, began.elapsed()), (FULL, SECOND * 6));
    let freed = async {
        sleep(SECOND).await;
        drop(permit);
    };
    // The deadline's clock has run meanwhile; the timeout's has not.
    let late = STEADY.retry(pending::<Result<u32, Error>>).bulkhead(&ONE).deadline(SECOND * 2);
    assert_eq!(tokio::join!(late, freed).0, CUT);
    assert_eq!(began.elapsed(), SECOND * 8);
    let permit = ONE.try_acquire();
    let freed = async {
        sleep(SECOND * 2).await;
        drop(permit);
    };
    assert_eq!(tokio::join!(ask().timeout(SECOND), freed).0, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_the_queue_or_gives_back_its_permit() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(1);

    let hang = || STEADY.retry(pending::<Result<u32, Error>>).bulkhead(&ONE);
    poll_once(hang().into_future());
    assert_eq!(ONE.available(), 1);
    let permit = ONE.try_acquire();
    poll_once(hang().into_future());
    assert_eq!(ONE.waiting(), 0);
    drop(permit);
    assert_eq!(
        STEADY.retry_blocking(|| Err::<u32, _>(Busy)).bulkhead(&ONE).sleep(|_| ()).call(),
        Err(Busy)
    );
    assert_eq!(ONE.available(), 1);
}

#[test]
fn a_thread_does_not_wait_beyond_the_deadline() {
    static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(1);

    let permit = ONE.try_acquire();
    let call = STEADY.retry_blocking(|| Ok(1)).bulkhead(&ONE).deadline(Duration::from_nanos(1));
    assert_eq!(call.call(), CUT);
    assert_eq!(ONE.waiting(), 0);
    drop(permit);
}
