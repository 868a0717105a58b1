//! The closure form makes the same attempts, waits as long and ends alike as the attribute, for
//! any outcomes.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::time::Duration;

use persevere::{EventKind, Policy, retry};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use crate::support::classes::Error;
use crate::support::paused;

/// One attempt: how long it takes, and what comes of it.
type Step = (Duration, Result<u8, Error>);

fn step() -> impl Strategy<Value = Step> {
    let seconds = |range: std::ops::Range<u64>| range.prop_map(Duration::from_secs);
    let outcome = prop_oneof![
        4 => any::<u32>().prop_map(|number| Err(Error::Busy(number))),
        3 => proptest::option::of(seconds(0..40)).prop_map(|wait| Err(Error::Limited(wait))),
        2 => Just(Ok(0)), // retried
        1 => Just(Err(Error::Broken)),
        1 => (1..=9_u8).prop_map(Ok),
    ];
    (seconds(0..8), outcome)
}

/// Runs the steps one after the other, the last one for ever.
struct Script {
    steps: Vec<Step>,
    started: Instant,
    /// When each attempt began.
    begun: RefCell<Vec<Duration>>,
}

impl Script {
    async fn attempt(&self) -> Result<u8, Error> {
        let number = self.begun.borrow().len();
        self.begun.borrow_mut().push(self.started.elapsed());
        let (time, outcome) = self.steps[number.min(self.steps.len() - 1)];
        sleep(time).await;
        outcome
    }
}

const STEADY: Policy = Policy::CONSERVATIVE.with_max_retries(4);
const GENTLE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::from_secs(15));
const TIMEOUT: Duration = Duration::from_secs(6);

/// The values of an event.
type Reported = (EventKind, u32, Option<Duration>, Duration, bool);

#[retry(
    policy = STEADY,
    throttled = GENTLE,
    on_ok = 0,
    timeout = TIMEOUT,
    deadline = deadline,
    on_retry = |event| reported.push((event.kind(), event.attempt(), event.delay(), event.waited(), event.error().is_some())),
    on_give_up = |event| reported.push((event.kind(), event.attempt(), event.delay(), event.waited(), event.error().is_some())),
    on_success = |event| reported.push((event.kind(), event.attempt(), event.delay(), event.waited(), event.error().is_some()))
)]
async fn attribute(
    script: &Script,
    deadline: Duration,
    reported: &mut Vec<Reported>,
) -> Result<u8, Error> {
    script.attempt().await
}

async fn closure(
    script: &Script,
    deadline: Duration,
    reported: &mut Vec<Reported>,
) -> Result<u8, Error> {
    let reported = RefCell::new(reported);
    let report = |event: &persevere::Event<'_>| {
        let (kind, attempt, delay) = (event.kind(), event.attempt(), event.delay());
        reported.borrow_mut().push((kind, attempt, delay, event.waited(), event.error().is_some()));
    };
    STEADY
        .retry(async || script.attempt().await)
        .throttled(GENTLE)
        .on_ok(|value| *value == 0)
        .timeout(TIMEOUT)
        .deadline(deadline)
        .on_retry(report)
        .on_give_up(report)
        .on_success(report)
        .await
}

/// Everything that is to be seen of a call.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Result<u8, Error>,
    begun: Vec<Duration>,
    ended: Duration,
    reported: Vec<Reported>,
}

async fn see(
    steps: &[Step],
    call: impl AsyncFnOnce(&Script, &mut Vec<Reported>) -> Result<u8, Error>,
) -> Seen {
    let script =
        Script { steps: steps.to_vec(), started: Instant::now(), begun: RefCell::default() };
    let mut reported = Vec::new();
    let outcome = call(&script, &mut reported).await;
    let ended = script.started.elapsed();
    Seen { outcome, begun: script.begun.into_inner(), ended, reported }
}

proptest! {
    #[test]
    fn both_forms_do_the_same(
        steps in proptest::collection::vec(step(), 1..7),
        deadline in (1..200_u64).prop_map(Duration::from_secs),
    ) {
        let runtime = paused::runtime();
        let (attribute, closure) = runtime.block_on(async {
            (
                see(&steps, async |script, reported| attribute(script, deadline, reported).await).await,
                see(&steps, async |script, reported| closure(script, deadline, reported).await).await,
            )
        });
        prop_assert!(attribute.ended <= deadline, "{attribute:?}");
        prop_assert_eq!(attribute, closure);
    }
}
