//! `budget` in the attribute: which retries it allows, and which outcomes are reported to it.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
use crate::support::scripted;

use std::future::{pending, ready};
use std::panic::catch_unwind;
use std::time::Duration;

use layered::Error::{self, Broken, Busy};
use layered::{busy, poll_once, tokens};
use persevere::engine::GiveUp;
use persevere::{Budget, CircuitBreaker, EventKind, Rejection, retry};
use scripted::Script;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn an_empty_budget_ends_the_call_and_says_so() {
    static BUDGET: Budget = Budget::new().with_capacity(12); // two retries

    #[retry(
        budget = BUDGET,
        max_retries = 9,
        on_give_up = |event| reasons.push(event.kind())
    )]
    async fn ask(script: &Script<Error>, reasons: &mut Vec<EventKind>) -> Result<u32, Error> {
        script.run()
    }

    let (script, mut reasons) = (busy(9), Vec::new());
    assert_eq!(ask(&script, &mut reasons).await, Err(Busy));
    assert_eq!(script.runs(), 3);
    assert_eq!(reasons, [EventKind::GiveUp(GiveUp::BudgetExhausted)]);
    assert_eq!(tokens(&BUDGET), 2);

    // A refusal ends the call at once.
    let began = Instant::now();
    assert_eq!(ask(&script, &mut reasons).await, Err(Busy));
    assert_eq!((script.runs(), began.elapsed()), (4, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_shared_by_all_that_name_it() {
    static BUDGET: Budget = Budget::new().with_capacity(15); // three retries

    #[retry(budget = BUDGET, max_retries = 2)]
    async fn one(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(budget = BUDGET, base_delay = 0)]
    fn other(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let (first, second) = (busy(9), busy(9));
    assert_eq!(one(&first).await, Err(Busy));
    assert_eq!(other(&second), Err(Busy));
    assert_eq!((first.runs(), second.runs()), (3, 2));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_helps_gives_back_what_it_cost_and_a_first_attempt_deposits() {
    static BUDGET: Budget = Budget::new().with_capacity(20);

    #[retry(budget = BUDGET)]
    async fn ask(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(budget = BUDGET, base_delay = 0)]
    fn ask_blocking(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    assert_eq!(ask(&busy(2)).await, Ok(3)); // the first retry failed
    assert_eq!(tokens(&BUDGET), 15);
    assert_eq!(ask(&busy(0)).await, Ok(1));
    assert_eq!(tokens(&BUDGET), 16);
    assert_eq!(ask_blocking(&busy(2)), Ok(3));
    assert_eq!(tokens(&BUDGET), 11);
    assert_eq!(ask_blocking(&busy(0)), Ok(1));
    assert_eq!(tokens(&BUDGET), 12);
}

#[tokio::test(start_paused = true)]
async fn a_call_deposits_when_it_begins_and_failures_are_heard() {
    static RATIO: Budget = Budget::ratio(0.5).with_min_per_second(0);
    static ADAPTIVE: Budget = Budget::adaptive(2.0);

    #[retry(budget = RATIO, max_retries = 3)]
    async fn by_ratio(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(budget = ADAPTIVE, max_retries = 0)]
    async fn adaptive(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    let fine = busy(0);
    assert_eq!(by_ratio(&fine).await, Ok(1));
    assert_eq!(by_ratio(&fine).await, Ok(2));
    assert_eq!(RATIO.available().to_string(), "1 retry");
    let failing = busy(9);
    assert_eq!(by_ratio(&failing).await, Err(Busy)); // the third call: 1.5 retries
    assert_eq!(failing.runs(), 2);

    assert_eq!(adaptive(&Script::of([Broken])).await, Err(Broken)); // counts as accepted
    assert_eq!(adaptive(&busy(1)).await, Err(Busy));
    assert_eq!(adaptive(&busy(1)).await, Err(Busy));
    assert_eq!(adaptive(&busy(1)).await, Err(Busy));
    assert_eq!(ADAPTIVE.available().to_string(), "40.0 % of retries refused"); // (4 - 2 · 1) / 5
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_a_timeout_costs_more() {
    static BUDGET: Budget = Budget::new().with_capacity(25);

    #[retry(budget = BUDGET, timeout = 1, max_retries = 9)]
    async fn hang() -> Result<u32, Error> {
        pending().await
    }

    #[retry(budget = BUDGET, timeout = 1, max_retries = 1)]
    async fn fail() -> Result<u32, Error> {
        Err(Busy)
    }

    assert_eq!(hang().await, Err(Error::Rejected(Rejection::TimedOut)));
    assert_eq!(tokens(&BUDGET), 5); // two retries at 10
    assert_eq!(fail().await, Err(Busy));
    assert_eq!(tokens(&BUDGET), 0);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_the_deadline_cuts_is_spent() {
    static BUDGET: Budget = Budget::new();

    #[retry(budget = BUDGET, deadline = 30, jitter = "none")]
    async fn hang_at_last(script: &Script<Error>) -> Result<u32, Error> {
        script.run()?;
        pending().await
    }

    assert_eq!(hang_at_last(&busy(1)).await, Err(Busy));
    assert_eq!(tokens(&BUDGET), 495);
}

#[tokio::test(start_paused = true)]
async fn of_a_call_that_is_dropped_only_a_retry_that_never_ran_is_given_back() {
    static BUDGET: Budget = Budget::new();

    #[retry(budget = BUDGET, base_delay = 0)]
    async fn hang_at_last(script: &Script<Error>) -> Result<u32, Error> {
        script.run()?;
        pending().await
    }

    #[retry(budget = BUDGET)]
    async fn wait(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    #[retry(budget = BUDGET, sleep = |_| ready(()))]
    async fn hang_on_another_timer(script: &Script<Error>) -> Result<u32, Error> {
        script.run()?;
        pending().await
    }

    #[retry(budget = BUDGET, sleep = |_| pending())]
    async fn wait_on_another_timer(script: &Script<Error>) -> Result<u32, Error> {
        script.run()
    }

    poll_once(wait(&busy(1))); // before the retry
    poll_once(wait_on_another_timer(&busy(1)));
    assert_eq!(tokens(&BUDGET), 500);
    poll_once(hang_at_last(&busy(1))); // within it
    assert_eq!(tokens(&BUDGET), 495);
    poll_once(hang_at_last(&busy(2))); // within the second one
    assert_eq!(tokens(&BUDGET), 485);
    poll_once(hang_on_another_timer(&busy(1)));
    assert_eq!(tokens(&BUDGET), 480);
}

#[test]
fn a_blocking_retry_that_panics_has_run_and_one_whose_wait_does_has_not() {
    static BUDGET: Budget = Budget::new();

    #[retry(budget = BUDGET, base_delay = 0)]
    fn by_the_thread(runs: &mut u32) -> Result<u32, Error> {
        *runs += 1;
        if *runs == 1 { Err(Busy) } else { panic!("within the retry") }
    }

    #[retry(budget = BUDGET, sleep = |_| ())]
    fn by_a_function(runs: &mut u32) -> Result<u32, Error> {
        *runs += 1;
        if *runs == 1 { Err(Busy) } else { panic!("within the retry") }
    }

    #[retry(budget = BUDGET, sleep = |_| panic!("within the wait"))]
    fn never() -> Result<u32, Error> {
        Err(Busy)
    }

    assert!(catch_unwind(|| by_the_thread(&mut 0)).is_err());
    assert_eq!(tokens(&BUDGET), 495);
    assert!(catch_unwind(|| by_a_function(&mut 0)).is_err());
    assert_eq!(tokens(&BUDGET), 490);
    assert!(catch_unwind(never).is_err());
    assert_eq!(tokens(&BUDGET), 490);
}

/// A budget may be chosen by an argument or a field.
struct Client {
    budget: &'static Budget,
}

impl Client {
    #[retry(budget = self.budget, on = _, base_delay = 0)]
    fn ask(&self) -> Option<u8> {
        None
    }
}

#[test]
fn a_field_may_hold_the_budget() {
    static BUDGET: Budget = Budget::new().with_capacity(5);
    assert_eq!(Client { budget: &BUDGET }.ask(), None);
    assert_eq!(tokens(&BUDGET), 0);
}

#[test]
fn futures_with_layers_can_be_sent() {
    static BUDGET: Budget = Budget::new();
    static BREAKER: CircuitBreaker = CircuitBreaker::new();

    async fn reported(_event: &persevere::Event<'_>) {
        std::future::ready(()).await;
    }

    #[retry(
        budget = BUDGET,
        breaker = BREAKER,
        timeout = 1,
        deadline = 9,
        on_retry = reported,
        on_give_up = reported
    )]
    async fn ask() -> Result<u32, Error> {
        Ok(1)
    }

    fn is_send(_: impl Send) {}
    is_send(ask());
}
