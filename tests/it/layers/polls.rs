//! A poll is no failure: what `on_ok` retries is a success to a circuit breaker and free to a budget, unless
//! it is a failure by its own `Classify`. And what a circuit breaker learns of errors that a function does not
//! list.
#![deny(warnings, clippy::pedantic)]

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use persevere::testing::{self, Recorder};
use persevere::{Budget, CircuitBreaker, Classify, Event, Policy, Rejection, Verdict, retry};

#[derive(Debug, PartialEq)]
struct Job {
    is_done: bool,
}

const PENDING: Job = Job { is_done: false };

#[derive(Debug, PartialEq)]
struct Response(u16);

impl Classify for Response {
    fn classify(&self) -> Verdict {
        Verdict::from(self.0 >= 500)
    }
}

#[derive(Clone, Copy, Debug, Classify)]
enum Error {
    #[retry(transient)]
    Unlisted,
    #[retry(permanent)]
    Answer,
    #[retry(forward)]
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const AT_ONCE: Policy = Policy::DEFAULT.with_base_delay(std::time::Duration::ZERO);

#[derive(Default)]
struct Seen(Vec<(bool, Option<Verdict>, String)>);

impl Seen {
    fn hear(&mut self, event: &Event<'_>) {
        self.0.push((event.is_waiting(), event.verdict(), event.to_string()));
    }
}

#[test]
fn a_job_that_still_runs_is_waited_for() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    static BUDGET: Budget = Budget::new().with_capacity(10);

    #[retry(
        policy = AT_ONCE,
        max_retries = 4,
        on_ok = Job { is_done: false },
        breaker = BREAKER,
        budget = BUDGET,
        on_retry = |event| seen.hear(event)
    )]
    fn poll(polls: u32, asked: &AtomicU32, seen: &mut Seen) -> Result<Job, Error> {
        Ok(Job { is_done: asked.fetch_add(1, Ordering::Relaxed) >= polls })
    }

    let mut seen = Seen::default();
    assert!(matches!(poll(4, &AtomicU32::new(0), &mut seen), Ok(Job { is_done: true })));
    assert_eq!(seen.0.len(), 4);
    let line = "poll: attempt 1 of 5 returned a value to wait on; retrying in 0 s";
    assert_eq!(seen.0[0], (true, None, line.to_owned()));
    assert_eq!(BREAKER.tally().to_string(), "5 calls, 0 failed, 0 slow");
    assert_eq!(BUDGET.available().to_string(), "10 of 10 tokens");
    assert!(matches!(poll(9, &AtomicU32::new(0), &mut seen), Ok(PENDING)), "as it is");

    let asked = AtomicU32::new(0);
    let closure = AT_ONCE
        .retry_blocking(|| {
            Ok::<_, Error>(Job { is_done: asked.fetch_add(1, Ordering::Relaxed) >= 4 })
        })
        .on_ok(|job| !job.is_done)
        .breaker(&BREAKER)
        .budget(&BUDGET)
        .call();
    assert!(matches!(closure, Ok(Job { is_done: true })));
    assert_eq!(BREAKER.tally().failed, 0);
    assert_eq!(BUDGET.available().to_string(), "10 of 10 tokens");
}

#[test]
fn a_response_503_is_a_failure_all_the_same() {
    static BREAKER: CircuitBreaker = CircuitBreaker::new();
    static BUDGET: Budget = Budget::new().with_capacity(10);

    #[retry(
        policy = AT_ONCE,
        max_retries = 2,
        on_ok = Response(202 | 500..),
        breaker = BREAKER,
        budget = BUDGET,
        on_retry = |event| seen.hear(event)
    )]
    fn get(codes: &mut Vec<u16>, seen: &mut Seen) -> Result<Response, Error> {
        Ok(Response(codes.pop().unwrap_or(200)))
    }

    let mut seen = Seen::default();
    assert_eq!(get(&mut vec![202, 503], &mut seen).unwrap(), Response(200));
    let waits: Vec<bool> = seen.0.iter().map(|(waits, ..)| *waits).collect();
    assert_eq!(waits, [false, true]);
    assert_eq!(seen.0[0].1, Some(Verdict::TRANSIENT));
    assert_eq!(BREAKER.tally().to_string(), "3 calls, 1 failed, 0 slow");
    // The retry after the failure has been answered, which returns what it cost; that after 202 was free.
    assert_eq!(BUDGET.available().to_string(), "10 of 10 tokens");

    let mut codes = vec![503];
    let closure = AT_ONCE
        .retry_blocking(|| Ok::<_, Error>(Response(codes.pop().unwrap_or(200))))
        .on_ok(|response| response.classify().is_retryable())
        .breaker(&BREAKER)
        .call();
    assert_eq!(closure.unwrap(), Response(200));
    assert_eq!(BREAKER.tally().failed, 2);
}

