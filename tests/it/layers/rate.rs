//! `Rate`: who waits, for how long, in which order.
#![deny(warnings, clippy::pedantic)]

use crate::support::paused;
use crate::support::queue::poll;

use std::cell::RefCell;
use std::future::ready;
use std::sync::Barrier;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use persevere::{Rate, Rejection};
use tokio::time::{Instant, advance};

const SECOND: Duration = Duration::from_secs(1);

fn late(retry_in: Duration) -> Result<(), Rejection> {
    Err(Rejection::RateLimited { retry_in })
}

#[test]
fn intervals_are_never_too_short() {
    assert_eq!(Rate::per_second(50).interval(), Duration::from_millis(20));
    assert_eq!(Rate::per_second(3).interval(), Duration::from_nanos(333_333_334));
    assert_eq!(Rate::per_minute(7).interval(), Duration::from_nanos(8_571_428_572));
    assert_eq!(Rate::per_second(u32::MAX).interval(), Duration::from_nanos(1));
    let rate = Rate::every(SECOND).with_max_wait(SECOND * 2).with_burst(5);
    assert_eq!((rate.interval(), rate.burst(), rate.max_wait()), (SECOND, 5, SECOND * 2));
    assert_eq!((rate.available(), rate.waiting(), rate.waits(), rate.refusals()), (5, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn ten_who_wait_leave_in_the_order_in_which_they_came() {
    static RATE: Rate = Rate::per_second(50).with_max_wait(SECOND);
    let (began, left) = (Instant::now(), RefCell::new(Vec::new()));
    futures::future::join_all((0..11).map(|name| {
        let left = &left;
        async move {
            RATE.acquire().await.expect("it waits for a fifth of a second at most");
            left.borrow_mut().push((name, began.elapsed().as_millis()));
        }
    }))
    .await;
    let expected: Vec<_> = (0..11_u128).map(|name| (name, 20 * name)).collect();
    assert_eq!(left.into_inner(), expected);
    assert_eq!((RATE.waits(), RATE.refusals(), RATE.waiting()), (10, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_burst_comes_back_with_time_and_a_wait_that_is_too_long_is_refused_at_once() {
    static RATE: Rate = Rate::every(SECOND).with_burst(3).with_max_wait(SECOND);
    let began = Instant::now();
    for _ in 0..3 {
        assert_eq!(RATE.try_acquire(), Ok(()));
    }
    assert_eq!((RATE.available(), RATE.try_acquire()), (0, late(SECOND)));
    let mut waits = Box::pin(RATE.acquire());
    assert!(poll(waits.as_mut()).is_pending());
    assert_eq!((RATE.acquire().await, began.elapsed()), (late(SECOND * 2), Duration::ZERO));
    assert_eq!(RATE.try_acquire(), late(SECOND * 2), "another one waits");
    assert_eq!((waits.await, began.elapsed()), (Ok(()), SECOND));
    assert_eq!((RATE.waits(), RATE.refusals()), (1, 3));
    advance(SECOND * 2).await;
    assert_eq!(RATE.available(), 2);
    advance(SECOND * 60).await;
    assert_eq!(RATE.available(), 3);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_gives_the_turn_to_the_next() {
    let rate = Rate::every(SECOND).with_max_wait(SECOND * 9);
    assert_eq!(rate.try_acquire(), Ok(()));
    let mut callers: Vec<_> = (0..4).map(|_| Box::pin(rate.acquire())).collect();
    for caller in &mut callers {
        assert!(poll(caller.as_mut()).is_pending());
    }
    let began = Instant::now();
    drop(callers.remove(2)); // in the middle
    drop(callers.remove(0)); // the first
    assert_eq!(rate.waiting(), 2);
    assert_eq!((callers.remove(0).await, began.elapsed()), (Ok(()), SECOND));
    let mut last = callers.remove(0);
    advance(SECOND).await;
    // Its turn has come, and another caller's look at the queue gives it to it.
    let mut next = Box::pin(rate.acquire());
    assert!(poll(next.as_mut()).is_pending());
    assert_eq!(rate.waiting(), 1);
    drop(last);
    assert_eq!(poll(next.as_mut()), Poll::Ready(Ok(())), "at once");
    last = Box::pin(rate.acquire());
    assert_eq!((last.await, began.elapsed()), (Ok(()), SECOND * 3));
}

#[test]
fn threads_wait_in_the_same_queue() {
    let rate = Rate::every(Duration::from_millis(5)).with_max_wait(SECOND * 60);
    let (all, began) = (Barrier::new(8), std::time::Instant::now());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                all.wait();
                for _ in 0..5 {
                    rate.acquire_blocking().expect("a minute is long enough");
                }
            });
        }
    });
    assert!(began.elapsed() >= Duration::from_millis(39 * 5), "{:?}", began.elapsed());
    assert_eq!((rate.waiting(), rate.refusals()), (0, 0));
}

#[test]
fn a_thread_is_refused_at_once_too() {
    let rate = Rate::every(SECOND * 3600).with_max_wait(SECOND);
    assert_eq!(rate.acquire_blocking(), Ok(()));
    let began = std::time::Instant::now();
    assert!(
        matches!(rate.acquire_blocking(), Err(Rejection::RateLimited { retry_in }) if retry_in > SECOND * 3000)
    );
    assert!(began.elapsed() < SECOND * 60);
}

/// A recording timer does not wait: whoever has waited on it has waited, whatever the clock says.
#[tokio::test(start_paused = true)]
async fn a_clock_that_stands_still_keeps_nobody_for_ever() {
    let rate = Rate::every(SECOND).with_max_wait(SECOND * 5);
    let waits = RefCell::new(Vec::new());
    for _ in 0..4 {
        let acquired = rate.acquire_by(|wait| {
            waits.borrow_mut().push(wait);
            ready(())
        });
        assert_eq!(acquired.await, Ok(()));
    }
    assert_eq!(waits.into_inner(), [SECOND, SECOND * 2, SECOND * 3]);
}

/// Each runtime with a paused clock has a time of its own.
#[test]
fn a_clock_that_has_jumped_ahead_and_is_back_shuts_nobody_out() {
    static RATE: Rate = Rate::every(SECOND).with_max_wait(SECOND);
    let run = |jump: Duration| {
        paused::runtime().block_on(async {
            advance(jump).await;
            (RATE.acquire().await, RATE.available())
        })
    };
    assert_eq!(run(SECOND * 36_000), (Ok(()), 0));
    assert_eq!(run(Duration::ZERO), (Ok(()), 0), "it waits for an interval, not for ten hours");
    RATE.hold(SECOND * 60);
    RATE.reset();
    assert_eq!(RATE.available(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_all_and_then_they_leave_one_by_one() {
    let rate = Rate::every(SECOND).with_burst(5).with_max_wait(SECOND * 33);
    let began = Instant::now();
    rate.hold(SECOND * 30);
    rate.hold(SECOND * 10);
    assert_eq!(rate.try_acquire(), late(SECOND * 30));
    let left = RefCell::new(Vec::new());
    futures::future::join_all((0..5).map(|_| async {
        let acquired = rate.acquire().await;
        left.borrow_mut().push((acquired.is_ok(), began.elapsed().as_secs()));
    }))
    .await;
    let left = left.into_inner();
    assert_eq!(left, [(false, 0), (true, 30), (true, 31), (true, 32), (true, 33)]);
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_already_waits_for_longer_or_is_refused() {
    let rate = Rate::every(SECOND).with_max_wait(SECOND * 33);
    let impatient = Rate::every(SECOND).with_max_wait(SECOND * 5);
    for rate in [&rate, &impatient] {
        assert_eq!(rate.try_acquire(), Ok(()));
    }
    let began = Instant::now();
    let wait = async |rate: &Rate| (rate.acquire().await, began.elapsed());
    let hold = async {
        tokio::task::yield_now().await;
        rate.hold(SECOND * 30);
        impatient.hold(SECOND * 30);
    };
    let (one, two, refused, ()) = tokio::join!(wait(&rate), wait(&rate), wait(&impatient), hold);
    assert_eq!((one, two), ((Ok(()), SECOND * 30), (Ok(()), SECOND * 31)));
    assert_eq!(refused, (late(SECOND * 30), Duration::ZERO));
    // One that has its turn, and does not know of it, waits again.
    let mut due = Box::pin(rate.acquire());
    assert!(poll(due.as_mut()).is_pending());
    advance(SECOND).await;
    assert_eq!((rate.available(), rate.try_acquire()), (0, late(SECOND)));
    rate.hold(SECOND * 30);
    assert!(poll(due.as_mut()).is_pending());
    let began = Instant::now();
    assert_eq!((due.await, began.elapsed()), (Ok(()), SECOND * 30));
}
