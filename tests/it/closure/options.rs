//! The closure form, `Policy::retry` and its three siblings: every option, and the same decisions
//! as the attribute's.
#![deny(warnings, clippy::pedantic)]

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::time::Duration;

use persevere::{Attempt, Classify, Event, Policy, Rejection, Verdict, retry};
use tokio::time::{Instant, sleep};

use crate::support::classes::Error::{self, Broken, Busy, Limited};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Waits of 5, 10 and 20 s.
const STEADY: Policy = Policy::CONSERVATIVE;
const AT_ONCE: Policy = STEADY.with_base_delay(Duration::ZERO);
const GENTLE: Policy = STEADY.with_base_delay(seconds(60));

/// Outcomes one after the other, the last one for ever.
struct Script {
    outcomes: Vec<Result<u32, Error>>,
    calls: Cell<usize>,
}

impl Script {
    fn new(outcomes: &[Result<u32, Error>]) -> Self {
        Self { outcomes: outcomes.to_vec(), calls: Cell::new(0) }
    }

    fn call(&self) -> Result<u32, Error> {
        let call = self.calls.replace(self.calls.get() + 1);
        self.outcomes[call.min(self.outcomes.len() - 1)]
    }
}

#[tokio::test(start_paused = true)]
async fn classify_decides_where_nothing_else_does() {
    let started = Instant::now();
    let script = Script::new(&[Err(Busy(1)), Err(Limited(Some(seconds(7)))), Ok(3)]);
    assert_eq!(STEADY.retry(async || script.call()).await, Ok(3));
    assert_eq!(started.elapsed(), seconds(5 + 10), "7 s are below the second wait");
    let script = Script::new(&[Err(Busy(1)), Err(Broken), Ok(3)]);
    assert_eq!(AT_ONCE.retry_blocking(|| script.call()).call(), Err(Broken));
    assert_eq!(AT_ONCE.retry(async || None::<u32>).on(|_| true).await, None);
}

#[tokio::test(start_paused = true)]
async fn closures_borrow_and_change_what_is_around_them() {
    let (prefix, mut calls) = (String::from("at "), 0);
    let text = AT_ONCE
        .retry(|| {
            calls += 1;
            let (call, prefix) = (calls, &prefix);
            async move { if call < 3 { Err(Busy(call)) } else { Ok(format!("{prefix}{call}")) } }
        })
        .await;
    assert_eq!(text.as_deref(), Ok("at 3"));
    assert_eq!((prefix.as_str(), calls), ("at ", 3));
    let script = Script::new(&[Err(Busy(1)), Ok(2)]);
    let borrowed: Result<&str, Error> =
        AT_ONCE.retry(async || script.call().map(|_| prefix.as_str())).await;
    assert_eq!(borrowed, Ok("at "));
    let seen = RefCell::new(Vec::new());
    let mut left = 3;
    let counted = AT_ONCE
        .retry_blocking(|| {
            left -= 1;
            seen.borrow_mut().push(left);
            if left > 0 { None } else { Some(&prefix) }
        })
        .on(|_| true)
        .call();
    assert_eq!(counted, Some(&prefix));
    assert_eq!(seen.into_inner(), [2, 1, 0]);
}

#[test]
fn on_when_and_unless_decide() {
    let attempts = |agree: fn(&Error) -> bool, judge: fn(&Error) -> Verdict, error| {
        let script = Script::new(&[Err(error)]);
        let call = AT_ONCE.retry_blocking(|| script.call());
        let unless = |error: &Error| *error == Busy(13);
        assert_eq!(call.on(agree).when(judge).unless(unless).call(), Err(error));
        script.calls.get()
    };
    let always = |_: &Error| true;
    let never = |_: &Error| false;
    let transient = |_: &Error| Verdict::TRANSIENT;
    let permanent = |_: &Error| Verdict::PERMANENT;
    assert_eq!(attempts(always, transient, Broken), 4, "not by `Classify`");
    assert_eq!(attempts(never, transient, Busy(1)), 1);
    assert_eq!(attempts(always, permanent, Busy(1)), 1);
    assert_eq!(attempts(always, transient, Busy(13)), 1, "`unless` wins");
    // `unless` before `on` wins as well, and goes with `Classify`.
    let script = Script::new(&[Err(Busy(13))]);
    let unless = |error: &Error| *error == Busy(13);
    let call = AT_ONCE.retry_blocking(|| script.call()).unless(unless).on(|_| true).call();
    assert_eq!((call, script.calls.take()), (Err(Busy(13)), 1));
    let call = AT_ONCE.retry_blocking(|| script.call()).unless(unless).call();
    assert_eq!((call, script.calls.take()), (Err(Busy(13)), 1));
    let call = AT_ONCE.retry_blocking(|| script.call()).unless(|error| *error == Broken).call();
    assert_eq!((call, script.calls.take()), (Err(Busy(13)), 4));
}

