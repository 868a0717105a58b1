//! What `tracing` is sent: level, target and every field, and nothing where nothing fails.

use crate::support::recorded;
use crate::support::scripted;

use std::cell::Cell;
use std::time::Duration;

use persevere::closure::{Blocking, Retrying};
use persevere::{
    Budget, Bulkhead, CircuitBreaker, Classify, Jitter, Policy, Rejection, Verdict, retry,
};
use recorded::{Fields, Recorded, Recording};
use scripted::Script;
use tracing::Level;

#[derive(Debug)]
enum Error {
    Busy,
    Limited,
    Broken,
}

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Busy => Verdict::TRANSIENT,
            Self::Limited => Verdict::THROTTLED,
            Self::Broken => Verdict::PERMANENT,
        }
    }
}

fn fields<const N: usize>(pairs: [(&'static str, &str); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name, value.to_owned())).collect()
}

fn event(level: Level, fields: Fields) -> Recorded {
    Recorded { level, target: "persevere", spans: Vec::new(), fields }
}

#[retry(policy = "conservative", id = id)]
async fn call(script: &Script<Error>, id: &str) -> Result<u32, Error> {
    script.run()
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_when_the_first_attempt_succeeds() {
    let recording = Recording::start();
    assert_eq!(call(&Script::of([]), "x").await.unwrap(), 1);
    assert_eq!(blocking(&Script::of([])).unwrap(), 1);
    assert_eq!(recording.events(), []);
    assert_eq!(recording.spans(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn retries_warn_and_a_late_success_informs() {
    let recording = Recording::start();
    assert_eq!(call(&Script::of([Error::Busy, Error::Limited]), "x").await.unwrap(), 3);
    let expected = [
        event(
            Level::WARN,
            fields([
                ("function", "it::observing::tracing_events::call"),
                ("id", "x"),
                ("attempt", "1"),
                ("max_retries", "3"),
                ("delay_seconds", "5.0"),
                ("waited_seconds", "0.0"),
                ("class", "transient"),
                ("error", "Busy"),
                ("message", "call[x]: attempt 1 of 4 failed: Busy; retrying in 5 s"),
            ]),
        ),
        event(
            Level::WARN,
            fields([
                ("function", "it::observing::tracing_events::call"),
                ("id", "x"),
                ("attempt", "2"),
                ("max_retries", "3"),
                ("delay_seconds", "10.0"),
                ("waited_seconds", "5.0"),
                ("class", "throttled"),
                ("error", "Limited"),
                ("message", "call[x]: attempt 2 of 4 failed: Limited; retrying in 10 s"),
            ]),
        ),
        event(
            Level::INFO,
            fields([
                ("function", "it::observing::tracing_events::call"),
                ("id", "x"),
                ("attempt", "3"),
                ("max_retries", "3"),
                ("waited_seconds", "15.0"),
                ("message", "call[x]: attempt 3 of 4 succeeded after 15 s of waiting"),
            ]),
        ),
    ];
    assert_eq!(recording.events(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_at_the_first_attempt_is_an_answer() {
    let recording = Recording::start();
    let script = Script::of([Error::Broken]);
    assert!(matches!(call(&script, "x").await, Err(Error::Broken)));
    assert_eq!(script.runs(), 1);
    let expected = event(
        Level::DEBUG,
        fields([
            ("function", "it::observing::tracing_events::call"),
            ("id", "x"),
            ("attempt", "1"),
            ("max_retries", "3"),
            ("waited_seconds", "0.0"),
            ("class", "permanent"),
            ("reason", "permanent"),
            ("error", "Broken"),
            (
                "message",
                "call[x]: attempt 1 of 4 failed: Broken; giving up, the failure is permanent",
            ),
        ]),
    );
    assert_eq!(recording.events(), [expected]);
}

#[retry(
    name = "billing",
    max_retries = 1,
    base_delay = 2,
    jitter = "none",
    context = attempt
)]
async fn stamped(script: &Script<Error>) -> Result<u32, Error> {
    tokio::time::sleep(Duration::from_millis(250)).await;
    if attempt.is_last() {
        attempt.give_up();
    }
    script.run()
}

#[tokio::test(start_paused = true)]
async fn with_a_context_the_elapsed_time_is_sent_and_the_name_is_ones_own() {
    let recording = Recording::start();
    assert!(stamped(&Script::of([Error::Busy, Error::Busy])).await.is_err());
    assert!(stamped(&Script::of([Error::Busy])).await.is_ok());
    let seen: Vec<_> = recording
        .events()
        .into_iter()
        .map(|event| {
            let field = |name| event.fields.get(name).cloned().unwrap_or_default();
            (event.level, field("function"), field("elapsed_seconds"), field("message"))
        })
        .collect();
    let failed = "billing: attempt 1 of 2 failed: Busy; retrying in 2 s";
    let line = |level, elapsed: &str, message: &str| {
        (level, "billing".to_owned(), elapsed.to_owned(), message.to_owned())
    };
    let expected = [
        line(Level::WARN, "0.25", failed),
        line(
            Level::WARN,
            "2.5",
            "billing: attempt 2 of 2 failed: Busy; giving up, as the function asked",
        ),
        line(Level::WARN, "0.25", failed),
        line(Level::INFO, "2.5", "billing: attempt 2 of 2 succeeded after 2 s of waiting"),
    ];
    assert_eq!(seen, expected);
}

/// The levels of a call's events.
fn levels(call: impl FnOnce()) -> Vec<Level> {
    let recording = Recording::start();
    call();
    recording.events().iter().map(|event| event.level).collect()
}

#[test]
fn the_level_says_who_ended_the_call() {
    static BUDGET: Budget = Budget::new().with_capacity(5); // one retry
    static OPEN: CircuitBreaker = CircuitBreaker::new();
    static FULL: Bulkhead = Bulkhead::new(1);
    OPEN.force_open();
    let _permit = FULL.try_acquire().unwrap();
    let policy = Policy::CONSERVATIVE;
    let after = |wait| Verdict::THROTTLED.with_retry_after(Duration::from_secs(wait));
    let end = |verdicts: &[Verdict], call: fn(Call<'_>) -> Result<(), Judged>| {
        let verdicts = Cell::new(verdicts);
        let mut attempt = || {
            let (first, rest) = verdicts.get().split_first().expect("another attempt");
            verdicts.set(rest);
            Err(Judged(*first))
        };
        levels(|| {
            let attempts = policy.with_max_retries(1).retry_blocking(&mut attempt as &mut Body<'_>);
            assert!(call(attempts).is_err());
        })
    };
    let (busy, broken) = (Verdict::TRANSIENT, Verdict::PERMANENT);
    // The failure, which is an answer.
    assert_eq!(end(&[broken], |call| call.sleep(|_| ()).call()), [Level::DEBUG]);
    assert_eq!(end(&[busy, broken], |call| call.sleep(|_| ()).call()), [Level::WARN, Level::WARN]);
    // The policy.
    assert_eq!(end(&[busy, busy], |call| call.sleep(|_| ()).call()), [Level::WARN, Level::ERROR]);
    assert_eq!(end(&[after(301)], |call| call.sleep(|_| ()).call()), [Level::ERROR]);
    // What stands around it.
    assert_eq!(
        end(&[busy, busy], |call| call.budget(&BUDGET).sleep(|_| ()).call()),
        [Level::WARN, Level::ERROR]
    );
    assert_eq!(end(&[busy], |call| call.budget(&BUDGET).sleep(|_| ()).call()), [Level::ERROR]);
    assert_eq!(end(&[], |call| call.breaker(&OPEN).sleep(|_| ()).call()), [Level::ERROR]);
    assert_eq!(end(&[], |call| call.bulkhead(&FULL).sleep(|_| ()).call()), [Level::ERROR]);
    assert_eq!(
        end(&[busy], |call| call.deadline(Duration::from_secs(1)).sleep(|_| ()).call()),
        [Level::ERROR]
    );
    // The body.
    let give_up = levels(|| {
        let call = policy.retry_blocking_with_context(|attempt| {
            attempt.give_up();
            None::<()>
        });
        assert!(call.on(|_| true).call().is_none());
    });
    assert_eq!(give_up, [Level::DEBUG]);
}

type Body<'a> = dyn FnMut() -> Result<(), Judged> + 'a;
type Call<'a> = Retrying<Blocking<&'a mut Body<'a>>>;

#[derive(Debug)]
struct Judged(Verdict);

impl Classify for Judged {
    fn classify(&self) -> Verdict {
        self.0
    }
}

impl From<Rejection> for Judged {
    fn from(rejection: Rejection) -> Self {
        Self(rejection.classify())
    }
}

#[retry(base_delay = 0, max_retries = 1)]
fn blocking(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[test]
fn blocking_functions_send_the_same() {
    let recording = Recording::start();
    assert!(blocking(&Script::of([Error::Busy, Error::Limited])).is_err());
    let events = recording.events();
    let levels: Vec<_> = events.iter().map(|event| event.level).collect();
    assert_eq!(levels, [Level::WARN, Level::ERROR]);
    assert_eq!(
        events[1].fields,
        fields([
            ("function", "it::observing::tracing_events::blocking"),
            ("attempt", "2"),
            ("max_retries", "1"),
            ("waited_seconds", "0.0"),
            ("class", "throttled"),
            ("reason", "exhausted"),
            ("error", "Limited"),
            (
                "message",
                "blocking: attempt 2 of 2 failed: Limited; giving up after 1 retry and 0 s of waiting",
            ),
        ])
    );
}

#[tokio::test(start_paused = true)]
async fn events_belong_to_the_span_around_the_call() {
    let recording = Recording::start();
    let span = tracing::info_span!("request");
    let script = Script::of([Error::Busy]);
    tracing::Instrument::instrument(call(&script, "x"), span).await.unwrap();
    let spans: Vec<_> = recording.events().into_iter().map(|event| event.spans).collect();
    assert_eq!(spans, [["request"], ["request"]]);
}

#[test]
fn a_circuit_that_opens_warns_and_one_that_closes_informs() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new()
        .with_name("search")
        .with_minimum_calls(1)
        .with_open_jitter(Jitter::None);
    let recording = Recording::start();
    BREAKER.try_acquire().unwrap().failed(Verdict::TRANSIENT);
    BREAKER.reset();
    let expected = [
        event(
            Level::WARN,
            fields([
                ("circuit", "search"),
                ("from", "closed"),
                ("to", "open"),
                ("open_seconds", "5.0"),
                ("message", "circuit search: closed -> open for 5 s"),
            ]),
        ),
        event(
            Level::INFO,
            fields([
                ("circuit", "search"),
                ("from", "open"),
                ("to", "closed"),
                ("message", "circuit search: open -> closed"),
            ]),
        ),
    ];
    assert_eq!(recording.events(), expected);
}

#[retry(on = _, base_delay = "1ms", jitter = "none", max_retries = 3, name = "stalls")]
fn stalls(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

fn warnings_of_stalls(function: &str, recording: &Recording) -> usize {
    let events = recording.events();
    let begins =
        format!("{function} blocks its thread between attempts, and is called in a task of tokio");
    let of_stalls = events
        .iter()
        .filter(|event| event.fields.get("message").is_some_and(|text| text.starts_with(&begins)));
    of_stalls.inspect(|event| assert_eq!(event.level, Level::WARN)).count()
}

/// The waits are real, a millisecond each: nothing else waits.
#[test]
fn a_blocking_function_that_waits_in_a_task_is_warned_of_once() {
    let recording = Recording::start();
    let failing = || Script::of([Error::Busy, Error::Busy, Error::Busy]);
    assert_eq!(stalls(&failing()).unwrap(), 4);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let entered = runtime.enter();
    assert_eq!(stalls(&failing()).unwrap(), 4);
    drop(entered);
    assert_eq!(warnings_of_stalls("stalls", &recording), 0, "nothing is polled");
    for _ in 0..2 {
        runtime.block_on(async { assert_eq!(stalls(&failing()).unwrap(), 4) });
    }
    assert_eq!(warnings_of_stalls("stalls", &recording), 1);
}

fn stalls_in_a_closure(script: &Script<Error>) -> Result<u32, Error> {
    let policy =
        Policy::DEFAULT.with_base_delay(Duration::from_millis(1)).with_jitter(Jitter::None);
    policy.retry_blocking(|| script.run()).on(|_| true).call()
}

/// As above: a millisecond for each wait.
#[test]
fn so_is_a_blocking_closure_by_the_function_that_it_stands_in() {
    let recording = Recording::start();
    let failing = || Script::of([Error::Busy]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(async {
        let here = tokio::task::block_in_place(|| stalls_in_a_closure(&failing()));
        assert_eq!(here.unwrap(), 2);
    });
    let name = concat!(module_path!(), "::stalls_in_a_closure");
    assert_eq!(warnings_of_stalls(name, &recording), 0, "the thread has been given away");
    for _ in 0..2 {
        runtime.block_on(async { assert_eq!(stalls_in_a_closure(&failing()).unwrap(), 2) });
    }
    assert_eq!(warnings_of_stalls(name, &recording), 1);
}
