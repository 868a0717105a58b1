//! `breaker` in the attribute: which attempts it admits, and which outcomes are reported to it.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::future::{Future as _, pending};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use layered::{busy, tokens};
use persevere::breaker::State;
use persevere::engine::GiveUp;
use persevere::{Budget, CircuitBreaker, EventKind, Jitter, Rejection, Verdict, retry};
use scripted::Script;
use tokio::time::{Instant, sleep};

/// Opens at four calls of which two failed, for 5 s, and is probed once.
const fn small() -> CircuitBreaker {
    CircuitBreaker::new().with_count_window(4).with_open_jitter(Jitter::None).with_probes(1)
}

const OPEN_FOR: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn an_open_circuit_is_waited_for_where_on_says_so_and_then_probed() {
    static BREAKER: CircuitBreaker = small();

    #[retry(
        breaker = BREAKER,
        on = Busy | Error::Rejected(Rejection::CircuitOpen { .. }),
        base_delay = 0,
        jitter = "none",
        on_retry = |event| waits.push(event.delay().unwrap_or_default())
    )]
    async fn ask(script: &Script<Error>, waits: &mut Vec<Duration>) -> Result<u32, Error> {
        script.run()
    }

    let (script, mut waits, began) = (busy(4), Vec::new(), Instant::now());
    assert_eq!(ask(&script, &mut waits).await, Ok(5)); // of six attempts, one was refused
    assert_eq!(waits[..4], [Duration::ZERO; 4]);
    assert_eq!(waits.len(), 5);
    assert!(waits[4] >= OPEN_FOR && began.elapsed() >= OPEN_FOR);
    assert_eq!(BREAKER.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_error_that_knows_nothing_of_waiting_waits_for_the_circuit_too() {
    static BREAKER: CircuitBreaker = small();

    #[derive(Debug, PartialEq)]
    struct Opaque;

    impl From<Rejection> for Opaque {
        fn from(_: Rejection) -> Self {
            Self
        }
    }

    #[retry(breaker = BREAKER, on = _, base_delay = 0)]
    async fn ask(script: &Script<Opaque>) -> Result<u32, Opaque> {
        script.run()
    }

    let (script, began) = (Script::of([Opaque, Opaque, Opaque, Opaque]), Instant::now());
    assert_eq!(ask(&script).await, Ok(5));
    assert!(began.elapsed() >= OPEN_FOR);
}

#[tokio::test(start_paused = true)]
async fn a_circuit_that_opens_again_too_late_ends_the_call() {
    static BREAKER: CircuitBreaker = small();

    #[retry(
        breaker = BREAKER,
        on = _,
        deadline = 4,
        base_delay = 0,
        on_give_up = |event| reasons.push(event.kind())
    )]
    async fn ask(script: &Script<Error>, reasons: &mut Vec<EventKind>) -> Result<u32, Error> {
        script.run()
    }

    let (script, mut reasons, began) = (busy(9), Vec::new(), Instant::now());
    assert_eq!(ask(&script, &mut reasons).await, Err(Busy)); // what the last attempt failed with
    assert_eq!(reasons, [EventKind::GiveUp(GiveUp::DeadlineExceeded)]);
    assert_eq!((script.runs(), began.elapsed()), (4, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn permanent_errors_and_polls_do_not_trip_it() {
    static ANSWERING: CircuitBreaker = small();
    static POLLED: CircuitBreaker = small();

    #[retry(breaker = ANSWERING)]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(breaker = POLLED, on_ok = 1..=4, base_delay = 0, max_retries = 3)]
    async fn poll(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let script = Script::of([Broken; 8]);
    for _ in 0..8 {
        assert_eq!(ask(&script).await, Err(Broken));
    }
    assert_eq!((ANSWERING.state(), ANSWERING.tally().failed), (State::Closed, 0));
    assert_eq!(poll(&busy(0)).await, Ok(4));
    assert_eq!((POLLED.state(), POLLED.tally().failed), (State::Closed, 0));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_and_a_deadline_are_failures_whatever_the_error_says() {
    static BREAKER: CircuitBreaker = small();

    #[retry(breaker = BREAKER, timeout = 1, deadline = after, when = |_| false)]
    async fn hang(after: Duration) -> Result<u32, Error> {
        pending().await
    }

    let limits = [
        (Duration::from_millis(500), Rejection::DeadlineExceeded),
        (Duration::from_secs(9), Rejection::TimedOut),
    ];
    for (deadline, rejection) in limits {
        BREAKER.reset();
        for _ in 0..4 {
            assert_eq!(hang(deadline).await, Err(Error::Rejected(rejection)));
        }
        assert_eq!(BREAKER.state(), State::Open);
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_is_dropped_frees_its_permit() {
    static BREAKER: CircuitBreaker = small();

    #[retry(breaker = BREAKER, max_retries = 0)]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(breaker = BREAKER, max_retries = 0)]
    async fn hang() -> Result<u32, Error> {
        pending().await
    }

    let script = busy(4);
    for _ in 0..4 {
        assert_eq!(ask(&script).await, Err(Busy));
    }
    sleep(OPEN_FOR).await;
    {
        let mut probe = pin!(hang());
        let mut context = Context::from_waker(Waker::noop());
        assert!(probe.as_mut().poll(&mut context).is_pending());
        let refused = ask(&script).await; // the only permit is taken
        assert!(matches!(refused, Err(Error::Rejected(Rejection::CircuitOpen { .. }))));
    }
    assert_eq!(ask(&script).await, Ok(5));
    assert_eq!(BREAKER.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn while_probes_are_under_way_retries_keep_to_their_schedule() {
    static BREAKER: CircuitBreaker = small();

    #[retry(
        breaker = BREAKER,
        on = _,
        base_delay = 1,
        jitter = "none",
        max_retries = 3,
        on_retry = |event| waits.push(event.delay())
    )]
    async fn ask(script: &Script<Error>, waits: &mut Vec<Option<Duration>>) -> Result<u32, Error> {
        script.run()
    }

    for _ in 0..4 {
        BREAKER.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
    }
    sleep(OPEN_FOR).await;
    let probe = BREAKER.try_acquire().expect("the only permit is free");
    let (script, mut waits) = (busy(0), Vec::new());
    let refused = ask(&script, &mut waits).await.expect_err("the only permit is taken");
    assert_eq!(refused, Error::Rejected(Rejection::CircuitOpen { retry_in: Duration::ZERO }));
    let said = "rejected: the circuit is half-open, and its probes are under way";
    assert_eq!(refused.to_string(), said);
    assert_eq!(waits, [1, 2, 4].map(|seconds| Some(Duration::from_secs(seconds))));
    assert_eq!(script.runs(), 0);
    drop(probe);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_costs_no_budget() {
    static BUDGET: Budget = Budget::new();
    static BREAKER: CircuitBreaker = small();

    #[retry(
        budget = BUDGET,
        breaker = BREAKER,
        on = Error::Rejected(_),
        timeout = 1,
        base_delay = 0,
        jitter = "none"
    )]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        match script.run() {
            Err(Busy) => pending().await,
            ended => ended,
        }
    }

    let began = Instant::now();
    assert_eq!(ask(&busy(4)).await, Ok(5));
    // Four timeouts at 10 tokens for each retry: of those retries three have failed; the one that
    // was refused and the probe have given back theirs.
    assert_eq!(tokens(&BUDGET), 470);
    assert!(began.elapsed() >= OPEN_FOR + Duration::from_secs(4));
    assert_eq!(BREAKER.state(), State::Closed);
}

#[test]
fn a_blocking_function_waits_for_the_circuit_where_on_says_so() {
    static BREAKER: CircuitBreaker = small().with_max_open_duration(Duration::from_mins(1));

    #[retry(
        breaker = BREAKER,
        on = _,
        base_delay = 0,
        jitter = "none",
        max_retries = 2,
        sleep = |wait| waits.push(wait)
    )]
    fn ask(script: &Script<Error>, waits: &mut Vec<Duration>) -> Result<u32, Error> {
        script.run()
    }

    let (script, mut waits) = (busy(1), Vec::new());
    assert_eq!(ask(&script, &mut waits), Ok(2));
    assert_eq!((BREAKER.tally().calls, BREAKER.tally().failed), (2, 1));
    BREAKER.force_open();
    let refused = ask(&script, &mut waits);
    let retry_in = Duration::from_mins(1);
    assert_eq!(refused, Err(Error::Rejected(Rejection::CircuitOpen { retry_in })));
    assert_eq!(waits, [Duration::ZERO, retry_in, retry_in]);
    assert_eq!(script.runs(), 2);
}

#[test]
fn an_option_has_a_fallback_while_the_circuit_is_open() {
    static BREAKER: CircuitBreaker = small();

    #[retry(on = _, breaker = BREAKER, max_retries = 0, fallback = |_| Some(9))]
    fn ask(runs: &mut u32) -> Option<u32> {
        *runs += 1;
        Some(*runs)
    }

    let mut runs = 0;
    assert_eq!(ask(&mut runs), Some(1));
    BREAKER.force_open();
    assert_eq!((ask(&mut runs), runs), (Some(9), 1));
}
