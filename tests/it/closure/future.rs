//! The future of `Policy::retry`: spawned, dropped, cut, polled once too often, and named.
#![deny(warnings, clippy::pedantic)]

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::engine::GiveUp;
use persevere::{Event, EventKind, Policy, Rejection, retry};
use tokio::time::{Instant, sleep, timeout};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Waits of 5, 10 and 20 s.
const STEADY: Policy = Policy::CONSERVATIVE;
const AT_ONCE: Policy = STEADY.with_base_delay(Duration::ZERO);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Error {
    Busy(u32),
    Rejected(Rejection),
}
use Error::Busy;

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

const TIMED_OUT: Result<(), Error> = Err(Error::Rejected(Rejection::TimedOut));
const TOO_LATE: Result<(), Error> = Err(Error::Rejected(Rejection::DeadlineExceeded));

/// Counts the attempts that have begun and are not dropped.
#[derive(Clone, Default)]
struct Running(Arc<AtomicU32>);

impl Running {
    fn attempt(&self) -> Attempt {
        self.0.fetch_add(1, Ordering::Relaxed);
        Attempt(Arc::clone(&self.0))
    }

    fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Attempt(Arc<AtomicU32>);

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn calls_can_be_spawned() {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let plain = STEADY
        .retry(move || {
            let call = counted.fetch_add(1, Ordering::Relaxed);
            async move {
                sleep(seconds(1)).await;
                if call < 2 { Err(Busy(call)) } else { Ok(call) }
            }
        })
        .on(|_| true)
        .on_retry(|_| ())
        .timeout(seconds(3))
        .deadline(seconds(60));
    assert_eq!(tokio::spawn(plain.into_future()).await.unwrap(), Ok(2));
    let task = tokio::spawn(async move {
        let async_closure = async || {
            sleep(seconds(1)).await;
            let call = calls.fetch_add(1, Ordering::Relaxed);
            if call < 5 { None } else { Some(call) }
        };
        STEADY.retry(async_closure).on(|_| true).await
    });
    assert_eq!(task.await.unwrap(), Some(5));
    let with_context = STEADY.retry_with_context(async |attempt| {
        sleep(seconds(1)).await;
        attempt.previous_delay()
    });
    let with_context = with_context.on(|_| true);
    assert_eq!(tokio::spawn(with_context.into_future()).await.unwrap(), Some(seconds(5)));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_drops_its_attempt_and_its_wait() {
    let running = Running::default();
    let call = STEADY.retry(async || {
        let _attempt = running.attempt();
        pending::<Result<(), Rejection>>().await
    });
    assert!(timeout(seconds(1), call.into_future()).await.is_err());
    assert_eq!(running.count(), 0);
    let begun = Cell::new(0);
    let call = STEADY.retry(|| {
        begun.set(begun.get() + 1);
        ready(Err::<(), _>(Rejection::TimedOut))
    });
    assert!(timeout(seconds(6), call.into_future()).await.is_err());
    sleep(seconds(100)).await;
    assert_eq!(begun.get(), 2, "none after the drop");
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_before_the_first_poll() {
    let begun = Cell::new(false);
    let call = AT_ONCE.retry(|| {
        begun.set(true);
        ready(Ok::<_, Rejection>(1))
    });
    let future = call.into_future();
    assert!(!begun.get());
    assert_eq!(future.await, Ok(1));
    assert!(begun.get());
}

#[tokio::test(start_paused = true)]
async fn timeouts_and_deadlines_cut_attempts() {
    let run = async |limit: Option<u64>, deadline: Option<u64>, hangs_from: u32| {
        let (started, running, begun) = (Instant::now(), Running::default(), Cell::new(0));
        let gave_up = Cell::new(None);
        let call = STEADY
            .retry(|| {
                begun.set(begun.get() + 1);
                let (number, attempt) = (begun.get(), running.attempt());
                async move {
                    let _attempt = attempt;
                    if number >= hangs_from { pending().await } else { Err::<(), _>(Busy(number)) }
                }
            })
            .on(|error| *error != Error::Rejected(Rejection::DeadlineExceeded))
            .on_give_up(|event: &Event<'_>| {
                assert_eq!(running.count(), 0);
                gave_up.set(Some(event.kind()));
            });
        let outcome = match (limit, deadline) {
            (Some(limit), None) => call.timeout(seconds(limit)).await,
            (None, Some(deadline)) => call.deadline(seconds(deadline)).await,
            (limit, deadline) => {
                let (limit, deadline) = (limit.unwrap_or(9), deadline.unwrap_or(99));
                call.timeout(seconds(limit)).deadline(seconds(deadline)).await
            }
        };
        let Some(EventKind::GiveUp(reason)) = gave_up.get() else { panic!("it gave up") };
        (outcome, begun.get(), started.elapsed(), reason)
    };
    let (exhausted, late) = (GiveUp::Exhausted, GiveUp::DeadlineExceeded);
    assert_eq!(run(Some(3), None, 1).await, (TIMED_OUT, 4, seconds(4 * 3 + 35), exhausted));
    assert_eq!(run(None, Some(30), 1).await, (TOO_LATE, 1, seconds(30), late));
    assert_eq!(run(None, Some(30), 2).await, (Err(Busy(1)), 2, seconds(30), late));
    assert_eq!(run(None, Some(30), 9).await, (Err(Busy(3)), 3, seconds(15), late));
    assert_eq!(run(Some(3), Some(30), 1).await, (TIMED_OUT, 3, seconds(3 * 3 + 15), late));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_retried_is_returned_at_the_deadline() {
    let begun = Cell::new(0);
    let call = STEADY
        .retry(async || {
            begun.set(begun.get() + 1);
            if begun.get() > 1 { pending().await } else { Ok::<_, Error>(begun.get()) }
        })
        .on(|_| true)
        .on_ok(|value| *value < 9)
        .deadline(seconds(30));
    assert_eq!(call.await, Ok(1));
}

/// What an annotated function sees when it is called within something that has a deadline.
#[retry(context = attempt)]
fn remaining() -> Result<Option<Duration>, Rejection> {
    Ok(attempt.remaining())
}

#[tokio::test(start_paused = true)]
async fn a_deadline_holds_for_calls_within() {
    const HALF_A_MINUTE: Duration = seconds(30);
    let left = STEADY.retry(async || remaining()).deadline(HALF_A_MINUTE).await;
    assert_eq!(left, Ok(Some(HALF_A_MINUTE)));
    let left = STEADY.retry(|| ready(remaining())).deadline(HALF_A_MINUTE).await;
    assert_eq!(left, Ok(Some(HALF_A_MINUTE)), "also before the closure returns its future");
    let blocking = STEADY.retry_blocking(remaining).deadline(HALF_A_MINUTE).call();
    assert_eq!(blocking, Ok(Some(HALF_A_MINUTE)));
    assert_eq!(remaining(), Ok(None));
    // And it keeps one that it is called in.
    let outer = STEADY
        .retry(async || {
            sleep(seconds(4)).await;
            let inner = STEADY.retry_with_context(async |attempt| Ok(attempt.remaining()));
            inner.deadline(seconds(600)).await
        })
        .deadline(HALF_A_MINUTE);
    assert_eq!(outer.await, Ok::<_, Rejection>(Some(seconds(26))));
}

#[tokio::test(start_paused = true)]
async fn a_future_polled_after_its_end_stays_pending() {
    let calls = Cell::new(0);
    let call = AT_ONCE.retry(|| {
        calls.set(calls.get() + 1);
        ready(Ok::<_, Rejection>(calls.get()))
    });
    let mut future = pin!(call.into_future());
    assert_eq!(future.as_mut().await, Ok(1));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
    }
    assert_eq!(calls.get(), 1);
}

/// The name of the event that `call` hears, and how its log line begins.
fn name_of<T: PartialEq>(call: impl FnOnce(&dyn Fn(&Event<'_>)) -> Option<T>) -> [String; 2] {
    let names = RefCell::default();
    let outcome = call(&|event| {
        let line = event.to_string();
        let label = line.split(": attempt").next().unwrap_or_default().to_owned();
        *names.borrow_mut() = [event.function().to_owned(), label];
    });
    assert!(outcome.is_none());
    names.into_inner()
}

const ONCE: Policy = STEADY.with_max_retries(0);

struct Client<T>(T);

impl<T: PartialEq> Client<T> {
    fn fetch(&self, hear: &dyn Fn(&Event<'_>)) -> Option<&T> {
        ONCE.retry_blocking(|| Some(&self.0).filter(|_| false)).on(|_| true).on_give_up(hear).call()
    }
}

impl Iterator for Client<u8> {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        let name =
            name_of(|hear| ONCE.retry_blocking(|| None::<u8>).on(|_| true).on_give_up(hear).call());
        assert_eq!(name[1], "next");
        None
    }
}

fn nothing() -> Option<u8> {
    None
}

fn nothing_of<T>() -> Option<T> {
    None
}

#[tokio::test(start_paused = true)]
async fn events_name_the_function_that_the_closure_stands_in() {
    let here = "it::closure::future::events_name_the_function_that_the_closure_stands_in";
    let short = "events_name_the_function_that_the_closure_stands_in";
    let name =
        name_of(|hear| ONCE.retry_blocking(|| None::<u8>).on(|_| true).on_give_up(hear).call());
    assert_eq!(name, [here, short]);

    let later = RefCell::new(Vec::new());
    let hear = |event: &Event<'_>| later.borrow_mut().push(event.function().to_owned());
    assert_eq!(ONCE.retry(async || None::<u8>).on(|_| true).on_give_up(hear).await, None);
    assert_eq!(later.take(), [here]);

    let name = name_of(|hear| ONCE.retry_blocking(nothing).on(|_| true).on_give_up(hear).call());
    assert_eq!(name, ["it::closure::future::nothing", "nothing"]);
    let name = name_of(|hear| {
        ONCE.retry_blocking(nothing_of::<String>).on(|_| true).on_give_up(hear).call()
    });
    assert_eq!(name[1], "nothing_of");
    let client = Client(String::new());
    assert_eq!(name_of(|hear| client.fetch(hear))[1], "fetch");
    assert_eq!(Client(1).next(), None);
}
