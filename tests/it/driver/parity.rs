//! A driven call, whose progress goes through a text between its attempts, does what the loop does:
//! it begins its attempts at the same times, reports the same and ends alike, for any outcomes.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use persevere::driver::{Driver, Failed, Next, Progress};
use persevere::testing::{self, Recorded, Recorder};
use persevere::{Attempt, Budget, Classify, Event, Policy, Rejection, Verdict, retry};
use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use crate::support::arbitrary;
use crate::support::classes::Error;
use crate::support::paused;

/// What the body asks for before it ends.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Nothing,
    RetryIn(Duration),
    RetryWith,
    GiveUp,
    /// Nothing, but it calls a function that retries, too.
    Nested,
}

/// One attempt: how long it takes, what it asks for, and what comes of it; and whether a wait after it
/// is made in the same process.
#[derive(Clone, Copy, Debug)]
struct Step {
    takes: Duration,
    asked: Asked,
    outcome: Result<u8, Error>,
    stays: bool,
}

fn seconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    (range, 0..1_000_000_000_u32).prop_map(|(seconds, fraction)| Duration::new(seconds, fraction))
}

fn step() -> impl Strategy<Value = Step> {
    let outcome = prop_oneof![
        4 => any::<u32>().prop_map(|number| Err(Error::Busy(number))),
        3 => proptest::option::of(seconds(0..40)).prop_map(|wait| Err(Error::Limited(wait))),
        2 => Just(Ok(0)), // retried
        1 => Just(Err(Error::Broken)),
        1 => (1..=9_u8).prop_map(Ok),
    ];
    let asked = prop_oneof![
        8 => Just(Asked::Nothing),
        1 => seconds(0..50).prop_map(Asked::RetryIn),
        1 => Just(Asked::RetryWith),
        1 => Just(Asked::GiveUp),
        2 => Just(Asked::Nested),
    ];
    (seconds(0..8), asked, outcome, any::<bool>()).prop_map(|(takes, asked, outcome, stays)| Step {
        takes,
        asked,
        outcome,
        stays,
    })
}

/// What both ways are given.
#[derive(Clone, Debug)]
struct Call {
    steps: Vec<Step>,
    policy: Policy,
    deadline: Duration,
    capacity: u32,
    seed: u64,
    skips_waits: bool,
}

fn call() -> impl Strategy<Value = Call> {
    let steps = proptest::collection::vec(step(), 1..7);
    let policy =
        (0..6_u32, seconds(0..9), arbitrary::jitter(), proptest::option::of(seconds(1..8)))
            .prop_map(|(retries, base, jitter, reset_after)| {
                let policy = Policy::DEFAULT
                    .with_max_retries(retries)
                    .with_base_delay(base)
                    .with_jitter(jitter);
                reset_after.map_or(policy, |ran| policy.with_reset_after(ran))
            });
    let rest = (seconds(1..200), 5..40_u32, any::<u64>(), proptest::bool::weighted(0.2));
    (steps, policy, rest).prop_map(|(steps, policy, (deadline, capacity, seed, skips_waits))| {
        Call { steps, policy, deadline, capacity, seed, skips_waits }
    })
}

const GENTLE: Policy = Policy::CONSERVATIVE.with_base_delay(Duration::from_secs(15));
const TIMEOUT: Duration = Duration::from_secs(6);

#[retry(base_delay = 0, max_retries = 1, on = _)]
async fn within() -> Result<(), u8> {
    Err(7)
}

/// Runs the steps one after the other, the last one for ever.
struct Script {
    steps: Vec<Step>,
    started: Instant,
    /// When each attempt began.
    begun: RefCell<Vec<Duration>>,
}

impl Script {
    fn next(&self) -> Step {
        let number = self.begun.borrow().len();
        self.begun.borrow_mut().push(self.started.elapsed());
        self.steps[number.min(self.steps.len() - 1)]
    }

    async fn attempt(&self, attempt: &Attempt) -> Result<u8, Error> {
        let step = self.next();
        match step.asked {
            Asked::Nothing => {}
            Asked::RetryIn(wait) => attempt.retry_in(wait),
            Asked::RetryWith => attempt.retry_with(GENTLE),
            Asked::GiveUp => attempt.give_up(),
            Asked::Nested => assert_eq!(within().await, Err(7)),
        }
        sleep(step.takes).await;
        step.outcome
    }
}

/// What a hook hears that a recorder does not.
type Heard = (Option<Duration>, Option<Duration>);

