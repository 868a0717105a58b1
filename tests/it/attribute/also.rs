//! `also`: what is retried beside what the error, or `when`, says; in every form.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::io;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{CircuitBreaker, Classify, EventKind, Policy, Rejection, Verdict, retry};
use proptest::prelude::*;
use tokio::time::Instant;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Error {
    Busy(u8),
    Gone(u8),
    Locked(Duration),
    Rejected(Rejection),
}

use Error::{Busy, Gone, Locked};

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Busy(_) => Verdict::TRANSIENT,
            Gone(_) => Verdict::PERMANENT,
            Locked(wait) => Verdict::PERMANENT.with_retry_after(*wait),
            Self::Rejected(rejection) => rejection.classify(),
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

fn count(attempts: &mut u32, error: Error) -> Result<u8, Error> {
    *attempts += 1;
    Err(error)
}

#[retry(also = Gone(1..=9) | Locked(_), unless = Gone(5) | Busy(5), max_retries = 2, base_delay = 0)]
fn by_itself(attempts: &mut u32, error: Error) -> Result<u8, Error> {
    count(attempts, error)
}

#[retry(
    when = |error| matches!(error, Gone(_)),
    also = Busy(number) if *number == odd,
    max_retries = 2,
    base_delay = 0,
)]
fn by_a_function(attempts: &mut u32, odd: u8, error: Error) -> Result<u8, Error> {
    count(attempts, error)
}

#[retry(also = Gone(_), hedge = "1s", max_retries = 2, base_delay = 0)]
async fn in_a_race(attempts: &Cell<u32>, error: Error) -> Result<u8, Error> {
    attempts.set(attempts.get() + 1);
    Err(error)
}

#[test]
fn it_adds_to_what_the_error_says() {
    let attempts = |error| {
        let mut attempts = 0;
        assert_eq!(by_itself(&mut attempts, error), Err(error));
        attempts
    };
    assert_eq!(attempts(Busy(1)), 3, "the error's own");
    assert_eq!(attempts(Gone(1)), 3, "added");
    assert_eq!(attempts(Gone(10)), 1);
    assert_eq!(attempts(Gone(5)), 1, "`unless` excludes from what is added");
    assert_eq!(attempts(Busy(5)), 1, "and from the error's own");
}

#[test]
fn it_adds_to_what_a_function_says() {
    let attempts = |error| {
        let mut attempts = 0;
        assert_eq!(by_a_function(&mut attempts, 3, error), Err(error));
        attempts
    };
    assert_eq!(attempts(Gone(1)), 3);
    assert_eq!(attempts(Busy(3)), 3);
    assert_eq!(attempts(Busy(4)), 1, "`when` has replaced what the error says");
}