#[test]
fn polls_are_recorded_as_attempts_that_wait() {
    #[retry(policy = AT_ONCE, on_ok = Job { is_done: false }, max_retries = 1)]
    fn poll() -> Result<Job, Error> {
        Ok(PENDING)
    }

    let recorder = Recorder::new();
    let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
    assert!(poll().is_ok());
    recorder.assert("2 attempts, waited 0 s, gave up");
}

#[test]
fn sites_count_polls_apart_and_a_success_after_polls_alone_as_none() {
    #[retry(policy = AT_ONCE, on_ok = 0, name = "polls::counted", on_success = |_| *late += 1)]
    fn poll(script: &mut Vec<Result<u32, Error>>, late: &mut u32) -> Result<u32, Error> {
        script.pop().unwrap_or(Ok(1))
    }

    let site = || persevere::sites().find(|site| site.name() == "polls::counted").unwrap();
    let counts = || {
        let site = site();
        (site.polls(), site.retries(), site.give_ups(), site.late_successes())
    };
    let mut late = 0;
    assert!(matches!(poll(&mut vec![Ok(0), Ok(0)], &mut late), Ok(1)));
    assert_eq!((counts(), late), ((2, 0, 0, 0), 1), "hooks hear all of it");
    assert!(matches!(poll(&mut vec![Ok(0), Err(Error::Unlisted), Ok(0)], &mut late), Ok(1)));
    assert_eq!((counts(), late), ((4, 1, 0, 1), 2));
    assert!(matches!(poll(&mut vec![Ok(0); 6], &mut late), Ok(0)));
    assert_eq!((counts(), late), ((9, 1, 1, 1), 2));
    assert!(site().to_string().contains("retries 1, give-ups 1, late successes 1, polls 9"));
}

mod health {
    use super::*;

    static BREAKER: CircuitBreaker = CircuitBreaker::new().with_count_window(100);

    #[retry(policy = AT_ONCE, on = Error::Answer, breaker = BREAKER)]
    fn listed(error: Error) -> Result<(), Error> {
        Err(error)
    }

    #[retry(policy = AT_ONCE, unless = Error::Unlisted, breaker = BREAKER)]
    fn excluded(error: Error) -> Result<(), Error> {
        Err(error)
    }

    #[retry(policy = AT_ONCE, when = |_| false, breaker = BREAKER)]
    fn never() -> anyhow::Result<()> {
        Err(io::Error::from(io::ErrorKind::TimedOut).into())
    }

    #[retry(policy = AT_ONCE, on = [std::fmt::Error], max_retries = 0, breaker = BREAKER)]
    fn of_no_known_type() -> anyhow::Result<()> {
        Err(std::fmt::Error.into())
    }

    #[retry(policy = AT_ONCE, on = _, max_retries = 0, breaker = BREAKER)]
    fn without_a_verdict() -> Result<(), Mute> {
        Err(Mute("busy".to_owned()))
    }

    #[derive(Debug)]
    #[allow(dead_code, reason = "shown")]
    struct Mute(String);

    impl From<Rejection> for Mute {
        fn from(rejection: Rejection) -> Self {
            Self(rejection.to_string())
        }
    }

    #[test]
    fn an_error_is_asked_first_and_the_keys_second() {
        let failed = |call: &dyn Fn() -> bool| {
            let before = BREAKER.tally();
            assert!(call());
            let after = BREAKER.tally();
            (after.calls - before.calls, after.failed - before.failed)
        };
        assert_eq!(failed(&|| listed(Error::Unlisted).is_err()), (1, 1), "not listed, but unwell");
        assert_eq!(failed(&|| listed(Error::Answer).is_err()), (6, 0), "retried, but an answer");
        assert_eq!(failed(&|| excluded(Error::Unlisted).is_err()), (1, 1));
        assert_eq!(failed(&|| excluded(Error::Answer).is_err()), (1, 0));
        assert_eq!(failed(&|| never().is_err()), (1, 1), "the error inside is known");
        assert_eq!(failed(&|| of_no_known_type().is_err()), (1, 1), "so the keys decide");
        assert_eq!(failed(&|| without_a_verdict().is_err()), (1, 1));
    }
}
