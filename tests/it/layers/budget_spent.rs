//! A retry that has begun is spent, one that never ran is given back: for closures, blocking ones, on
//! other timers, and around services.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "a part of it is needed")]
use crate::support::scripted;

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use layered::Error;
use layered::{busy, poll_once, tokens};
use persevere::tower::RetryLayer;
use persevere::{Budget, Policy, Verdict};
use scripted::Script;
use tower::{Layer as _, ServiceExt as _, service_fn};

const AT_ONCE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::ZERO);
const LATER: Policy = Policy::CONSERVATIVE;

async fn body(script: &Script<Error>) -> Result<u32, Error> {
    script.run()?;
    pending().await
}

#[tokio::test(start_paused = true)]
async fn of_a_closure() {
    static BUDGET: Budget = Budget::new();
    let script = busy(1);
    poll_once(LATER.retry(|| body(&script)).budget(&BUDGET).into_future()); // during the wait
    let script = busy(1);
    let waits = LATER.retry(|| body(&script)).sleep(|_| pending()).budget(&BUDGET);
    poll_once(waits.into_future());
    assert_eq!(tokens(&BUDGET), 500);
    let script = busy(1);
    poll_once(AT_ONCE.retry(|| body(&script)).budget(&BUDGET).into_future());
    assert_eq!(tokens(&BUDGET), 495);
    let script = busy(1);
    let hangs = LATER.retry(|| body(&script)).sleep(|_| ready(())).budget(&BUDGET);
    poll_once(hangs.into_future());
    assert_eq!(tokens(&BUDGET), 490);
}

#[test]
fn of_a_blocking_closure() {
    static BUDGET: Budget = Budget::new();
    let panics_in_the_retry = || {
        let mut runs = 0;
        move || {
            runs += 1;
            if runs == 1 { Err::<u8, _>(Error::Busy) } else { panic!("within the retry") }
        }
    };
    let panics = |call: &mut dyn FnMut()| assert!(catch_unwind(AssertUnwindSafe(call)).is_err());
    panics(&mut || {
        let call = LATER.retry_blocking(panics_in_the_retry()).budget(&BUDGET);
        let _ = call.sleep(|_| panic!("within the wait")).call();
    });
    assert_eq!(tokens(&BUDGET), 500);
    panics(&mut || {
        let _ = AT_ONCE.retry_blocking(panics_in_the_retry()).budget(&BUDGET).call();
    });
    assert_eq!(tokens(&BUDGET), 495);
    panics(&mut || {
        let call = LATER.retry_blocking(panics_in_the_retry()).budget(&BUDGET);
        let _ = call.sleep(|_| ()).call();
    });
    assert_eq!(tokens(&BUDGET), 490);
}

#[tokio::test(start_paused = true)]
async fn around_a_service() {
    static BUDGET: Budget = Budget::new();
    let send = async |policy: Policy| {
        let script = &busy(1);
        let service = service_fn(move |()| body(script));
        let layer = RetryLayer::new(policy).budget(&BUDGET);
        poll_once(layer.layer(service).oneshot(()));
    };
    send(LATER).await;
    assert_eq!(tokens(&BUDGET), 500);
    send(AT_ONCE).await;
    assert_eq!(tokens(&BUDGET), 495);
}

#[test]
fn an_outcome_reported_before_the_retry_begins_counts() {
    let budget = Budget::ratio(0.0).with_min_per_second(1); // ten
    let ask = || budget.try_acquire(persevere::budget::Cause::Failure).expect("some are left");
    ask().failed(Verdict::TRANSIENT);
    ask().succeeded();
    drop(ask());
    assert_eq!(budget.available().to_string(), "8 retries");
}