#[tokio::test(start_paused = true)]
async fn a_race_knows_it() {
    for (error, expected) in [(Gone(1), 6), (Locked(Duration::ZERO), 1)] {
        let attempts = Cell::new(0);
        assert_eq!(in_a_race(&attempts, error).await, Err(error));
        // A failure that is retried starts the hedge at once: two bodies in each race.
        assert_eq!(attempts.get(), expected, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_error_says_of_waiting_counts() {
    #[retry(also = Locked(_), max_retries = 1)]
    async fn patient(error: Error) -> Result<u8, Error> {
        Err(error)
    }
    let minute = Duration::from_mins(1);
    let began = Instant::now();
    assert_eq!(patient(Locked(minute)).await, Err(Locked(minute)));
    assert!(began.elapsed() >= minute);
    let began = Instant::now();
    let call = Policy::DEFAULT.with_max_retries(1).retry(async || Err::<u8, _>(Locked(minute)));
    assert_eq!(call.also(|error| matches!(error, Locked(_))).await, Err(Locked(minute)));
    assert!(began.elapsed() >= minute);
}

#[test]
fn types_are_added_to_what_an_erased_error_says() {
    #[retry(also = [std::num::ParseIntError], max_retries = 2, base_delay = 0)]
    fn read(attempts: &mut u32, text: &str) -> anyhow::Result<u8> {
        *attempts += 1;
        match text {
            "timeout" => Err(io::Error::from(io::ErrorKind::TimedOut))?,
            "fmt" => Err(std::fmt::Error)?,
            number => Ok(number.parse()?),
        }
    }
    for (text, expected) in [("timeout", 3), ("x", 3), ("fmt", 1)] {
        let mut attempts = 0;
        assert!(read(&mut attempts, text).is_err());
        assert_eq!(attempts, expected, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_opts_in_to_waiting_for_an_open_circuit() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();

    #[retry(breaker = BREAKER, also = Error::Rejected(_), on_retry = |event| seen.push(event.kind()))]
    async fn patient(seen: &mut Vec<EventKind>) -> Result<u8, Error> {
        Ok(1)
    }

    #[retry(breaker = BREAKER, also = Gone(_), on_give_up = |event| seen.push(event.kind()))]
    async fn impatient(seen: &mut Vec<EventKind>) -> Result<u8, Error> {
        Ok(1)
    }

    let open = || {
        BREAKER.reset();
        for _ in 0..100 {
            BREAKER.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
            if BREAKER.try_acquire().is_err() {
                break;
            }
        }
    };
    let (mut seen, began) = (Vec::new(), Instant::now());
    open();
    assert_eq!(patient(&mut seen).await, Ok(1));
    assert_eq!(seen, [EventKind::Retry]);
    assert!(began.elapsed() > Duration::from_secs(1));
    open();
    let call = Policy::DEFAULT.retry(async || Ok::<u8, Error>(1)).breaker(&BREAKER);
    assert_eq!(call.also(|error| matches!(error, Error::Rejected(_))).await, Ok(1));
    open();
    seen.clear();
    assert!(impatient(&mut seen).await.is_err());
    assert_eq!(seen, [EventKind::GiveUp(GiveUp::CircuitOpen)]);
}

fn errors() -> impl Strategy<Value = Error> {
    let wait = (0..3_u64).prop_map(Duration::from_secs);
    prop_oneof![(0..4_u8).prop_map(Busy), (0..4_u8).prop_map(Gone), wait.prop_map(Locked)]
}

proptest! {
    /// (base ∪ also) ∖ unless, whatever the order in which a closure's options are said.
    #[test]
    fn the_options_of_a_closure_are_operations_on_sets(
        error in errors(), order in Just([0, 1, 2]).prop_shuffle(), replaced in any::<bool>(),
    ) {
        let on = |error: &Error| matches!(error, Busy(1) | Gone(1 | 2));
        let also = |error: &Error| matches!(error, Gone(2 | 3) | Locked(_));
        let unless = |error: &Error| matches!(error, Gone(2) | Busy(3));
        let base = if replaced { on(&error) } else { matches!(error, Busy(_)) };
        let expected = if (base || also(&error)) && !unless(&error) { 3 } else { 1 };
        let mut attempts = 0;
        let policy = Policy::DEFAULT.with_max_retries(2).with_base_delay(Duration::ZERO);
        let call = policy.retry_blocking(|| count(&mut attempts, error)).sleep(|_| ());
        let outcome = match (order, replaced) {
            ([0, 1, _], true) => call.on(on).also(also).unless(unless).call(),
            ([0, 2, _], true) => call.on(on).unless(unless).also(also).call(),
            ([1, 0, _], true) => call.also(also).on(on).unless(unless).call(),
            ([1, 2, _], true) => call.also(also).unless(unless).on(on).call(),
            ([2, 0, _], true) => call.unless(unless).on(on).also(also).call(),
            (_, true) => call.unless(unless).also(also).on(on).call(),
            ([0, ..], false) => call.also(also).unless(unless).call(),
            (_, false) => call.unless(unless).also(also).call(),
        };
        prop_assert_eq!(outcome, Err(error));
        prop_assert_eq!(attempts, expected);
    }
}
