//! The guard against retries that multiply: when it speaks, what it says, and when it is silent.
#![deny(warnings, clippy::pedantic)]
#![allow(clippy::unused_async, reason = "the forms under test")]

#[allow(dead_code, reason = "spans are not looked at here")]
use crate::support::recorded;

use std::cell::Cell;

use persevere::retry;
use recorded::Recording;
use tracing::Level;

/// The warnings about nesting since the recording began, or since the last time.
fn nested(recording: &Recording) -> Vec<String> {
    let mut nested = Vec::new();
    for event in recording.events() {
        let message = &event.fields["message"];
        if message.contains("retries multiply") {
            assert_eq!(event.level, Level::WARN);
            nested.push(message.clone());
        }
    }
    Recording::start();
    nested
}

fn reported(outer: &str, inner: &str, attempts: u32) -> String {
    format!(
        "{outer}: retries multiply, since `{inner}` within it retries too: up to {attempts} \
         attempts in one call; let only one of them retry"
    )
}

#[derive(Debug, PartialEq)]
struct Busy;

/// Fails for ever: 4 attempts.
#[retry(on = _, policy = "conservative")]
async fn inner(calls: &Cell<u32>) -> Result<(), Busy> {
    calls.set(calls.get() + 1);
    Err(Busy)
}

#[retry(on = _, policy = "conservative", name = "middle")]
async fn middle(calls: &Cell<u32>) -> Result<(), Busy> {
    inner(calls).await
}

#[retry(on = _, policy = "conservative", name = "outer", id = "o1")]
async fn outer(calls: &Cell<u32>) -> Result<(), Busy> {
    middle(calls).await
}

#[tokio::test(start_paused = true)]
async fn one_warning_a_call_names_both_functions_and_the_product() {
    let recording = Recording::start();
    let calls = Cell::new(0);
    assert_eq!(middle(&calls).await, Err(Busy));
    assert_eq!(calls.get(), 16);
    assert_eq!(nested(&recording), [reported("middle", "it::attribute::nesting::inner", 16)]);
    assert_eq!(middle(&calls).await, Err(Busy));
    assert_eq!(nested(&recording).len(), 1, "each call warns again");
}

#[tokio::test(start_paused = true)]
async fn three_levels_of_three_retries_make_64_attempts() {
    let recording = Recording::start();
    let calls = Cell::new(0);
    assert_eq!(outer(&calls).await, Err(Busy));
    assert_eq!(calls.get(), 64);
    let nested = nested(&recording);
    let middle = reported("middle", "it::attribute::nesting::inner", 16);
    assert_eq!(nested.iter().filter(|message| **message == middle).count(), 4);
    let outer: Vec<&String> = nested.iter().filter(|message| **message != middle).collect();
    assert_eq!(outer, [&reported("outer", "middle", 64)]);
}

/// Runs `attempt` in each attempt of a call that fails for ever.
#[retry(on = _, policy = "conservative", name = "around")]
async fn around(attempt: impl AsyncFn(u32), number: &Cell<u32>) -> Result<(), Busy> {
    number.set(number.get() + 1);
    attempt(number.get()).await;
    Err(Busy)
}

#[tokio::test(start_paused = true)]
async fn an_inner_call_that_never_retried_is_no_nesting() {
    #[retry(on = _, max_retries = 0)]
    async fn once() -> Result<(), Busy> {
        Err(Busy)
    }
    #[retry(unless = Busy, on = _)]
    async fn permanent() -> Result<(), Busy> {
        Err(Busy)
    }
    #[retry(on = _)]
    async fn succeeds() -> Result<(), Busy> {
        Ok(())
    }
    let recording = Recording::start();
    let attempt = async |_| {
        assert_eq!(once().await, Err(Busy));
        assert_eq!(permanent().await, Err(Busy));
        assert_eq!(succeeds().await, Ok(()));
    };
    assert_eq!(around(attempt, &Cell::new(0)).await, Err(Busy));
    assert!(nested(&recording).is_empty());
}

