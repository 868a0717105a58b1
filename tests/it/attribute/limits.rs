//! `timeout` and `deadline` in async functions: what they cut, what they let pass, and what the
//! caller gets.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{Classify, EventKind, NoValue, Rejection, retry};
use tokio::time::{Instant, sleep};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error, Classify)]
enum Error {
    #[error("busy, the {0}. time")]
    #[retry(transient)]
    Busy(u32),
    #[error("busy for {0:?}")]
    #[retry(throttled, after = 0)]
    Limited(Duration),
    #[error("broken")]
    #[retry(permanent)]
    Broken,
    #[error("rejected: {0}")]
    #[retry(forward)]
    Rejected(#[from] Rejection),
}

/// What one attempt does.
#[derive(Clone, Copy)]
enum Step {
    Fail,
    Limit(u64),
    Break,
    Take(u64),
    TakeThenFail(u64),
    Hang,
}
use Step::{Break, Fail, Hang, Limit, Take, TakeThenFail};

/// Attempts by a script; its counter shows when attempts are dropped.
#[derive(Clone, Default)]
struct Calls {
    begun: Rc<Cell<u32>>,
    running: Rc<Cell<u32>>,
}

struct Running(Rc<Cell<u32>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.update(|running| running - 1);
    }
}

impl Calls {
    async fn attempt(&self, script: &[Step]) -> Result<u32, Error> {
        self.begun.update(|begun| begun + 1);
        self.running.update(|running| running + 1);
        let _running = Running(Rc::clone(&self.running));
        let number = self.begun.get();
        match script[number as usize - 1] {
            Fail => return Err(Error::Busy(number)),
            Limit(wait) => return Err(Error::Limited(seconds(wait))),
            Break => return Err(Error::Broken),
            Take(time) => sleep(seconds(time)).await,
            TakeThenFail(time) => {
                sleep(seconds(time)).await;
                return Err(Error::Busy(number));
            }
            Hang => pending().await,
        }
        Ok(number)
    }
}

/// What a call came to: its outcome, how many attempts it made, and how long it took.
type Run<T> = (Result<T, Error>, u32, Duration);

async fn run<F: Future<Output = Result<u32, Error>>>(call: impl FnOnce(Calls) -> F) -> Run<u32> {
    let (started, calls) = (Instant::now(), Calls::default());
    let outcome = call(calls.clone()).await;
    assert_eq!(calls.running.get(), 0, "an attempt outlived the call");
    (outcome, calls.begun.get(), started.elapsed())
}

#[retry(policy = "conservative", timeout = "3s")]
async fn timed(calls: Calls, script: &[Step]) -> Result<u32, Error> {
    calls.attempt(script).await
}

#[tokio::test(start_paused = true)]
async fn a_timeout_cuts_each_attempt_and_is_transient() {
    let timed = |script: &'static [Step]| run(move |calls| timed(calls, script));
    assert_eq!(timed(&[Take(2)]).await, (Ok(1), 1, seconds(2)));
    assert_eq!(timed(&[Hang, Take(2)]).await, (Ok(2), 2, seconds(3 + 5 + 2)));
    let cut = Err(Error::Rejected(Rejection::TimedOut));
    let longest = seconds(4 * 3 + 5 + 10 + 20);
    assert_eq!(timed(&[Hang, Take(4), Hang, Take(9)]).await, (cut, 4, longest));
    assert_eq!(timed(&[Hang, Break]).await, (Err(Error::Broken), 2, seconds(3 + 5)));
    // An earlier error is not what the last attempt failed with.
    assert_eq!(timed(&[Fail, Fail, Fail, Hang]).await, (cut, 4, seconds(5 + 10 + 20 + 3)));
}

#[tokio::test(start_paused = true)]
async fn a_cut_attempt_is_dropped_before_anything_else_happens() {
    #[retry(
        policy = "conservative",
        max_retries = 1,
        timeout = "3s",
        on_retry = |_| seen.push(calls.running.get()),
        on_give_up = |_| seen.push(calls.running.get()),
        fallback = |_| Ok(calls.running.get())
    )]
    async fn watched(calls: &Calls, seen: &mut Vec<u32>) -> Result<u32, Error> {
        calls.attempt(&[Hang, Hang]).await
    }
    let (calls, mut seen) = (Calls::default(), Vec::new());
    assert_eq!(watched(&calls, &mut seen).await, Ok(0));
    assert_eq!((seen, calls.begun.get()), (vec![0, 0], 2));
}

