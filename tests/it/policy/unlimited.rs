//! Unlimited retries, counts that start anew, lists of waits, and the presets that have them.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::time::Duration;

use persevere::engine::{Decision, Failure, GiveUp, History, decide};
use persevere::testing::{self, Recorder};
use persevere::{EventKind, Jitter, Policy, Rejection, Verdict, explain, retry};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::time::{Instant, sleep};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// 1 s doubling up to 300 s, counted anew after a minute.
const LINK: Policy = Policy::DEFAULT
    .with_unlimited_retries()
    .with_base_delay(SECOND)
    .with_jitter(Jitter::None)
    .with_reset_after(MINUTE);

/// The waits, in seconds, after attempts that take `runs` seconds, one each; the last one is a success.
async fn waits(policy: Policy, runs: &[u64]) -> Vec<u64> {
    #[retry(policy = policy, on = _, context = attempt, on_retry = |event| waits.push(event.delay()))]
    async fn connect(
        policy: Policy,
        runs: &mut std::slice::Iter<'_, u64>,
        waits: &mut Vec<Option<Duration>>,
    ) -> Result<u32, ()> {
        match runs.next() {
            Some(run) => {
                sleep(Duration::from_secs(*run)).await;
                Err(())
            }
            None => Ok(attempt.number()),
        }
    }
    let mut waits = Vec::new();
    assert!(connect(policy, &mut runs.iter(), &mut waits).await.is_ok());
    waits.into_iter().flatten().map(|wait| wait.as_secs()).collect()
}

#[tokio::test(start_paused = true)]
async fn what_fails_at_once_for_ever_waits_ever_longer() {
    // The waits themselves are longer than a minute, and reset nothing.
    let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300];
    assert_eq!(waits(LINK, &[0; 12]).await, expected);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_ran_long_enough_starts_anew() {
    assert_eq!(waits(LINK, &[0, 0, 0, 60, 0, 59, 0]).await, [1, 2, 4, 1, 2, 4, 8]);
    // The first attempt has nothing to start anew.
    assert_eq!(waits(LINK, &[3600, 0]).await, [1, 2]);
    assert_eq!(waits(LINK.without_reset(), &[0, 0, 3600, 0]).await, [1, 2, 4, 8]);
}

#[retry(policy = LINK, max_retries = 1, on = _, on_retry = |event| log.push(event.to_string()))]
async fn flapping(runs: &mut Vec<u64>, log: &mut Vec<String>) -> Result<(), &'static str> {
    sleep(Duration::from_secs(runs.pop().unwrap_or(0))).await;
    Err("reset by peer")
}

