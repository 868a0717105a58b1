//! An open circuit ends the call at once, with what an earlier attempt failed with, in every form.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::time::Duration;

use layered::Error::{self, Busy};
use layered::busy;
use persevere::engine::GiveUp;
use persevere::{
    CircuitBreaker, Classify, Event, EventKind, Jitter, NoValue, Policy, Rejection, Verdict, retry,
};
use scripted::Script;
use tokio::time::Instant;

/// Opens at the second failure, for a minute.
const fn two_failures() -> CircuitBreaker {
    CircuitBreaker::new()
        .with_count_window(2)
        .with_open_jitter(Jitter::None)
        .with_open_duration(Duration::from_mins(1))
}

fn open() -> CircuitBreaker {
    let breaker = two_failures();
    breaker.force_open();
    breaker
}

const CIRCUIT_OPEN: EventKind = EventKind::GiveUp(GiveUp::CircuitOpen);
const QUICK: Policy = Policy::DEFAULT.with_base_delay(Duration::ZERO);

/// The end of a call: its kind, its line, and the error that it shows.
type Reported = (EventKind, String, Option<String>);

fn reported(event: &Event<'_>) -> Reported {
    (event.kind(), event.to_string(), event.error().map(ToString::to_string))
}

fn refused_at_attempt_3(name: &str) -> Reported {
    let line = format!("{name}: attempt 3 of 6 was not made, the circuit is open; giving up with ");
    (CIRCUIT_OPEN, line, None)
}

/// The call has failed twice by itself, and then the circuit was open.
#[track_caller]
fn assert_ended_with_its_own_failure(seen: &[Reported], name: &str, error: &str) {
    let (kind, line, _) = refused_at_attempt_3(name);
    assert_eq!(seen, [(kind, line + error, Some(error.to_owned()))]);
    assert_eq!(GiveUp::CircuitOpen.as_str(), "circuit_open");
}

#[tokio::test(start_paused = true)]
async fn an_async_function_returns_what_it_failed_with() {
    static BREAKER: CircuitBreaker = two_failures();

    #[retry(breaker = BREAKER, base_delay = 0, on_give_up = |event| seen.push(reported(event)))]
    async fn ask(script: &Script<Error>, seen: &mut Vec<Reported>) -> Result<u32, Error> {
        script.run()
    }

    let (script, mut seen, began) = (busy(9), Vec::new(), Instant::now());
    assert_eq!(ask(&script, &mut seen).await, Err(Busy));
    assert_eq!((script.runs(), began.elapsed()), (2, Duration::ZERO));
    assert_ended_with_its_own_failure(&seen, "ask", "busy");
}

#[test]
fn a_blocking_function_does_too() {
    static BREAKER: CircuitBreaker = two_failures();

    #[retry(
        breaker = BREAKER,
        base_delay = 0,
        deadline = "1h",
        on_give_up = |event| seen.push(reported(event))
    )]
    fn ask(script: &Script<Error>, seen: &mut Vec<Reported>) -> Result<u32, Error> {
        script.run()
    }

    let (script, mut seen) = (busy(9), Vec::new());
    assert_eq!(ask(&script, &mut seen), Err(Busy));
    assert_eq!(script.runs(), 2);
    assert_ended_with_its_own_failure(&seen, "ask", "busy");
}

#[tokio::test(start_paused = true)]
async fn closures_do_too() {
    let breaker = Box::leak(Box::new(two_failures()));
    let (script, mut seen) = (busy(9), Vec::new());
    let outcome = QUICK
        .retry(async || script.run())
        .breaker(breaker)
        .name("ask")
        .on_give_up(|event| seen.push(reported(event)))
        .await;
    assert_eq!((outcome, script.runs()), (Err(Busy), 2));
    assert_ended_with_its_own_failure(&seen, "ask", "Busy");

    let breaker = Box::leak(Box::new(two_failures()));
    let (script, mut seen) = (busy(9), Vec::new());
    let outcome = QUICK
        .retry_blocking(|| script.run())
        .breaker(breaker)
        .name("ask")
        .on_give_up(|event| seen.push(reported(event)))
        .call();
    assert_eq!((outcome, script.runs()), (Err(Busy), 2));
    assert_ended_with_its_own_failure(&seen, "ask", "Busy");
}