#[tokio::test(start_paused = true)]
async fn on_decides_about_a_timeout_too() {
    #[retry(on = Error::Busy(_), policy = "conservative", timeout = "3s")]
    async fn only_busy(calls: Calls, script: &[Step]) -> Result<u32, Error> {
        calls.attempt(script).await
    }
    let timed_out = Err(Error::Rejected(Rejection::TimedOut));
    assert_eq!(run(|calls| only_busy(calls, &[Fail, Hang])).await, (timed_out, 2, seconds(5 + 3)));
}

/// The waits of "conservative" are 5, 10 and 20 s.
#[retry(policy = "conservative", deadline = "30s", on_give_up = |event| *gave_up = Some(event.kind()))]
async fn bounded(
    calls: Calls,
    script: &[Step],
    gave_up: &mut Option<EventKind>,
) -> Result<u32, Error> {
    calls.attempt(script).await
}

/// Runs [`bounded`]; returns why it gave up.
async fn bound(script: &'static [Step]) -> (Run<u32>, Option<GiveUp>) {
    let mut gave_up = None;
    let run = run(|calls| bounded(calls, script, &mut gave_up)).await;
    let reason = gave_up.map(|kind| match kind {
        EventKind::GiveUp(reason) => reason,
        other => panic!("{other:?}"),
    });
    (run, reason)
}

const DEADLINE: Option<GiveUp> = Some(GiveUp::DeadlineExceeded);