#[tokio::test(start_paused = true)]
async fn the_count_starts_anew_with_the_schedule() {
    let three = LINK.with_max_retries(3);
    assert_eq!(waits(three, &[0, 0, 0, 60, 0, 0]).await, [1, 2, 4, 1, 2, 4]);

    let recorder = Recorder::new();
    let scope = testing::Switch::new().recording(&recorder);
    let mut log = Vec::new();
    let outcome = testing::scope(scope, flapping(&mut vec![0, 90, 70, 0], &mut log)).await;
    assert!(outcome.is_err());
    assert_eq!(
        log,
        [
            "flapping: attempt 1 of 2 failed: reset by peer; retrying in 1 s",
            "flapping: attempt 2 of 2 failed: reset by peer; retrying in 1 s, counted anew",
            "flapping: attempt 2 of 2 failed: reset by peer; retrying in 1 s, counted anew",
        ]
    );
    recorder.assert("4 attempts, waited 1 s then 1 s then 1 s, gave up");
    let anew: Vec<bool> = recorder.events().iter().map(|event| event.counts_anew).collect();
    assert_eq!(anew, [false, true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn in_a_closure_as_in_a_function() {
    let runs = RefCell::new([0_u64, 0, 75, 0].into_iter());
    let mut waits = Vec::new();
    let link = LINK.with_max_retries(2);
    let outcome = link
        .retry_with_context(async |attempt| {
            let run = runs.borrow_mut().next();
            let Some(run) = run else { return Ok(attempt.number()) };
            sleep(Duration::from_secs(run)).await;
            Err("lost")
        })
        .on(|_| true)
        .on_retry(|event| waits.push(event.delay().unwrap_or_default().as_secs()))
        .await;
    assert_eq!((outcome, waits), (Ok(3), vec![1, 2, 1, 2]));
}

#[test]
fn in_a_blocking_function_the_real_clock_counts() {
    let mut runs = [0_u64, 0, 30, 0].into_iter();
    let mut waits = Vec::new();
    let policy = LINK.with_reset_after(Duration::from_millis(20));
    let outcome = policy
        .retry_blocking(|| match runs.next() {
            Some(run) => {
                std::thread::sleep(Duration::from_millis(run));
                Err("lost")
            }
            None => Ok(()),
        })
        .on(|_| true)
        .sleep(|wait| waits.push(wait.as_secs()))
        .call();
    assert_eq!((outcome, waits.len()), (Ok(()), 4));
    // A slow machine may take longer for an attempt, and start anew once more.
    assert_eq!((waits[0], waits[2]), (1, 1));
}

#[test]
fn unlimited_is_more_than_any_number() {
    let mut rng = SmallRng::seed_from_u64(7);
    let worn = History::new(u32::MAX, Some(SECOND));
    let unlimited = Policy::DEFAULT.with_unlimited_retries().with_jitter(Jitter::None);
    let failure = Failure::new(&unlimited, Verdict::TRANSIENT);
    assert_eq!(decide(&failure, &worn, &mut rng), Decision::Retry(5 * MINUTE));
    let most = Policy::DEFAULT.with_max_retries(u32::MAX);
    let failure = Failure::new(&most, Verdict::TRANSIENT);
    assert_eq!(decide(&failure, &worn, &mut rng), Decision::GiveUp(GiveUp::Exhausted));
    assert_ne!(most, Policy::DEFAULT.with_unlimited_retries());
    assert_eq!(worn.with_retry(SECOND).retries, u32::MAX);
    assert_eq!(unlimited.schedule().nth(1_000_000), Some(5 * MINUTE));
    assert_eq!(unlimited.schedule().size_hint(), (usize::MAX, None));
}

#[test]
fn an_event_of_an_unlimited_call_says_so() {
    #[retry(max_retries = "unlimited", base_delay = 0, on = Some(()), context = attempt,
            on_retry = |event| lines.push((event.to_string(), event.max_retries(), event.is_unlimited())))]
    fn count(lines: &mut Vec<(String, u32, bool)>) -> Result<(), Option<()>> {
        assert!(!attempt.is_last() && attempt.is_unlimited() && attempt.max_retries() == u32::MAX);
        Err((attempt.number() < 20).then_some(()))
    }
    let mut lines = Vec::new();
    assert_eq!(count(&mut lines), Err(None));
    assert_eq!(lines.len(), 19);
    let line = "count: attempt 19 of unlimited failed: Some(()); retrying in 0 s".to_owned();
    assert_eq!(lines[18], (line, u32::MAX, true));
}

#[test]
fn a_test_caps_unlimited_retries() {
    let recorder = Recorder::new();
    let _scope = testing::no_waiting().cap_retries(2).recording(&recorder).on_this_thread();
    let call = Policy::RECONNECT.retry_blocking(|| Err::<(), _>("lost")).on(|_| true);
    assert!(call.call().is_err());
    assert_eq!(recorder.attempts(), 3);
    assert_eq!(recorder.outcome(), Some(EventKind::GiveUp(GiveUp::Exhausted)));
}

#[test]
fn presets_are_what_they_are_called() {
    let interactive = Policy::DEFAULT
        .with_max_retries(2)
        .with_base_delay(Duration::from_millis(50))
        .with_max_delay(SECOND)
        .with_jitter(Jitter::Full);
    let reconnect = Policy::DEFAULT
        .with_unlimited_retries()
        .with_base_delay(SECOND)
        .with_max_delay(MINUTE)
        .with_jitter(Jitter::Full)
        .with_reset_after(MINUTE);
    let poll = Policy::DEFAULT
        .with_unlimited_retries()
        .with_base_delay(SECOND)
        .with_exponential_base(1.5)
        .with_max_delay(10 * SECOND)
        .with_jitter(Jitter::Proportional(0.1));
    let presets = [
        ("interactive", Policy::INTERACTIVE, interactive),
        ("reconnect", Policy::RECONNECT, reconnect),
        ("poll", Policy::POLL, poll),
        ("none", Policy::NONE, Policy::DEFAULT.with_max_retries(0)),
    ];
    for (name, preset, expected) in presets {
        assert_eq!((Policy::named(name), preset), (Some(expected), expected), "{name}");
        assert_eq!(name.parse(), Ok(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn the_attribute_knows_the_presets() {
    #[retry(policy = "poll", deadline = "30s", on_ok = None, jitter = "none")]
    async fn poll(asked: &mut u32) -> Result<Option<u32>, Rejection> {
        *asked += 1;
        Ok(None)
    }
    #[retry(policy = "none")]
    async fn once(asked: &mut u32) -> std::io::Result<()> {
        *asked += 1;
        Err(std::io::ErrorKind::TimedOut.into())
    }
    #[retry(policy = "interactive")]
    async fn quick(asked: &mut u32) -> std::io::Result<()> {
        *asked += 1;
        Err(std::io::ErrorKind::TimedOut.into())
    }
    #[retry(policy = ["1s", "5s"], max_retries = 3)]
    async fn listed() -> std::io::Result<()> {
        Err(std::io::ErrorKind::TimedOut.into())
    }
    let began = Instant::now();
    let mut asked = 0;
    assert_eq!(poll(&mut asked).await, Ok(None));
    assert_eq!(asked, 7); // after 1, 1.5, 2.25, 3.375, 5.06 and 7.59 s, but not after 30.8 s
    asked = 0;
    assert!(once(&mut asked).await.is_err());
    assert_eq!(asked, 1);
    asked = 0;
    assert!(quick(&mut asked).await.is_err());
    assert_eq!(asked, 3);
    assert!(began.elapsed() < 30 * SECOND);
    let began = Instant::now();
    assert!(listed().await.is_err());
    assert_eq!(began.elapsed(), (1 + 5 + 5) * SECOND);
}

#[test]
fn a_list_says_each_wait_and_the_last_repeats() {
    const STEPS: Policy = Policy::waits(&[SECOND, Duration::from_mins(10), Duration::from_secs(3)]);
    let waits: Vec<u64> = STEPS.schedule().map(|wait| wait.as_secs()).collect();
    assert_eq!(waits, [1, 600, 3, 3, 3]);
    assert_eq!((STEPS.max_retries(), STEPS.max_delay()), (5, Duration::from_mins(10)));
    assert_eq!((STEPS.base_delay(), STEPS.listed_waits().len()), (SECOND, 3));
    assert_eq!(STEPS.delay(u32::MAX), Duration::from_secs(3));
    let short = STEPS.with_max_delay(Duration::from_secs(2));
    assert!(short.schedule().map(|wait| wait.as_secs()).eq([1, 2, 2, 2, 2]));
    assert_eq!(
        STEPS.to_string(),
        "up to 5 retries, 1 s then 10 min then 3 s, at most 10 min, no jitter"
    );
    // One or the other.
    let doubling = STEPS.with_base_delay(SECOND).with_exponential_base(2.0);
    assert!(doubling.listed_waits().is_empty());
    assert_eq!(doubling.delay(2), 4 * SECOND);
    let spread = STEPS.with_jitter(Jitter::Equal);
    assert_eq!(spread.delay_range(2), Duration::from_millis(1500)..=Duration::from_secs(3));
}

#[test]
#[should_panic(expected = "a list of waits has at least one wait")]
fn an_empty_list_is_refused() {
    let _ = Policy::waits(&[]);
}

const TWO_STEPS: Policy = Policy::waits(&[SECOND, Duration::from_secs(5)]);

#[test]
fn it_is_explained() {
    let text = explain(&Policy::RECONNECT).to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("unlimited retries, 1 s × 2ᵏ, at most 1 min, full jitter"));
    assert_eq!(lines.iter().filter(|line| line.contains('░')).count(), 20);
    assert_eq!(
        lines[lines.len() - 4..],
        [
            "    …  and so on: unlimited retries",
            "",
            "Unlimited attempts, in the end with 0 s – 1 min of waiting before each.",
            "Counted anew from the first row after an attempt that ran for 1 min or longer.",
        ]
    );
    let text = explain(&TWO_STEPS).to_string();
    assert!(text.ends_with("At worst 6 attempts, and 21 s of waiting between them."), "{text}");
}

proptest! {
    /// Run times of attempts against a count by hand.
    #[test]
    fn a_count_starts_anew_after_each_long_run(
        runs in proptest::collection::vec(0..120_u64, 1..20),
        reset in 1..100_u64,
    ) {
        let policy = LINK.with_reset_after(Duration::from_secs(reset));
        let (mut history, mut expected) = (History::NEW, 0_u32);
        for run in runs {
            if run >= reset {
                (history, expected) = (History::NEW, 0);
            }
            let failure = Failure::new(&policy, Verdict::TRANSIENT).ran(Duration::from_secs(run));
            let decision = decide(&failure, &history, &mut SmallRng::seed_from_u64(7));
            prop_assert_eq!(decision, Decision::Retry(policy.delay(expected)));
            history = history.with_retry(policy.delay(expected));
            expected += 1;
        }
    }
}
