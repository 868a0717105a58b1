//! Overrides for a part of the program.
#![deny(warnings, clippy::pedantic)]

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::deadline::without_deadline;
use persevere::overrides::{Overrides, carry};
use persevere::{Rejection, retry};

const SECOND: Duration = Duration::from_secs(1);

fn table(text: &str) -> Overrides {
    text.parse().unwrap()
}

/// How many attempts it makes; it has two.
async fn attempts() -> u32 {
    let made = Cell::new(0);
    assert!(failing(&made).await.is_err());
    made.get()
}

#[retry(on = _, max_retries = 1, base_delay = 0)]
async fn failing(made: &Cell<u32>) -> Result<(), u8> {
    made.set(made.get() + 1);
    tokio::task::yield_now().await;
    Err(1)
}

fn attempts_blocking() -> u32 {
    let mut made = 0;
    assert!(failing_blocking(&mut made).is_err());
    made
}

#[retry(on = _, max_retries = 1, base_delay = 0)]
fn failing_blocking(made: &mut u32) -> Result<(), u8> {
    *made += 1;
    Err(1)
}

#[tokio::test]
async fn a_scope_holds_for_its_future_and_for_no_other() {
    let scoped = table("*::failing=max_retries:3").scope(async {
        let first = attempts().await;
        tokio::task::yield_now().await;
        (first, attempts().await, attempts_blocking())
    });
    let (scoped, beside) = tokio::join!(scoped, async { (attempts().await, attempts().await) });
    assert_eq!(scoped, (4, 4, 2));
    assert_eq!(beside, (2, 2));
    assert_eq!(attempts().await, 2);
}

#[test]
fn a_blocking_scope_ends_by_a_panic_too() {
    assert_eq!(table("*=off").scope_blocking(attempts_blocking), 1);
    let panicked = std::panic::catch_unwind(|| {
        table("*=off").scope_blocking(|| -> u32 { panic!("on purpose") })
    });
    assert!(panicked.is_err());
    assert_eq!(attempts_blocking(), 2);
}

#[tokio::test]
async fn the_inner_scope_wins_setting_by_setting() {
    let outer = table("*::failing*=max_retries:3,*=deadline:1h");
    let inner = table("*=max_retries:0");
    let attempts = outer
        .scope(async move {
            let inner = inner.scope(async { (attempts().await, attempts_blocking()) }).await;
            (inner, attempts().await)
        })
        .await;
    assert_eq!(attempts, ((1, 1), 4));
}

#[tokio::test]
async fn a_task_is_in_a_scope_only_if_it_is_carried_there() {
    let (spawned, carried) = table("*=off")
        .scope(async {
            let spawned = tokio::spawn(poll_fn(|_| Poll::Ready(attempts_blocking())));
            let carried = tokio::spawn(carry(async {
                tokio::task::yield_now().await;
                (attempts_blocking(), table("*=max_retries:2").scope_blocking(attempts_blocking))
            }));
            (spawned.await.unwrap(), carried.await.unwrap())
        })
        .await;
    assert_eq!((spawned, carried), (2, (1, 3)));
    // Carried from where no scope is, it has none.
    let outside = carry(async { attempts_blocking() });
    assert_eq!(table("*=off").scope(outside).await, 2);
}

#[test]
fn work_that_is_set_aside_is_in_no_scope() {
    let both = table("*=off")
        .scope_blocking(|| (without_deadline(attempts_blocking), attempts_blocking()));
    assert_eq!(both, (2, 1));
}

#[retry(timeout = "1s", max_retries = 0)]
async fn slow() -> Result<(), Rejection> {
    tokio::time::sleep(5 * SECOND).await;
    Ok(())
}

#[retry(deadline = "10s", on = _, base_delay = "1s", jitter = "none", max_retries = 50)]
async fn failing_for_long() -> Result<(), Rejection> {
    Err(Rejection::TimedOut)
}

#[tokio::test(start_paused = true)]
async fn time_limits_are_those_of_the_scope() {
    let began = tokio::time::Instant::now();
    assert_eq!(slow().await, Err(Rejection::TimedOut));
    assert_eq!(began.elapsed(), SECOND);
    assert_eq!(table("*::slow=timeout:6s").scope(slow()).await, Ok(()));
    assert_eq!(table("*::slow=timeout:none").scope(slow()).await, Ok(()));
    let began = tokio::time::Instant::now();
    assert!(table("*=timeout:20ms").scope(slow()).await.is_err());
    assert_eq!(began.elapsed(), Duration::from_millis(20));

    let began = tokio::time::Instant::now();
    assert!(failing_for_long().await.is_err());
    assert_eq!(began.elapsed(), 7 * SECOND); // 1 s, 2 s, 4 s; 8 s more would be too late
    let began = tokio::time::Instant::now();
    assert!(table("*=deadline:4s").scope(failing_for_long()).await.is_err());
    assert_eq!(began.elapsed(), 3 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn an_entry_of_a_scope_ends() {
    let scoped = table("*=off;until:+1m").scope(async {
        let first = attempts().await;
        tokio::time::advance(59 * SECOND).await;
        let before = attempts().await;
        tokio::time::advance(SECOND).await;
        (first, before, attempts().await)
    });
    assert_eq!(scoped.await, (1, 1, 2));
}

#[test]
fn a_scope_that_is_dropped_at_any_poll_leaves_none_behind() {
    for polls in 0..4 {
        {
            let scoped = table("*=off").scope(async {
                for _ in 0..polls {
                    attempts().await;
                }
                pending::<()>().await;
            });
            let mut scoped = pin!(scoped);
            for _ in 0..polls {
                assert!(scoped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                assert_eq!(attempts_blocking(), 2);
            }
        }
        assert_eq!(attempts_blocking(), 2);
    }
}