#[tokio::test(start_paused = true)]
async fn a_deadline_cuts_the_attempt_in_flight() {
    assert_eq!(bound(&[Take(29)]).await, ((Ok(1), 1, seconds(29)), None));
    let exceeded = Err(Error::Rejected(Rejection::DeadlineExceeded));
    assert_eq!(bound(&[Hang]).await, ((exceeded, 1, seconds(30)), DEADLINE));
    assert_eq!(bound(&[Take(31)]).await, ((exceeded, 1, seconds(30)), DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn an_earlier_failure_is_what_the_caller_gets() {
    let busy = |number| Err(Error::Busy(number));
    assert_eq!(bound(&[Fail, Hang]).await, ((busy(1), 2, seconds(30)), DEADLINE));
    assert_eq!(bound(&[Fail, Fail, Hang]).await, ((busy(2), 3, seconds(30)), DEADLINE));
    let limited = Err(Error::Limited(seconds(7)));
    assert_eq!(bound(&[Limit(7), Hang]).await, ((limited, 2, seconds(30)), DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn an_earlier_value_is_what_the_caller_gets() {
    #[retry(policy = "conservative", on_ok = 1, deadline = "30s")]
    async fn second(calls: Calls, script: &[Step]) -> Result<u32, Error> {
        calls.attempt(script).await
    }
    assert_eq!(run(|calls| second(calls, &[Take(1), Hang])).await, (Ok(1), 2, seconds(30)));
    assert_eq!(run(|calls| second(calls, &[Take(1), Take(1)])).await, (Ok(2), 2, seconds(7)));
    assert_eq!(
        run(|calls| second(calls, &[Take(28)])).await,
        (Ok(1), 1, seconds(28)),
        "no wait is begun that would cross the deadline"
    );
}

#[tokio::test(start_paused = true)]
async fn no_wait_is_begun_that_crosses_the_deadline() {
    let busy = |number| Err(Error::Busy(number));
    // 5 + 10 s are waited; another 20 s would end at 35 s.
    assert_eq!(bound(&[Fail, Fail, Fail]).await, ((busy(3), 3, seconds(15)), DEADLINE));
    // The operation's own time counts: 26 s and 5 s are 31 s.
    assert_eq!(bound(&[TakeThenFail(26)]).await, ((busy(1), 1, seconds(26)), DEADLINE));
    assert_eq!(bound(&[TakeThenFail(24), Take(0)]).await, ((Ok(2), 2, seconds(29)), None));
    // 25 s and 5 s are exactly 30 s, which leaves no time for an attempt.
    assert_eq!(bound(&[TakeThenFail(25), Take(0)]).await, ((busy(1), 1, seconds(25)), DEADLINE));
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_that_does_not_fit_ends_the_call_at_once() {
    #[retry(base_delay = "1s", max_delay = "4s", jitter = "none", deadline = "30s")]
    async fn capped(calls: Calls, script: &[Step]) -> Result<u32, Error> {
        calls.attempt(script).await
    }

    let limited = |wait| Err(Error::Limited(seconds(wait)));
    assert_eq!(bound(&[Limit(31)]).await, ((limited(31), 1, seconds(0)), DEADLINE));
    assert_eq!(bound(&[Limit(30), Take(0)]).await, ((limited(30), 1, seconds(0)), DEADLINE));
    assert_eq!(bound(&[Limit(29), Take(0)]).await, ((Ok(2), 2, seconds(29)), None));
    assert_eq!(bound(&[Fail, Limit(26)]).await, ((limited(26), 2, seconds(5)), DEADLINE));
    // One beyond `max_delay` neither: to come back after 4 s is not what was asked for.
    assert_eq!(run(|calls| capped(calls, &[Limit(5)])).await, (limited(5), 1, seconds(0)));
    assert_eq!(run(|calls| capped(calls, &[Limit(4), Take(1)])).await, (Ok(2), 2, seconds(4 + 1)));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_is_reported_as_permanent() {
    let (run, reason) = bound(&[Fail, Break]).await;
    assert_eq!(run, (Err(Error::Broken), 2, seconds(5)));
    assert_eq!(reason, Some(GiveUp::Permanent));
}

#[tokio::test(start_paused = true)]
async fn the_nearer_of_timeout_and_deadline_cuts() {
    #[retry(policy = "conservative", timeout = "12s", deadline = "30s")]
    async fn both(calls: Calls, script: &[Step]) -> Result<u32, Error> {
        calls.attempt(script).await
    }
    let timed_out = Err(Error::Rejected(Rejection::TimedOut));
    // 12 + 5 + 12 s, and then 10 s would be waited.
    assert_eq!(run(|calls| both(calls, &[Hang, Hang])).await, (timed_out, 2, seconds(29)));
    // The second attempt is cut by the deadline, 10 s after its start; the first one's error stays.
    let script = &[TakeThenFail(11), TakeThenFail(3), Hang];
    assert_eq!(run(|calls| both(calls, script)).await, (Err(Error::Busy(2)), 3, seconds(30)));
}

#[tokio::test(start_paused = true)]
async fn zero_delays_end_at_the_deadline() {
    #[retry(on = _, max_retries = u32::MAX, base_delay = 0, deadline = limit)]
    async fn for_ever(calls: &Cell<u32>, limit: Duration) -> Result<u32, Error> {
        calls.update(|calls| calls + 1);
        sleep(Duration::from_millis(10)).await;
        Err(Error::Busy(calls.get()))
    }
    for (limit, attempts) in [(seconds(1), 100), (seconds(2), 200)] {
        let (started, calls) = (Instant::now(), Cell::new(0));
        let outcome = for_ever(&calls, limit).await;
        assert_eq!(started.elapsed(), limit, "`deadline` reads an argument");
        let last = calls.get();
        assert!((attempts - 1..=attempts).contains(&last), "{last}");
        assert!(matches!(outcome, Err(Error::Busy(number)) if number + 1 >= last), "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_fallback_of_an_option_answers_for_a_limit() {
    #[retry(on = _, policy = "conservative", timeout = "3s", deadline = "30s", fallback = |NoValue| Some(9))]
    async fn found(calls: Calls, script: &[Step]) -> Option<u32> {
        calls.attempt(script).await.ok()
    }
    let run = async |script: &'static [Step]| {
        run(|calls| async { found(calls, script).await.ok_or(Error::Broken) }).await
    };
    assert_eq!(run(&[Hang, Fail, Take(1)]).await, (Ok(3), 3, seconds(3 + 5 + 10 + 1)));
    assert_eq!(run(&[Hang, Hang, Hang]).await, (Ok(9), 3, seconds(3 * 3 + 5 + 10)));
}
