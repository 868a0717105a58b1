//! Limits that end at the same moment, or leave no time: which one counts, and that no body runs beyond it.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{Bulkhead, EventKind, Policy, Rejection, retry};
use tokio::time::{Instant, sleep};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const NANOSECOND: Duration = Duration::from_nanos(1);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Error {
    Busy,
    Rejected(Rejection),
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const TIMED_OUT: Result<(), Error> = Err(Error::Rejected(Rejection::TimedOut));
const TOO_LATE: Result<(), Error> = Err(Error::Rejected(Rejection::DeadlineExceeded));
const FULL: Result<(), Error> = Err(Error::Rejected(Rejection::BulkheadFull));
const ENDED_BY_DEADLINE: Option<EventKind> = Some(EventKind::GiveUp(GiveUp::DeadlineExceeded));

/// What a call is to do, and what it has done.
#[derive(Default)]
struct Body {
    /// Its first run fails at once.
    fails_first: bool,
    /// After how long a run succeeds, if it does.
    takes: Option<Duration>,
    runs: Cell<u32>,
    gave_up: Cell<Option<EventKind>>,
}

impl Body {
    async fn run(&self) -> Result<(), Error> {
        self.runs.update(|runs| runs + 1);
        if self.fails_first && self.runs.get() == 1 {
            return Err(Error::Busy);
        }
        match self.takes {
            Some(takes) => sleep(takes).await,
            None => pending().await,
        }
        Ok(())
    }

    /// Waits of 5, 10 and 20 s.
    #[retry(
        on = _,
        policy = "conservative",
        timeout = timeout,
        deadline = deadline,
        on_give_up = |event| self.gave_up.set(Some(event.kind()))
    )]
    async fn function(&self, timeout: Duration, deadline: Duration) -> Result<(), Error> {
        self.run().await
    }

    async fn closure(&self, timeout: Duration, deadline: Duration) -> Result<(), Error> {
        Policy::CONSERVATIVE
            .retry(|| self.run())
            .on(|_| true)
            .timeout(timeout)
            .deadline(deadline)
            .on_give_up(|event: &persevere::Event<'_>| self.gave_up.set(Some(event.kind())))
            .await
    }
}

/// The outcome, the number of runs, the time it took, and why the call gave up: the same for the
/// function and the closure.
async fn run(
    body: impl Fn() -> Body,
    timeout: Duration,
    deadline: Duration,
) -> (Result<(), Error>, u32, Duration, Option<EventKind>) {
    let (in_function, in_closure) = (body(), body());
    let begun = Instant::now();
    let outcome = in_function.function(timeout, deadline).await;
    let elapsed = begun.elapsed();
    let reported = (outcome, in_function.runs.get(), elapsed, in_function.gave_up.get());
    let begun = Instant::now();
    let outcome = in_closure.closure(timeout, deadline).await;
    let elapsed = begun.elapsed();
    assert_eq!((outcome, in_closure.runs.get(), elapsed, in_closure.gave_up.get()), reported);
    reported
}

#[tokio::test(start_paused = true)]
async fn of_a_timeout_and_a_deadline_at_the_same_moment_it_is_the_deadline() {
    let ended = run(Body::default, seconds(4), seconds(4)).await;
    assert_eq!(ended, (TOO_LATE, 1, seconds(4), ENDED_BY_DEADLINE));
    // Also in a later attempt, where the caller gets the earlier one's error.
    let fails_first = || Body { fails_first: true, ..Body::default() };
    let ended = run(fails_first, seconds(3), seconds(5 + 3)).await;
    assert_eq!(ended, (Err(Error::Busy), 2, seconds(8), ENDED_BY_DEADLINE));
    // The nearest that is earlier is the timeout's, though no retry follows either.
    let (outcome, runs, _, why) = run(fails_first, Duration::new(2, 999_999_999), seconds(8)).await;
    assert_eq!((outcome, runs, why), (TIMED_OUT, 2, ENDED_BY_DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_ready_at_that_moment_counts() {
    let takes = |takes| move || Body { takes: Some(seconds(takes)), ..Body::default() };
    assert_eq!(run(takes(4), seconds(4), seconds(4)).await, (Ok(()), 1, seconds(4), None));
    assert_eq!(run(takes(4), seconds(9), seconds(4)).await, (Ok(()), 1, seconds(4), None));
    assert_eq!(run(takes(4), seconds(4), seconds(9)).await, (Ok(()), 1, seconds(4), None));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_left_no_time_does_not_run() {
    let ready = || Body { takes: Some(Duration::ZERO), ..Body::default() };
    let ended = run(ready, seconds(4), Duration::ZERO).await;
    assert_eq!(ended, (TOO_LATE, 0, Duration::ZERO, ENDED_BY_DEADLINE));
    let ended = run(ready, Duration::ZERO, Duration::ZERO).await;
    assert_eq!(ended, (TOO_LATE, 0, Duration::ZERO, ENDED_BY_DEADLINE));
    let exhausted = Some(EventKind::GiveUp(GiveUp::Exhausted));
    let ended = run(ready, Duration::ZERO, seconds(60)).await;
    assert_eq!(ended, (TIMED_OUT, 0, seconds(5 + 10 + 20), exhausted));
}

static PLACES: Bulkhead = Bulkhead::new(1).with_max_wait(seconds(4));

#[retry(on = _, bulkhead = PLACES, deadline = deadline)]
async fn with_a_permit(deadline: Duration) -> Result<(), Error> {
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn of_a_longest_wait_and_a_deadline_at_the_same_moment_it_is_the_deadline() {
    let permit = PLACES.acquire().await.expect("nobody else is here");
    for (deadline, outcome) in [
        (Duration::new(3, 999_999_999), TOO_LATE),
        (seconds(4), TOO_LATE),
        (seconds(4) + NANOSECOND, FULL),
        (Duration::ZERO, TOO_LATE),
    ] {
        assert_eq!(with_a_permit(deadline).await, outcome, "{deadline:?}");
        let call = Policy::DEFAULT.retry(async || Ok(())).on(|_| true);
        assert_eq!(call.bulkhead(&PLACES).deadline(deadline).await, outcome, "{deadline:?}");
        assert_eq!(PLACES.waiting(), 0);
    }
    drop(permit);
    assert_eq!(with_a_permit(seconds(4)).await, Ok(()));
}