/// What is waited after these outcomes, in seconds.
fn waits(outcomes: &[Result<u32, Error>], judge: fn(&Error) -> Verdict) -> Vec<u64> {
    let (script, mut waits) = (Script::new(outcomes), Vec::new());
    let _ = STEADY
        .retry_blocking(|| script.call())
        .throttled(GENTLE)
        .on_ok(|value| *value == 0)
        .when(judge)
        .sleep(|wait| waits.push(wait.as_secs()))
        .call();
    waits
}

#[test]
fn verdicts_choose_the_schedule_and_the_floor() {
    let limited = |wait: u64| Err(Limited(Some(seconds(wait))));
    let own = Classify::classify;
    assert_eq!(waits(&[Err(Busy(1)), limited(0), limited(250), Ok(1)], own), [5, 120, 250]);
    assert_eq!(waits(&[limited(300)], own), [300, 300, 300]);
    assert_eq!(waits(&[Err(Busy(1)), limited(301), Ok(1)], own), [5]);
    assert_eq!(waits(&[Ok(0), Err(Busy(1)), Ok(0), Ok(1)], own), [5, 10, 20]);
    assert_eq!(waits(&[Ok(0), Err(Broken), Ok(1)], own), [5]);
    assert_eq!(waits(&[Err(Broken), Ok(1)], |_| Verdict::THROTTLED), [60]);
}

#[test]
fn on_ok_may_return_a_verdict_and_hands_over_the_last_value() {
    let (script, mut waits) = (Script::new(&[Ok(1), Ok(2), Ok(3), Ok(4), Ok(5)]), Vec::new());
    let last = STEADY
        .retry_blocking(|| script.call())
        .on_ok(|value| Verdict::TRANSIENT.with_retry_after(seconds(u64::from(*value) * 9)))
        .fallback(|_| Ok(99))
        .sleep(|wait| waits.push(wait.as_secs()))
        .call();
    assert_eq!((last, waits), (Ok(4), vec![9, 18, 27]));
}

