//! What `metrics` records: which series, with which labels, and nothing where nothing fails.

#[path = "../support/mod.rs"]
mod support;

use crate::support::{scripted, series};

use std::time::Duration;

use persevere::overrides::Overrides;
use persevere::{CircuitBreaker, Classify, Policy, Rejection, Verdict, retry};
use scripted::Script;
use series::{Series, recorded, series};

#[derive(Debug, PartialEq)]
enum Error {
    Busy,
    Limited,
    Broken,
    Late,
}

impl Classify for Error {
    fn classify(&self) -> Verdict {
        match self {
            Self::Busy | Self::Late => Verdict::TRANSIENT,
            Self::Limited => Verdict::THROTTLED,
            Self::Broken => Verdict::PERMANENT,
        }
    }
}

impl From<Rejection> for Error {
    fn from(_: Rejection) -> Self {
        Self::Late
    }
}

#[retry(policy = "conservative", name = "fetch")]
async fn fetch(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[test]
fn a_first_success_records_nothing() {
    let seen = recorded(|| async {
        let script = Script::of([]);
        assert_eq!((fetch(&script).await, script.runs()), (Ok(1), 1));
    });
    assert_eq!(seen, Series::new());
}

#[test]
fn a_late_success_counts_its_failed_attempts_and_waits() {
    let seen = recorded(|| async {
        assert_eq!(fetch(&Script::of([Error::Busy, Error::Limited])).await, Ok(3));
    });
    let expected = series([
        ("retry_attempts_total{function=fetch,policy=conservative,class=transient}", &[1.0]),
        ("retry_attempts_total{function=fetch,policy=conservative,class=throttled}", &[1.0]),
        ("retry_delay_seconds{function=fetch,policy=conservative,class=transient}", &[5.0]),
        ("retry_delay_seconds{function=fetch,policy=conservative,class=throttled}", &[10.0]),
        ("retry_late_successes_total{function=fetch,policy=conservative}", &[1.0]),
        ("retry_elapsed_seconds{function=fetch,policy=conservative}", &[15.0]),
    ]);
    assert_eq!(rounded(seen), expected);
}

#[test]
fn a_give_up_says_why() {
    let seen = recorded(|| async {
        let failures = [const { Error::Busy }; 4];
        assert_eq!(fetch(&Script::of(failures)).await, Err(Error::Busy));
        assert_eq!(fetch(&Script::of([Error::Broken])).await, Err(Error::Broken));
    });
    let expected = series([
        ("retry_attempts_total{function=fetch,policy=conservative,class=transient}", &[4.0]),
        ("retry_attempts_total{function=fetch,policy=conservative,class=permanent}", &[1.0]),
        (
            "retry_delay_seconds{function=fetch,policy=conservative,class=transient}",
            &[5.0, 10.0, 20.0],
        ),
        (
            "retry_give_ups_total{function=fetch,policy=conservative,class=transient,reason=exhausted}",
            &[1.0],
        ),
        (
            "retry_give_ups_total{function=fetch,policy=conservative,class=permanent,reason=permanent}",
            &[1.0],
        ),
        // The second call is not measured: it ended where its time would have begun.
        ("retry_elapsed_seconds{function=fetch,policy=conservative,class=transient}", &[35.0]),
    ]);
    assert_eq!(rounded(seen), expected);
}

#[retry(policy = "conservative", name = "guarded", breaker = breaker)]
async fn guarded(script: &Script<Error>, breaker: &'static CircuitBreaker) -> Result<u32, Error> {
    script.run()
}

#[retry(policy = "conservative", name = "hooked", deadline = "30s", on_retry = async |_| rest().await)]
async fn hooked(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

async fn rest() {
    tokio::time::sleep(Duration::from_secs(27)).await;
}

#[test]
fn a_refusal_is_no_attempt_and_a_failure_reported_twice_is_one() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    BREAKER.force_open();
    let seen = recorded(|| async {
        assert_eq!(guarded(&Script::of([]), &BREAKER).await, Err(Error::Late));
        assert_eq!(hooked(&Script::of([Error::Busy])).await, Err(Error::Busy));
    });
    let expected = series([
        (
            "retry_give_ups_total{function=guarded,policy=conservative,class=permanent,reason=circuit_open}",
            &[1.0],
        ),
        ("retry_attempts_total{function=hooked,policy=conservative,class=transient}", &[1.0]),
        ("retry_delay_seconds{function=hooked,policy=conservative,class=transient}", &[5.0]),
        (
            "retry_give_ups_total{function=hooked,policy=conservative,class=transient,reason=deadline_exceeded}",
            &[1.0],
        ),
        ("retry_elapsed_seconds{function=hooked,policy=conservative,class=transient}", &[27.0]),
    ]);
    assert_eq!(rounded(seen), expected);
}

/// tokio's paused clock goes by whole milliseconds, and wakes up to one late.
fn rounded(series: Series) -> Series {
    let round = |value: f64| (value * 10.0).round() / 10.0;
    series
        .into_iter()
        .map(|(name, values)| (name, values.into_iter().map(round).collect()))
        .collect()
}

#[retry(policy = "conservative", name = "timed", deadline = "60s")]
async fn timed(script: &Script<Error>) -> Result<u32, Error> {
    tokio::time::sleep(Duration::from_secs(2)).await;
    script.run()
}

#[test]
fn a_known_start_is_where_elapsed_time_begins() {
    let seen = recorded(|| async {
        assert_eq!(timed(&Script::of([Error::Busy])).await, Ok(2));
        assert_eq!(timed(&Script::of([Error::Broken])).await, Err(Error::Broken));
    });
    let seen = rounded(seen);
    let elapsed = |labels: &str| seen[&format!("retry_elapsed_seconds{{{labels}}}")].clone();
    // 2 s, a wait of 5 s, 2 s again.
    assert_eq!(elapsed("function=timed,policy=conservative"), [9.0]);
    assert_eq!(elapsed("function=timed,policy=conservative,class=permanent"), [2.0]);
}

#[retry(on = _, base_delay = 0, max_retries = 1, name = "inner")]
fn inner(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[retry(on = _, base_delay = 0, max_retries = 1, name = "outer")]
fn outer(script: &Script<Error>) -> Result<u32, Error> {
    inner(script)
}

#[test]
fn that_retries_multiply_is_no_failure_of_its_own() {
    let seen = recorded(|| async {
        let failures = [const { Error::Busy }; 4];
        assert_eq!(outer(&Script::of(failures)), Err(Error::Busy));
    });
    let counted: Vec<_> = ["outer", "inner"]
        .map(|name| {
            let series =
                format!("retry_attempts_total{{function={name},policy=custom,class=transient}}");
            seen[&series][0]
        })
        .into();
    assert_eq!(counted, [2.0, 4.0]);
}

#[retry(policy = "conservative", name = "polled", on_ok = ..2)]
async fn polled(script: &Script<Error>) -> Result<u32, Error> {
    script.run()
}

#[test]
fn polls_and_the_success_that_follows_them_are_no_retries() {
    let seen = recorded(|| async {
        assert_eq!(polled(&Script::of([])).await, Ok(2));
    });
    let polls = "retry_polls_total{function=polled,policy=conservative,class=waiting}";
    assert_eq!(seen, series([(polls, &[1.0])]));
    let seen = recorded(|| async {
        assert_eq!(polled(&Script::of([Error::Busy])).await, Ok(2));
    });
    let late = "retry_late_successes_total{function=polled,policy=conservative}";
    assert_eq!(seen[late], [1.0]);
}

#[test]
fn a_closure_has_the_policy_that_its_values_say() {
    let seen = recorded(|| async {
        let failing = || std::future::ready(Err::<(), _>(Error::Broken));
        let named = Policy::AGGRESSIVE.retry(failing).name("closure");
        assert_eq!(named.on(Error::classify).await, Err(Error::Broken));
        let own = Policy::AGGRESSIVE.with_max_retries(1).retry(failing).name("closure");
        assert_eq!(own.on(Error::classify).await, Err(Error::Broken));
    });
    let seen: Vec<_> = seen.into_keys().filter(|key| key.contains("attempts")).collect();
    assert_eq!(
        seen,
        [
            "retry_attempts_total{function=closure,policy=aggressive,class=permanent}",
            "retry_attempts_total{function=closure,policy=custom,class=permanent}",
        ]
    );
}

#[test]
fn what_chaos_does_is_counted_and_marked_and_what_fails_by_itself_is_not() {
    let returns: Overrides = "fetch=chaos:1*return(503)".parse().unwrap();
    let sleeps: Overrides = "fetch=chaos:1*sleep(2s)".parse().unwrap();
    let always: Overrides = "fetch=chaos:return(503);max_retries:0".parse().unwrap();
    let seen = recorded(|| async {
        assert_eq!(returns.scope(fetch(&Script::of([]))).await, Ok(1));
        assert_eq!(sleeps.scope(fetch(&Script::of([]))).await, Ok(1));
        let script = Script::of([]);
        assert_eq!((always.scope(fetch(&script)).await, script.runs()), (Err(Error::Late), 0));
        assert_eq!(fetch(&Script::of([Error::Busy])).await, Ok(2));
    });
    let expected = series([
        ("retry_chaos_total{function=fetch,action=return}", &[2.0]),
        ("retry_chaos_total{function=fetch,action=sleep}", &[1.0]),
        (
            "retry_attempts_total{function=fetch,policy=conservative,class=transient,chaos=true}",
            &[2.0],
        ),
        (
            "retry_delay_seconds{function=fetch,policy=conservative,class=transient,chaos=true}",
            &[5.0],
        ),
        ("retry_late_successes_total{function=fetch,policy=conservative,chaos=true}", &[1.0]),
        ("retry_elapsed_seconds{function=fetch,policy=conservative,chaos=true}", &[5.0]),
        (
            "retry_give_ups_total{function=fetch,policy=conservative,class=transient,chaos=true,reason=exhausted}",
            &[1.0],
        ),
        ("retry_attempts_total{function=fetch,policy=conservative,class=transient}", &[1.0]),
        ("retry_delay_seconds{function=fetch,policy=conservative,class=transient}", &[5.0]),
        ("retry_late_successes_total{function=fetch,policy=conservative}", &[1.0]),
        ("retry_elapsed_seconds{function=fetch,policy=conservative}", &[5.0]),
    ]);
    assert_eq!(rounded(seen), expected);
}
