//! A deadline beside hooks that take their time: a retry is called off if its wait does not fit any
//! more. A fallback is not bounded.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::time::Duration;

use futures::FutureExt as _;
use layered::Error::{self, Busy};
use layered::{busy, tokens};
use persevere::engine::GiveUp;
use persevere::testing::{self, Recorder};
use persevere::{Budget, Event, EventKind, Jitter, Policy, retry};
use scripted::Script;
use tokio::time::{Instant, advance, sleep};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const DEADLINE: EventKind = EventKind::GiveUp(GiveUp::DeadlineExceeded);
const STEADY: Policy = Policy::DEFAULT
    .with_base_delay(seconds(50))
    .with_exponential_base(1.0)
    .with_jitter(Jitter::None);

/// Takes `time` without an await.
fn take(time: Duration) {
    advance(time).now_or_never();
}

fn line(error: &str) -> String {
    format!("ask: attempt 1 of 6 failed: {error}; giving up, its hook took the time that was left")
}

#[tokio::test(start_paused = true)]
async fn after_a_slow_async_hook_no_wait_begins_that_crosses_the_deadline() {
    static BUDGET: Budget = Budget::new().with_capacity(10);

    #[retry(
        policy = STEADY,
        deadline = "60s",
        budget = BUDGET,
        on_retry = async |_| sleep(hook).await,
        on_give_up = |event| reported.push((event.kind(), event.to_string()))
    )]
    async fn ask(
        script: &Script<Error>,
        hook: Duration,
        reported: &mut Vec<(EventKind, String)>,
    ) -> Result<u32, Error> {
        script.run()
    }

    // 10 s would be left after it, and the wait takes 50 s.
    for hook in [seconds(55), seconds(10), seconds(70)] {
        let (script, mut reported, began) = (busy(9), Vec::new(), Instant::now());
        assert_eq!(ask(&script, hook, &mut reported).await, Err(Busy));
        assert_eq!((script.runs(), began.elapsed()), (1, hook));
        assert_eq!(reported, [(DEADLINE, line("busy"))]);
        assert_eq!(tokens(&BUDGET), 10, "a retry that never ran costs nothing");
    }
    let (script, mut reported, began) = (busy(1), Vec::new(), Instant::now());
    assert_eq!(ask(&script, seconds(9), &mut reported).await, Ok(2));
    assert_eq!((reported.len(), began.elapsed()), (0, seconds(59)));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_around_a_call_holds_after_its_hooks_too() {
    #[retry(policy = STEADY, on_retry = async |_| sleep(seconds(55)).await)]
    async fn inner(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(policy = STEADY, max_retries = 0, deadline = "60s")]
    async fn outer(script: &Script<Error>) -> Result<u32, Error> {
        inner(script).await
    }

    let (script, began) = (busy(9), Instant::now());
    assert_eq!(outer(&script).await, Err(Busy));
    assert_eq!((script.runs(), began.elapsed()), (1, seconds(55)));
}

#[tokio::test(start_paused = true)]
async fn blocking_hooks_count_as_well() {
    #[retry(
        policy = STEADY,
        deadline = "60s",
        on_retry = |_| take(seconds(55)),
        on_give_up = |event| reported.push((event.kind(), event.to_string())),
        sleep = never
    )]
    fn ask(script: &Script<Error>, reported: &mut Vec<(EventKind, String)>) -> Result<u32, Error> {
        script.run()
    }

    fn never(wait: Duration) {
        panic!("it waits {wait:?}");
    }

    let (script, mut reported, recorder) = (busy(9), Vec::new(), Recorder::new());
    {
        let _recording = testing::recording(&recorder).on_this_thread();
        assert_eq!(ask(&script, &mut reported), Err(Busy));
    }
    assert_eq!(script.runs(), 1);
    recorder.assert("1 attempt, gave up"); // two events of one call
    assert_eq!(reported, [(DEADLINE, line("busy"))]);
}

#[tokio::test(start_paused = true)]
async fn waits_that_a_test_skips_count_once() {
    #[retry(policy = STEADY, deadline = "130s", on_retry = |_| ())]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let (script, recorder) = (busy(9), Recorder::new());
    let switch = testing::no_waiting().recording(&recorder);
    assert_eq!(testing::scope(switch, ask(&script)).await, Err(Busy));
    recorder.assert("3 attempts, waited 50 s then 50 s, gave up");
}

#[tokio::test(start_paused = true)]
async fn hooks_of_closures_too() {
    let mut reported = Vec::new();
    let mut hear = |event: &Event<'_>| reported.push((event.kind(), event.to_string()));
    let (script, began) = (busy(9), Instant::now());
    let outcome = STEADY
        .retry(async || script.run())
        .name("ask")
        .deadline(seconds(60))
        .on_retry(|_| take(seconds(55)))
        .on_give_up(&mut hear)
        .await;
    assert_eq!((outcome, script.runs(), began.elapsed()), (Err(Busy), 1, seconds(55)));
    let script = busy(9);
    let outcome = STEADY
        .retry_blocking(|| script.run())
        .name("ask")
        .deadline(seconds(60))
        .on_retry(|_| take(seconds(55)))
        .on_give_up(hear)
        .sleep(|wait| panic!("it waits {wait:?}"))
        .call();
    assert_eq!((outcome, script.runs()), (Err(Busy), 1));
    assert_eq!(reported, [(DEADLINE, line("Busy")), (DEADLINE, line("Busy"))]);
}

#[tokio::test(start_paused = true)]
async fn a_fallback_has_the_time_that_it_takes() {
    #[retry(policy = STEADY, deadline = "60s", fallback = from_archive)]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    // It keeps neither the deadline of the call that is over, nor does what it calls.
    async fn from_archive(_: Error) -> Result<u32, Error> {
        archive(&busy(1)).await
    }

    #[retry(policy = STEADY)]
    async fn archive(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let (script, began) = (busy(9), Instant::now());
    assert_eq!(ask(&script).await, Ok(2));
    assert_eq!((script.runs(), began.elapsed()), (2, seconds(50 + 50)));
}