#[test]
fn hooks_are_called_and_the_fallback_decides_last() {
    let run = |outcomes: &[Result<u32, Error>]| {
        let (script, reported) = (Script::new(outcomes), RefCell::new(Vec::new()));
        let report = |event: &Event<'_>| reported.borrow_mut().push(event.to_string());
        let outcome = AT_ONCE
            .with_max_retries(1)
            .retry_blocking(|| script.call())
            .name("call")
            .id(format!("o{}", 1))
            .on_retry(report)
            .on_retry(|event| reported.borrow_mut().push(format!("{:?}", event.delay())))
            .on_give_up(report)
            .on_success(report)
            .fallback(|error| {
                reported.borrow_mut().push(format!("fallback: {error:?}"));
                if error == Busy(3) { Err(Broken) } else { Ok(7) }
            })
            .call();
        (outcome, reported.into_inner())
    };
    assert_eq!(run(&[Ok(1)]), (Ok(1), vec![]));
    let (outcome, reported) = run(&[Err(Busy(1)), Ok(2)]);
    assert_eq!(outcome, Ok(2));
    assert_eq!(
        reported,
        [
            "Some(0ns)",
            "call[o1]: attempt 1 of 2 failed: Busy(1); retrying in 0 s",
            "call[o1]: attempt 2 of 2 succeeded after 0 s of waiting",
        ]
    );
    let (outcome, reported) = run(&[Err(Busy(1)), Err(Busy(2))]);
    assert_eq!(outcome, Ok(7));
    assert_eq!(
        reported[2..],
        [
            "call[o1]: attempt 2 of 2 failed: Busy(2); giving up after 1 retry and 0 s of waiting",
            "fallback: Busy(2)",
        ]
    );
    let (outcome, reported) = run(&[Err(Broken)]);
    assert_eq!(outcome, Err(Broken));
    assert_eq!(
        reported,
        ["call[o1]: attempt 1 of 2 failed: Broken; giving up, the failure is permanent",],
        "a permanent failure has no fallback"
    );
    assert_eq!(run(&[Err(Busy(1)), Err(Busy(3))]).0, Err(Broken));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_has_its_facts_and_steers() {
    let started = Instant::now();
    let seen = RefCell::new(Vec::new());
    let steer = |attempt: &Attempt| {
        seen.borrow_mut().push((attempt.number(), attempt.previous_delay(), attempt.remaining()));
        match attempt.number() {
            1 => attempt.retry_in(seconds(1)),
            2 => attempt.retry_with(GENTLE),
            _ => attempt.give_up(),
        }
        Err::<(), _>(Broken)
    };
    let outcome = STEADY
        .retry_with_context(|attempt| {
            let outcome = steer(&attempt);
            async move {
                sleep(seconds(2)).await;
                assert!(attempt.elapsed() >= seconds(2));
                outcome
            }
        })
        .deadline(seconds(300))
        .await;
    assert_eq!(outcome, Err(Broken));
    assert_eq!(started.elapsed(), seconds(3 * 2 + 1 + 120));
    let left = |gone: u64| Some(seconds(300 - gone));
    assert_eq!(
        seen.take(),
        [
            (1, None, left(0)),
            (2, Some(seconds(1)), left(3)),
            (3, Some(seconds(120)), left(3 + 122)),
        ]
    );
    let mut waits = Vec::new();
    let blocking = STEADY
        .retry_blocking_with_context(|attempt| steer(&attempt))
        .sleep(|wait| waits.push(wait))
        .call();
    assert_eq!((blocking, waits), (Err(Broken), vec![seconds(1), seconds(120)]));
    assert_eq!(seen.take().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn another_runtime_s_timer_is_asked() {
    let set = RefCell::new(Vec::new());
    let timer = |time: Duration| {
        set.borrow_mut().push(time.as_secs());
        ready(())
    };
    let script = Script::new(&[Err(Busy(1)), Err(Busy(2)), Ok(3)]);
    let started = Instant::now();
    assert_eq!(STEADY.retry(async || script.call()).sleep(timer).await, Ok(3));
    assert_eq!(set.take(), [5, 10]);
    assert_eq!(started.elapsed(), Duration::ZERO);
    let script = Script::new(&[Err(Busy(1)), Ok(2)]);
    let call = STEADY.retry(async || script.call()).sleep(timer).timeout(seconds(3));
    assert_eq!(call.deadline(seconds(30)).await, Ok(2));
    assert_eq!(set.take(), [3, 5, 3], "for attempts and for waits");
}

/// Uses up the task's budget at every turn, so that a timer asked after it would never ring.
async fn greedy(turns: &Cell<u32>) -> Result<u32, Rejection> {
    loop {
        tokio::task::consume_budget().await;
        turns.update(|turns| turns + 1);
        if turns.get().is_multiple_of(1_000) {
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        if turns.get() > 1_000_000 {
            return Ok(turns.get());
        }
    }
}

#[retry(max_retries = 0, timeout = "3s", sleep = tokio::time::sleep)]
async fn by_sleep(turns: &Cell<u32>) -> Result<u32, Rejection> {
    greedy(turns).await
}

#[tokio::test(start_paused = true)]
async fn a_body_that_leaves_no_budget_is_cut_all_the_same() {
    let turns = Cell::new(0);
    let outcome = Policy::DEFAULT
        .with_max_retries(0)
        .retry(|| greedy(&turns))
        .timeout(Duration::from_secs(3))
        .await;
    assert_eq!(outcome, Err(Rejection::TimedOut));
    assert_eq!(by_sleep(&Cell::new(0)).await, Err(Rejection::TimedOut));
}

#[test]
fn a_blocking_operation_needs_no_rejection_for_its_deadline() {
    let mut waits = Vec::new();
    let outcome = Policy::CONSERVATIVE
        .retry_blocking(|| Err::<(), _>(std::io::Error::from(std::io::ErrorKind::TimedOut)))
        .deadline(Duration::from_secs(8))
        .sleep(|wait| waits.push(wait.as_secs()))
        .call();
    assert!(outcome.is_err());
    assert_eq!(waits, [5]); // the next would be 10 s
}
