//! `#[derive(Classify)]`: every word on variants, and under `#[retry]`.
#![deny(warnings, clippy::pedantic)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::trivially_copy_pass_by_ref,
    reason = "the forms under test"
)]

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::{Classify, Rejection, Verdict, retry};

const WAIT: Duration = Duration::from_secs(7);

/// Kinds of `io::Error`, one transient and one permanent.
const TIMED_OUT: io::ErrorKind = io::ErrorKind::TimedOut;
const NOT_FOUND: io::ErrorKind = io::ErrorKind::NotFound;

#[derive(Debug, thiserror::Error, Classify)]
enum EvalError {
    #[retry(transient)]
    #[error("timed out")]
    Timeout,
    #[retry(throttled, after = wait)]
    #[error("rate limited for {wait:?}")]
    RateLimited { wait: Duration },
    #[retry(forward)]
    #[error(transparent)]
    Io(#[from] io::Error),
    #[retry(forward)]
    #[error("could not reach {host}")]
    Unreachable {
        host: &'static str,
        #[source]
        cause: io::Error,
    },
    #[retry(when = is_deadlock)]
    #[error("database code {0}")]
    Database(u16),
    #[error("bad input: {0}")]
    #[retry(permanent)]
    BadInput(String),
}

fn is_deadlock(code: &u16) -> bool {
    *code == 1213
}

#[test]
fn words_stand_beside_those_of_thiserror() {
    assert_eq!(EvalError::Timeout.classify(), Verdict::TRANSIENT);
    let limited = EvalError::RateLimited { wait: WAIT };
    assert_eq!(limited.classify(), Verdict::THROTTLED.with_retry_after(WAIT));
    assert_eq!(limited.to_string(), "rate limited for 7s");
    assert_eq!(EvalError::from(io::Error::from(TIMED_OUT)).classify(), Verdict::TRANSIENT);
    assert_eq!(EvalError::from(io::Error::from(NOT_FOUND)).classify(), Verdict::PERMANENT);
    let unreachable = |kind| EvalError::Unreachable { host: "db", cause: io::Error::from(kind) };
    assert_eq!(unreachable(TIMED_OUT).classify(), Verdict::TRANSIENT);
    assert_eq!(unreachable(NOT_FOUND).classify(), Verdict::PERMANENT);
    assert_eq!(unreachable(NOT_FOUND).to_string(), "could not reach db");
    assert_eq!(EvalError::Database(1213).classify(), Verdict::TRANSIENT);
    assert_eq!(EvalError::Database(1062).classify(), Verdict::PERMANENT);
    assert_eq!(EvalError::BadInput("{".to_owned()).classify(), Verdict::PERMANENT);
}

#[derive(Classify)]
enum Waiting {
    #[retry(transient, after = 0)]
    First(Duration),
    #[retry(after = 1, transient)]
    Second(&'static str, Option<Duration>),
    #[retry(throttled, after = wait)]
    Maybe { wait: Option<Duration>, status: u16 },
    #[retry(transient)]
    #[retry(after = r#in)]
    Raw { r#in: Duration },
    #[retry(when = |_: &Duration, retried: &bool| *retried, after = 0)]
    Judged(Duration, bool),
}

#[test]
fn after_reads_the_wait_by_name_and_by_place() {
    let transient = Verdict::TRANSIENT;
    assert_eq!(Waiting::First(WAIT).classify(), transient.with_retry_after(WAIT));
    assert_eq!(Waiting::Second("s", Some(WAIT)).classify(), transient.with_retry_after(WAIT));
    assert_eq!(Waiting::Second("s", None).classify(), transient);
    let limited = |wait| Waiting::Maybe { wait, status: 429 }.classify();
    assert_eq!(limited(Some(Duration::ZERO)), Verdict::THROTTLED.with_retry_after(Duration::ZERO));
    assert_eq!(limited(None), Verdict::THROTTLED);
    let Waiting::Maybe { status, .. } = (Waiting::Maybe { wait: None, status: 429 }) else {
        panic!("it was made so");
    };
    assert_eq!(status, 429);
    assert_eq!(Waiting::Raw { r#in: WAIT }.classify(), transient.with_retry_after(WAIT));
    assert_eq!(Waiting::Judged(WAIT, true).classify(), transient.with_retry_after(WAIT));
    assert!(!Waiting::Judged(WAIT, false).classify().is_retryable());
}

static MAINTENANCE: AtomicU32 = AtomicU32::new(0);

fn in_maintenance() -> bool {
    MAINTENANCE.load(Ordering::Relaxed) > 0
}

#[derive(Classify)]
enum Judged {
    #[retry(when = in_maintenance)]
    Nothing,
    #[retry(when = || Verdict::THROTTLED)]
    NothingByClosure,
    #[retry(when = str::is_empty)]
    ByPath(String),
    #[retry(when = |code| *code >= 500)]
    ByClosure(u16),
    #[retry(when = |code| if *code == 429 { Verdict::THROTTLED } else { Verdict::PERMANENT })]
    ByVerdict { code: u16 },
    #[retry(when = |code, idempotent| *code >= 500 && *idempotent)]
    Two(u16, bool),
    #[retry(when = of_three)]
    Three { code: u16, wait: Duration, idempotent: bool },
}

fn of_three(code: &u16, wait: &Duration, idempotent: &bool) -> Verdict {
    Verdict::from(*code >= 500 && *idempotent).with_retry_after(*wait)
}

#[test]
fn when_asks_a_function_of_all_fields() {
    assert_eq!(Judged::Nothing.classify(), Verdict::PERMANENT);
    MAINTENANCE.store(1, Ordering::Relaxed);
    assert_eq!(Judged::Nothing.classify(), Verdict::TRANSIENT);
    assert_eq!(Judged::NothingByClosure.classify(), Verdict::THROTTLED);
    assert_eq!(Judged::ByPath(String::new()).classify(), Verdict::TRANSIENT);
    assert_eq!(Judged::ByPath("text".to_owned()).classify(), Verdict::PERMANENT);
    assert_eq!(Judged::ByClosure(503).classify(), Verdict::TRANSIENT);
    assert_eq!(Judged::ByClosure(404).classify(), Verdict::PERMANENT);
    assert_eq!(Judged::ByVerdict { code: 429 }.classify(), Verdict::THROTTLED);
    assert_eq!(Judged::ByVerdict { code: 500 }.classify(), Verdict::PERMANENT);
    assert_eq!(Judged::Two(503, true).classify(), Verdict::TRANSIENT);
    assert_eq!(Judged::Two(503, false).classify(), Verdict::PERMANENT);
    let three = Judged::Three { code: 503, wait: WAIT, idempotent: true };
    assert_eq!(three.classify(), Verdict::TRANSIENT.with_retry_after(WAIT));
}

#[derive(Debug, thiserror::Error, Classify)]
enum Forwarded {
    #[retry(forward)]
    #[error("the only field")]
    Only(Rejection),
    #[retry(forward)]
    #[error("the only field, boxed and by name")]
    OnlyNamed { inner: Box<io::Error> },
    #[retry(forward)]
    #[error("marked {0}")]
    Marked(u8, #[source] io::Error),
    #[retry(forward)]
    #[error("made from an error")]
    From {
        #[from]
        inner: EvalError,
    },
    #[retry(forward)]
    #[error("by its name, {path}")]
    Source { path: &'static str, source: io::Error },
    #[retry(forward = second)]
    #[error("named, {first}")]
    Named { first: io::Error, second: io::Error },
    #[retry(forward = 1)]
    #[error("by place, {0}")]
    Place(io::Error, io::Error),
}

#[test]
fn forward_asks_the_error_inside() {
    let error = |kind| io::Error::from(kind);
    let cut = Rejection::CircuitOpen { retry_in: WAIT };
    let transient = Verdict::TRANSIENT;
    assert_eq!(Forwarded::Only(cut).classify(), Verdict::PERMANENT.with_retry_after(WAIT));
    assert_eq!(Forwarded::Only(Rejection::DeadlineExceeded).classify(), Verdict::PERMANENT);
    let boxed = Forwarded::OnlyNamed { inner: Box::new(error(TIMED_OUT)) };
    assert_eq!(boxed.classify(), transient);
    assert_eq!(Forwarded::Marked(1, error(TIMED_OUT)).classify(), transient);
    assert_eq!(Forwarded::Marked(1, error(NOT_FOUND)).classify(), Verdict::PERMANENT);
    let limited = Forwarded::from(EvalError::RateLimited { wait: WAIT });
    assert_eq!(limited.classify(), Verdict::THROTTLED.with_retry_after(WAIT));
    let source = |kind| Forwarded::Source { path: "/", source: error(kind) };
    assert_eq!(source(TIMED_OUT).classify(), transient);
    assert_eq!(source(NOT_FOUND).classify(), Verdict::PERMANENT);
    let named = Forwarded::Named { first: error(NOT_FOUND), second: error(TIMED_OUT) };
    assert_eq!(named.classify(), transient);
    assert_eq!(Forwarded::Place(error(NOT_FOUND), error(TIMED_OUT)).classify(), transient);
    assert_eq!(Forwarded::Place(error(TIMED_OUT), error(NOT_FOUND)).classify(), Verdict::PERMANENT);
}

macro_rules! with_default {
    ($name:ident, $word:ident) => {
        #[derive(Classify)]
        #[retry($word)]
        enum $name {
            Unit,
            Tuple(u8, String),
            Struct {
                field: u8,
            },
            #[retry(when = || true)]
            Own,
            #[retry(permanent)]
            Never,
        }

        impl $name {
            fn verdicts() -> [Verdict; 5] {
                let Self::Struct { field } = (Self::Struct { field: 1 }) else { unreachable!() };
                [
                    Self::Unit.classify(),
                    Self::Tuple(1, String::new()).classify(),
                    Self::Struct { field }.classify(),
                    Self::Own.classify(),
                    Self::Never.classify(),
                ]
            }
        }
    };
}

with_default!(Mostly, permanent);
with_default!(Usually, transient);
with_default!(Gently, throttled);

#[test]
fn the_default_is_for_variants_without_a_word() {
    let alike = |default| [default, default, default, Verdict::TRANSIENT, Verdict::PERMANENT];
    assert_eq!(Mostly::verdicts(), alike(Verdict::PERMANENT));
    assert_eq!(Usually::verdicts(), alike(Verdict::TRANSIENT));
    assert_eq!(Gently::verdicts(), alike(Verdict::THROTTLED));
}

#[retry(policy = "conservative", throttled = "aggressive", jitter = "none")]
async fn evaluate(script: &[fn() -> EvalError], calls: &AtomicU32) -> Result<u32, EvalError> {
    let call = calls.fetch_add(1, Ordering::Relaxed);
    script.get(call as usize).map_or(Ok(call + 1), |error| Err(error()))
}

#[tokio::test(start_paused = true)]
async fn retry_asks_the_derived_classification() {
    let started = tokio::time::Instant::now();
    let calls = AtomicU32::new(0);
    let script: [fn() -> EvalError; 3] = [
        || EvalError::Timeout,                    // 5 s
        || EvalError::RateLimited { wait: WAIT }, // 7 s, above the second of "aggressive"
        || EvalError::Io(TIMED_OUT.into()),       // 20 s
    ];
    assert_eq!(evaluate(&script, &calls).await.ok(), Some(4));
    let waited = started.elapsed();
    assert!(waited >= Duration::from_secs(32), "{waited:?}");
    assert!(waited <= Duration::from_secs(34), "the floor is jittered upward: {waited:?}");

    for permanent in [
        (|| EvalError::BadInput(String::new())) as fn() -> EvalError,
        || EvalError::Database(1062),
        || EvalError::Io(NOT_FOUND.into()),
    ] {
        let calls = AtomicU32::new(0);
        assert!(evaluate(&[permanent], &calls).await.is_err());
        assert_eq!(calls.into_inner(), 1);
    }
}