#[tokio::test(start_paused = true)]
async fn retries_that_help_are_no_nesting() {
    #[retry(on = _, policy = "conservative")]
    async fn third_time(calls: &Cell<u32>) -> Result<(), Busy> {
        calls.set(calls.get() + 1);
        if calls.get().is_multiple_of(3) { Ok(()) } else { Err(Busy) }
    }
    let recording = Recording::start();
    let calls = Cell::new(0);
    let attempt = async |_| assert_eq!(third_time(&calls).await, Ok(()));
    assert_eq!(around(attempt, &Cell::new(0)).await, Err(Busy));
    assert_eq!(calls.get(), 3 * 4);
    assert!(nested(&recording).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_sibling_that_retries_after_a_handled_give_up_is_no_nesting() {
    #[retry(on = _, policy = "conservative")]
    async fn mirror() -> Result<(), Busy> {
        Err(Busy)
    }
    let recording = Recording::start();
    if inner(&Cell::default()).await.is_err() {
        assert_eq!(mirror().await, Err(Busy));
    }
    assert!(nested(&recording).is_empty());
    // One give-up is handled, and the one after it is noticed.
    let attempt = async |number| {
        if number == 1 {
            assert_eq!(inner(&Cell::default()).await, Err(Busy));
        }
    };
    assert_eq!(around(attempt, &Cell::new(0)).await, Err(Busy));
    assert!(nested(&recording).is_empty(), "the first attempt alone multiplies nothing yet");
}

#[tokio::test(start_paused = true)]
async fn tasks_that_take_turns_are_no_nesting() {
    let recording = Recording::start();
    let long = async |_| tokio::task::yield_now().await;
    let tasks = tokio::task::LocalSet::new();
    tasks
        .run_until(async {
            let mut running = tokio::task::JoinSet::new();
            for task in 0..20 {
                running.spawn_local(async move {
                    if task % 2 == 0 {
                        around(long, &Cell::new(0)).await
                    } else {
                        inner(&Cell::new(0)).await
                    }
                });
            }
            while let Some(outcome) = running.join_next().await {
                assert_eq!(outcome.unwrap(), Err(Busy));
            }
        })
        .await;
    assert!(nested(&recording).is_empty());
}

#[tokio::test(start_paused = true)]
async fn siblings_in_one_task_are_no_nesting() {
    #[retry(on = _, base_delay = "7s", max_retries = 2, jitter = "none")]
    async fn waits_longer() -> Result<(), Busy> {
        Err(Busy)
    }
    #[retry(on = _, base_delay = "20s", max_retries = 3, jitter = "none")]
    async fn fails_later() -> Result<(), Busy> {
        Err(Busy)
    }
    let recording = Recording::start();
    // One gives up while the other waits: at 21 s, before the last attempt at 35 s; then at 35 s,
    // between attempts at 20 s and 60 s.
    let calls = Cell::new(0);
    let outcomes = tokio::join!(inner(&calls), waits_longer());
    assert_eq!(outcomes, (Err(Busy), Err(Busy)));
    let outcomes = tokio::join!(inner(&calls), fails_later());
    assert_eq!(outcomes, (Err(Busy), Err(Busy)));
    assert!(nested(&recording).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_success_reports_nothing() {
    #[retry(on = _, policy = "conservative")]
    async fn handles() -> Result<(), Busy> {
        let _ = inner(&Cell::default()).await;
        Ok(())
    }
    #[retry(on = _, policy = "conservative")]
    async fn second_time(calls: &Cell<u32>) -> Result<(), Busy> {
        calls.set(calls.get() + 1);
        let outcome = inner(&Cell::default()).await;
        if calls.get() == 2 { Ok(()) } else { outcome }
    }
    let recording = Recording::start();
    assert_eq!(handles().await, Ok(()));
    assert_eq!(second_time(&Cell::new(0)).await, Ok(()));
    assert!(nested(&recording).is_empty());
}

#[retry(on = _, max_retries = 1, base_delay = 0)]
fn blocking_inner() -> Result<(), Busy> {
    Err(Busy)
}

#[test]
fn blocking_calls_are_noticed_too() {
    #[retry(on = _, max_retries = 2, base_delay = 0)]
    fn blocking_outer() -> Result<(), Busy> {
        blocking_inner()
    }
    let recording = Recording::start();
    assert_eq!(blocking_outer(), Err(Busy));
    assert_eq!(
        nested(&recording),
        [reported("blocking_outer", "it::attribute::nesting::blocking_inner", 6)]
    );
    assert_eq!(blocking_inner(), Err(Busy));
    assert!(nested(&recording).is_empty());
}

#[test]
fn a_job_that_the_thread_takes_over_is_no_nesting() {
    #[retry(on = _, max_retries = 2, base_delay = 0)]
    fn waits_for_jobs() -> Result<(), Busy> {
        persevere::without_deadline(blocking_inner)
    }
    let recording = Recording::start();
    assert_eq!(waits_for_jobs(), Err(Busy));
    assert!(nested(&recording).is_empty());
}

#[tokio::test(start_paused = true)]
async fn recursion_is_noticed_at_each_depth() {
    #[retry(on = _, max_retries = 1, base_delay = 0)]
    async fn recursive(depth: u32) -> Result<(), Busy> {
        if depth == 0 { Err(Busy) } else { Box::pin(recursive(depth - 1)).await }
    }
    let recording = Recording::start();
    assert_eq!(recursive(2).await, Err(Busy));
    let at = |attempts| reported("recursive", "it::attribute::nesting::recursive", attempts);
    assert_eq!(nested(&recording), [at(4), at(4), at(8)]);
}
