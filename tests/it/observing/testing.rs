//! The test switch: zero waits, caps, jitter, in every form of retrying.
#![deny(warnings, clippy::pedantic)]

use std::cell::RefCell;
use std::time::Duration;

use persevere::testing::{self, Flaky, Recorder, Switch};
use persevere::{Attempt, Event, EventKind, Jitter, Policy, retry};

#[derive(Clone, Debug, PartialEq)]
struct Busy;

impl std::fmt::Display for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("busy")
    }
}

fn down() -> Flaky<u32, Busy> {
    Flaky::always(|| Err(Busy))
}

#[retry(on = _)]
async fn asynchronous(flaky: &Flaky<u32, Busy>) -> Result<u32, Busy> {
    flaky.call()
}

#[retry(on = _)]
fn blocking(flaky: &Flaky<u32, Busy>) -> Result<u32, Busy> {
    flaky.call()
}

thread_local! {
    static SLEPT: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn sleep(wait: Duration) {
    SLEPT.with_borrow_mut(|slept| slept.push(wait));
}

#[retry(on = _, sleep = sleep)]
fn with_own_sleep(flaky: &Flaky<u32, Busy>) -> Result<u32, Busy> {
    flaky.call()
}

const SCHEDULE: &str = "6 attempts, waited 2 s then 4 s then 8 s then 16 s then 32 s, gave up";

/// What most tests want, and a recorder of what happens.
fn quick() -> (Switch, Recorder) {
    let recorder = Recorder::new();
    (testing::no_waiting().without_jitter().recording(&recorder), recorder)
}

#[tokio::test(start_paused = true)]
async fn an_async_function_does_not_wait() {
    let (switch, recorder) = quick();
    let began = tokio::time::Instant::now();
    assert_eq!(testing::scope(switch, asynchronous(&down())).await, Err(Busy));
    assert_eq!(began.elapsed(), Duration::ZERO);
    recorder.assert(SCHEDULE);
}

#[test]
fn a_blocking_function_does_not_wait() {
    let (switch, recorder) = quick();
    let _scope = switch.on_this_thread();
    assert_eq!(blocking(&down()), Err(Busy)); // a minute, in earnest
    recorder.assert(SCHEDULE);
}

#[test]
fn a_sleep_of_ones_own_is_called_with_zero() {
    let (switch, recorder) = quick();
    let _scope = switch.on_this_thread();
    assert_eq!(with_own_sleep(&down()), Err(Busy));
    assert_eq!(SLEPT.take(), [Duration::ZERO; 5]);
    recorder.assert(SCHEDULE);
}

#[tokio::test(start_paused = true)]
async fn closures_do_not_wait() {
    let (switch, recorder) = quick();
    let began = tokio::time::Instant::now();
    let flaky = down();
    let call = async { Policy::DEFAULT.retry(async || flaky.call()).on(|_| true).await };
    assert_eq!(testing::scope(switch.clone(), call).await, Err(Busy));
    let sleeping = async {
        let retrying = Policy::DEFAULT.retry(async || flaky.call()).on(|_| true);
        retrying.sleep(tokio::time::sleep).await
    };
    assert_eq!(testing::scope(switch.clone(), sleeping).await, Err(Busy));
    let _scope = switch.on_this_thread();
    let outcome = Policy::DEFAULT.retry_blocking(|| flaky.call()).on(|_| true).call();
    assert_eq!(outcome, Err(Busy));
    assert_eq!(began.elapsed(), Duration::ZERO);
    recorder.assert(&format!("{SCHEDULE}; {SCHEDULE}; {SCHEDULE}"));
}

#[retry(on = _, jitter = "decorrelated", max_retries = 30, max_delay = "1h", context = attempt)]
fn decorrelated(seen: &mut Vec<Option<Duration>>) -> Result<(), Busy> {
    seen.push(attempt.previous_delay());
    Err(Busy)
}

#[test]
fn what_is_planned_goes_on_from_what_was_planned() {
    let recorder = Recorder::new();
    let _scope = testing::no_waiting().seeded(7).recording(&recorder).on_this_thread();
    let mut seen = Vec::new();
    assert_eq!(decorrelated(&mut seen), Err(Busy));
    let waits = recorder.waits();
    assert_eq!(
        seen.split_first(),
        Some((&None, &*waits.iter().copied().map(Some).collect::<Vec<_>>()))
    );
    // Three times the wait before, and not three times zero.
    assert!(waits.windows(2).all(|pair| pair[1] <= pair[0] * 3));
    assert!(waits.iter().any(|wait| *wait > Policy::DEFAULT.base_delay() * 3));
}

#[derive(Debug, PartialEq)]
enum Error {
    Busy,
    Rejected(persevere::Rejection),
}

impl From<persevere::Rejection> for Error {
    fn from(rejection: persevere::Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

#[retry(on = _, deadline = "20s", jitter = "none")]
async fn within_a_deadline() -> Result<(), Error> {
    Err(Error::Busy)
}

#[tokio::test(start_paused = true)]
async fn a_deadline_is_judged_as_if_the_waits_had_passed() {
    let in_earnest = Recorder::new();
    let call = testing::scope(testing::recording(&in_earnest), within_a_deadline());
    assert_eq!(call.await, Err(Error::Busy));
    in_earnest.assert("4 attempts, waited 2 s then 4 s then 8 s, gave up"); // 16 s more is too long

    let (switch, recorder) = quick();
    assert_eq!(testing::scope(switch, within_a_deadline()).await, Err(Error::Busy));
    assert_eq!(recorder.summary(), in_earnest.summary());
    assert_eq!(recorder.outcome(), in_earnest.outcome());
}

#[retry(on = _, context = attempt)]
fn counting(last: &mut Vec<bool>) -> Result<(), Busy> {
    assert_eq!(attempt.max_retries(), 2);
    last.push(attempt.is_last());
    Err(Busy)
}

#[test]
fn a_cap_is_seen_from_inside_and_in_events() {
    let (switch, recorder) = quick();
    let _scope = switch.cap_retries(2).on_this_thread();
    let mut last = Vec::new();
    assert_eq!(counting(&mut last), Err(Busy));
    assert_eq!(last, [false, false, true]);
    assert!(recorder.events().iter().all(|event| event.max_retries == 2));
    let line =
        "counting: attempt 3 of 3 failed: busy; giving up after 2 retries and 6 s of waiting";
    assert_eq!(recorder.events()[2].line, line);
}

#[test]
fn a_cap_leaves_a_smaller_policy_alone() {
    let _scope = testing::cap_retries(9).no_waiting().on_this_thread();
    let flaky = down();
    assert_eq!(blocking(&flaky), Err(Busy));
    assert_eq!(flaky.calls(), 6);
}

#[test]
fn a_late_success_shows_the_cap() {
    let (switch, recorder) = quick();
    let _scope = switch.cap_retries(3).on_this_thread();
    assert_eq!(blocking(&Flaky::failing(1, || Busy).then(|| Ok(3))), Ok(3));
    recorder.assert("2 attempts, waited 2 s, succeeded");
    assert_eq!(
        recorder.events()[1].line,
        "blocking: attempt 2 of 4 succeeded after 2 s of waiting"
    );
}

#[test]
fn off_means_one_attempt() {
    let _scope = testing::off().on_this_thread();
    let flaky = down();
    assert_eq!(blocking(&flaky), Err(Busy));
    assert_eq!(flaky.calls(), 1);
}

#[test]
fn a_seed_repeats_its_waits() {
    let waits = |seed| {
        let recorder = Recorder::new();
        let _scope = testing::seeded(seed).no_waiting().recording(&recorder).on_this_thread();
        assert_eq!(blocking(&down()), Err(Busy));
        recorder.waits()
    };
    assert_eq!(waits(7), waits(7));
    assert_ne!(waits(7), waits(8));
    for (index, wait) in (0..).zip(waits(7)) {
        assert!(Policy::DEFAULT.delay_range(index).contains(&wait));
    }
}

#[retry(on = _, policy = FULL, context = attempt, max_retries = 2)]
fn with_other_schedules(attempts: &mut u32) -> Result<(), Busy> {
    *attempts = attempt.number();
    attempt.retry_with(FULL.with_base_delay(Duration::from_secs(7)));
    Err(Busy)
}

const FULL: Policy = Policy::DEFAULT.with_jitter(Jitter::Full);

#[test]
fn jitter_is_taken_from_the_schedules_of_the_body_too() {
    let (switch, recorder) = quick();
    let _scope = switch.on_this_thread();
    assert_eq!(with_other_schedules(&mut 0), Err(Busy));
    recorder.assert("3 attempts, waited 7 s then 14 s, gave up");
}

fn note(event: &Event<'_>, notes: &mut Vec<Option<Duration>>) {
    assert_eq!(event.kind(), EventKind::Retry);
    notes.push(event.delay());
}

#[retry(on = _, max_retries = 2, on_retry = |event| note(event, notes))]
fn with_a_hook(notes: &mut Vec<Option<Duration>>) -> Result<(), Busy> {
    Err(Busy)
}

#[test]
fn hooks_get_the_planned_wait() {
    let _scope = testing::no_waiting().without_jitter().on_this_thread();
    let mut notes = Vec::new();
    assert_eq!(with_a_hook(&mut notes), Err(Busy));
    assert_eq!(notes, [2, 4].map(|seconds| Some(Duration::from_secs(seconds))));
}

#[test]
fn a_closures_attempt_knows_the_cap() {
    let _scope = testing::cap_retries(1).no_waiting().on_this_thread();
    let mut seen = Vec::new();
    let outcome = Policy::DEFAULT
        .retry_blocking_with_context(|attempt: std::sync::Arc<Attempt>| {
            seen.push((attempt.max_retries(), attempt.is_last()));
            None::<u8>
        })
        .on(|_| true)
        .call();
    assert_eq!((outcome, seen), (None, vec![(1, false), (1, true)]));
}