#[tokio::test(start_paused = true)]
async fn a_fallback_is_given_it() {
    static BREAKER: CircuitBreaker = two_failures();
    static BLOCKING: CircuitBreaker = two_failures();

    #[retry(breaker = BREAKER, base_delay = 0, fallback = async |error| Ok(code_of(&error)))]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(breaker = BLOCKING, base_delay = 0, fallback = |error| Ok(code_of(&error)))]
    fn ask_blocking(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    fn code_of(error: &Error) -> u32 {
        if *error == Busy { 503 } else { 0 }
    }

    assert_eq!(ask(&busy(9)).await, Ok(503));
    assert_eq!(ask(&busy(9)).await, Ok(0)); // nothing of its own to give
    assert_eq!(ask_blocking(&busy(9)), Ok(503));
    let breaker = Box::leak(Box::new(two_failures()));
    let (script, fallback) = (busy(9), |error| Ok(code_of(&error)));
    let outcome = QUICK.retry(async || script.run()).breaker(breaker).fallback(fallback).await;
    assert_eq!(outcome, Ok(503));
}

/// A value that is a failure by its own verdict.
#[derive(Debug, PartialEq)]
struct Unwell(u32);

impl Classify for Unwell {
    fn classify(&self) -> Verdict {
        Verdict::TRANSIENT
    }
}

#[tokio::test(start_paused = true)]
async fn a_retried_value_comes_back_as_well() {
    static BREAKER: CircuitBreaker = two_failures();
    static TIMED: CircuitBreaker = two_failures();

    #[retry(
        breaker = BREAKER,
        on_ok = Unwell(..9),
        base_delay = 0,
        on_give_up = |event| seen.push(reported(event))
    )]
    async fn poll(script: &Script<Error>, seen: &mut Vec<Reported>) -> Result<Unwell, Error> {
        script.run().map(Unwell)
    }

    #[retry(breaker = TIMED, on_ok = Unwell(..9), base_delay = 0, timeout = 1, deadline = "1h")]
    async fn poll_in_time(script: &Script<Error>) -> Result<Unwell, Error> {
        script.run().map(Unwell)
    }

    let (script, mut seen) = (busy(0), Vec::new());
    assert_eq!(poll(&script, &mut seen).await, Ok(Unwell(2)));
    let line = "poll: attempt 3 of 6 was not made, the circuit is open; \
                giving up with the value before it";
    assert_eq!(seen, [(CIRCUIT_OPEN, line.to_owned(), None)]);
    assert_eq!(poll_in_time(&busy(1)).await, Ok(Unwell(2))); // the later one, not the first
    let breaker = Box::leak(Box::new(two_failures()));
    let script = busy(0);
    let outcome =
        QUICK.retry(async || script.run()).on_ok(|_| Verdict::TRANSIENT).breaker(breaker).await;
    assert_eq!(outcome, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_first_attempt_that_is_refused_says_so() {
    static BREAKER: CircuitBreaker = two_failures();

    #[retry(breaker = BREAKER, on_give_up = |event| seen.push(reported(event)))]
    async fn ask(script: &Script<Error>, seen: &mut Vec<Reported>) -> Result<u32, Error> {
        script.run()
    }

    BREAKER.force_open();
    let (script, mut seen, began) = (busy(0), Vec::new(), Instant::now());
    let refused = ask(&script, &mut seen).await.expect_err("the circuit is open");
    assert!(matches!(refused, Error::Rejected(Rejection::CircuitOpen { .. })), "{refused}");
    assert_eq!((script.runs(), began.elapsed()), (0, Duration::ZERO));
    let line = format!("ask: no attempt was made, the circuit is open; giving up with {refused}");
    assert_eq!(seen, [(CIRCUIT_OPEN, line, Some(refused.to_string()))]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_gives_what_a_real_attempt_failed_with_and_no_refusal() {
    static BREAKER: CircuitBreaker = two_failures();

    // The circuit is waited for, for a minute; its probe hangs, and is cut.
    #[retry(breaker = BREAKER, on = _, base_delay = 0, jitter = "none", deadline = "61s")]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        if script.runs() == 2 { std::future::pending().await } else { script.run() }
    }

    let (script, began) = (busy(9), Instant::now());
    assert_eq!(ask(&script).await, Err(Busy));
    assert_eq!((script.runs(), began.elapsed()), (2, Duration::from_secs(61)));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_circuit_waits_no_longer_than_max_delay() {
    #[retry(
        breaker = breaker,
        on = _,
        base_delay = 0,
        max_delay = "59s",
        on_give_up = |event| seen.push(event.kind())
    )]
    async fn ask(
        script: &Script<Error>,
        breaker: &'static CircuitBreaker,
        seen: &mut Vec<EventKind>,
    ) -> Result<u32, Error> {
        script.run()
    }

    let breaker: &'static CircuitBreaker = Box::leak(Box::new(two_failures()));
    let (script, mut seen, began) = (busy(9), Vec::new(), Instant::now());
    assert_eq!(ask(&script, breaker, &mut seen).await, Err(Busy));
    assert_eq!((script.runs(), began.elapsed()), (2, Duration::ZERO));
    assert_eq!(seen, [CIRCUIT_OPEN]);
}

#[test]
fn an_error_that_calls_everything_transient_is_no_reason_to_wait() {
    #[derive(Debug, PartialEq, persevere::Classify)]
    #[retry(transient)]
    struct Unavailable;

    impl From<Rejection> for Unavailable {
        fn from(_: Rejection) -> Self {
            Self
        }
    }

    #[retry(breaker = breaker, sleep = never)]
    fn ask(breaker: &'static CircuitBreaker) -> Result<u32, Unavailable> {
        unreachable!("the circuit is open")
    }

    #[retry(breaker = breaker, max_retries = 1, when = |_| true, sleep = |wait| *waited = wait)]
    fn wait(breaker: &'static CircuitBreaker, waited: &mut Duration) -> Result<u32, Unavailable> {
        unreachable!("the circuit is open")
    }

    let breaker: &'static CircuitBreaker = Box::leak(Box::new(open()));
    assert_eq!(ask(breaker), Err(Unavailable));
    let closure = QUICK.retry_blocking(|| -> Result<u32, Unavailable> { unreachable!() });
    assert_eq!(closure.breaker(breaker).sleep(never).call(), Err(Unavailable));
    let mut waited = Duration::ZERO;
    assert_eq!(wait(breaker, &mut waited), Err(Unavailable));
    assert!(waited > Duration::from_secs(59), "{waited:?}");
}

fn never(wait: Duration) {
    panic!("it waits {wait:?}");
}

#[test]
fn the_fallback_of_an_option_answers_for_an_open_circuit() {
    #[retry(breaker = breaker, when = |_| false, sleep = never, fallback = |_| Some(9))]
    fn ask(breaker: &'static CircuitBreaker) -> Option<u32> {
        unreachable!("the circuit is open")
    }

    #[retry(
        breaker = breaker,
        on = _,
        max_retries = 2,
        sleep = |wait| waits.push(wait.as_secs()),
        fallback = |_| None
    )]
    fn wait(breaker: &'static CircuitBreaker, waits: &mut Vec<u64>) -> Option<u32> {
        unreachable!("the circuit is open")
    }

    let breaker: &'static CircuitBreaker = Box::leak(Box::new(open()));
    assert_eq!(ask(breaker), Some(9));
    let closure = QUICK.retry_blocking(|| -> Option<u32> { unreachable!("the circuit is open") });
    let closure = closure.on(|NoValue| false).fallback(|NoValue| Some(9)).breaker(breaker);
    assert_eq!(closure.sleep(never).call(), Some(9));
    let mut waits = Vec::new();
    assert_eq!((wait(breaker, &mut waits), waits.len()), (None, 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_around_it_does_not_retry_either() {
    static BREAKER: CircuitBreaker = two_failures();

    #[retry(breaker = BREAKER, max_retries = 0)]
    async fn inner() -> Result<u32, Error> {
        unreachable!("the circuit is open")
    }

    #[retry(on_give_up = |event| seen.push(event.kind()))]
    async fn outer(seen: &mut Vec<EventKind>) -> Result<u32, Error> {
        inner().await
    }

    #[retry]
    async fn erased() -> anyhow::Result<u32> {
        Ok(inner().await?)
    }

    // `on` opts in here, too: then no sooner than the circuit lets a probe through.
    #[retry(on = Error::Rejected(_), max_retries = 1)]
    async fn patient() -> Result<u32, Error> {
        inner().await
    }

    BREAKER.force_open();
    let (mut seen, began) = (Vec::new(), Instant::now());
    assert!(outer(&mut seen).await.is_err());
    assert_eq!(seen, [EventKind::GiveUp(GiveUp::Permanent)]);
    assert!(erased().await.is_err());
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(patient().await.is_err());
    assert!(began.elapsed() >= Duration::from_mins(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_full_bulkhead_is_no_reason_to_come_back() {
    static ONE: persevere::Bulkhead = persevere::Bulkhead::new(1);

    #[retry(bulkhead = ONE)]
    async fn inner() -> Result<u32, Error> {
        unreachable!("there is no permit")
    }

    #[retry]
    async fn outer() -> Result<u32, Error> {
        inner().await
    }

    let _permit = ONE.try_acquire().expect("it is free");
    let began = Instant::now();
    assert_eq!(outer().await, Err(Error::Rejected(Rejection::BulkheadFull)));
    assert_eq!(began.elapsed(), Duration::ZERO);
}