fn heard(event: &Event<'_>) -> Heard {
    (event.elapsed(), event.delay())
}

async fn in_a_loop(
    script: &Script,
    call: &Call,
    budget: &'static Budget,
    hook: impl Fn(&Event<'_>),
) -> Result<u8, Error> {
    call.policy
        .retry_with_context(async |attempt: Arc<Attempt>| script.attempt(&attempt).await)
        .throttled(GENTLE)
        .on_ok(|value| *value == 0)
        .timeout(TIMEOUT)
        .deadline(call.deadline)
        .budget(budget)
        .name("driver::parity")
        .id("job-7")
        .on_retry(&hook)
        .on_give_up(&hook)
        .on_success(&hook)
        .await
}

async fn driven(
    script: &Script,
    call: &Call,
    budget: &'static Budget,
    hook: impl Fn(&Event<'_>),
) -> Result<u8, Error> {
    let driver = Driver::named("driver::parity", call.policy)
        .throttled(GENTLE)
        .deadline(call.deadline)
        .budget(budget);
    let mut earlier = None;
    let mut driving = driver.begin().id("job-7");
    loop {
        let number = script.begun.borrow().len();
        let attempt = Arc::clone(driving.attempt());
        let ran = driving.run(Some(TIMEOUT), sleep, script.attempt(&attempt)).await;
        let outcome = match (ran, earlier.take()) {
            (Ok(outcome), _) => outcome,
            // As everywhere, an error that has been there says more than a deadline's cut.
            (Err(Rejection::DeadlineExceeded), Some(earlier)) => earlier,
            (Err(rejection), _) => Err(rejection.into()),
        };
        let next = match outcome {
            Ok(0) => driving.failed_with(Failed::waiting(Verdict::TRANSIENT), &hook),
            Ok(value) => {
                driving.succeeded_with(&hook);
                return Ok(value);
            }
            Err(error) => {
                let text = format!("{error:?}");
                driving.failed_with(Failed::new(error.classify(), &text), &hook)
            }
        };
        let Next::Retry(retry) = next else { return outcome };
        earlier = Some(outcome);
        let stays = script.steps[number.min(script.steps.len() - 1)].stays;
        let wait = retry.delay();
        driving = if stays {
            sleep(wait).await;
            retry.begin()
        } else {
            let row = serde_json::to_string(&retry.hand_over()).unwrap();
            sleep(wait).await;
            let progress: Progress = serde_json::from_str(&row).unwrap();
            driver.resume(progress, script.started.elapsed()).id("job-7")
        };
    }
}

/// Everything that is to be seen of a call.
#[derive(Debug, PartialEq)]
struct Seen {
    outcome: Result<u8, Error>,
    begun: Vec<Duration>,
    ended: Duration,
    reported: Vec<Recorded>,
    heard: Vec<Heard>,
    budget: String,
}

async fn see(
    call: &Call,
    run: impl AsyncFnOnce(&Script, &'static Budget, &dyn Fn(&Event<'_>)) -> Result<u8, Error>,
) -> Seen {
    let budget: &'static Budget = Box::leak(Box::new(Budget::new().with_capacity(call.capacity)));
    let recorder = Recorder::new();
    let switch = testing::seeded(call.seed).recording(&recorder);
    let switch = if call.skips_waits { switch.no_waiting() } else { switch };
    let _scope = switch.on_this_thread();
    let begun = RefCell::default();
    let script = Script { steps: call.steps.clone(), started: Instant::now(), begun };
    let heard_by_hook = RefCell::new(Vec::new());
    let hook = |event: &Event<'_>| heard_by_hook.borrow_mut().push(heard(event));
    let outcome = run(&script, budget, &hook).await;
    let ended = script.started.elapsed();
    Seen {
        outcome,
        begun: script.begun.into_inner(),
        ended,
        reported: recorder.events(),
        heard: heard_by_hook.take(),
        budget: budget.available().to_string(),
    }
}

proptest! {
    #[test]
    fn a_driven_call_does_what_the_loop_does(call in call()) {
        let runtime = paused::runtime();
        let (looped, driven) = runtime.block_on(async {
            (
                see(&call, async |script, budget, hook| {
                    in_a_loop(script, &call, budget, hook).await
                })
                .await,
                see(&call, async |script, budget, hook| {
                    driven(script, &call, budget, hook).await
                })
                .await,
            )
        });
        prop_assert_eq!(looped, driven);
    }
}
