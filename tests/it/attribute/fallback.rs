//! `fallback` and the three hooks: when each is called, in which order, and in which forms.
#![deny(warnings, clippy::pedantic)]
#![allow(
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::needless_pass_by_value,
    reason = "the forms under test"
)]

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::mpsc::Sender;
use std::time::Duration;

use persevere::{Event, retry};
use tokio::time::{Instant, sleep};

/// `Send`, but not `Sync`.
#[derive(Debug, PartialEq)]
enum Error {
    Busy(Cell<u32>),
    Broken,
}

fn busy(number: u32) -> Error {
    Error::Busy(Cell::new(number))
}

/// Fails a number of times, then returns the attempt's number.
struct Flaky {
    fails: u32,
    calls: u32,
}

impl Flaky {
    fn fails(fails: u32) -> Self {
        Self { fails, calls: 0 }
    }

    fn call(&mut self) -> Result<u32, Error> {
        self.calls += 1;
        if self.calls <= self.fails { Err(busy(self.calls)) } else { Ok(self.calls) }
    }
}

fn by_path(error: Error) -> Result<u32, Error> {
    match error {
        Error::Busy(number) => Ok(100 + number.get()),
        Error::Broken => Err(Error::Broken),
    }
}

async fn by_async_path(error: Error) -> Result<u32, Error> {
    sleep(Duration::from_secs(1)).await;
    by_path(error)
}

/// Three attempts without a wait, in every form of function and of fallback.
mod forms {
    use super::*;

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = |_| Ok(7))]
    pub(super) async fn closure(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = by_path)]
    pub(super) async fn path(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = by_async_path)]
    pub(super) async fn async_path(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = async |error| {
        sleep(Duration::from_secs(1)).await;
        by_path(error).map(|number| number + cached)
    })]
    pub(super) async fn async_closure(flaky: &mut Flaky, cached: u32) -> Result<u32, Error> {
        flaky.call()
    }

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = |error| match error {
        Error::Busy(number) => Ok(100 + number.get()),
        Error::Broken => Err(error),
    })]
    pub(super) fn blocking(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = by_path)]
    pub(super) fn blocking_path(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }

    #[retry(on = _, max_retries = 2, base_delay = 0, fallback = |_| default)]
    pub(super) async fn option(flaky: &mut Flaky, default: Option<u32>) -> Option<u32> {
        flaky.call().ok()
    }
}

#[tokio::test(start_paused = true)]
async fn a_fallback_takes_the_place_of_the_last_error() {
    let never = || Flaky::fails(9);
    assert_eq!(forms::closure(&mut never()).await, Ok(7));
    assert_eq!(forms::path(&mut never()).await, Ok(103));
    let started = Instant::now();
    assert_eq!(forms::async_path(&mut never()).await, Ok(103));
    assert_eq!(forms::async_closure(&mut never(), 20).await, Ok(123));
    assert_eq!(started.elapsed(), Duration::from_secs(2), "both are awaited");
    assert_eq!(forms::blocking(&mut never()), Ok(103));
    assert_eq!(forms::blocking_path(&mut never()), Ok(103));
    assert_eq!(forms::option(&mut never(), Some(7)).await, Some(7));
    assert_eq!(forms::option(&mut never(), None).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_success_needs_none() {
    for fails in 0..=2 {
        let flaky = || Flaky::fails(fails);
        let success = Ok(fails + 1);
        assert_eq!(forms::closure(&mut flaky()).await, success);
        assert_eq!(forms::async_closure(&mut flaky(), 20).await, success);
        assert_eq!(forms::blocking(&mut flaky()), success);
        assert_eq!(forms::option(&mut flaky(), None).await, success.ok());
    }
}

#[test]
fn it_may_fail_too() {
    #[retry(on = Error::Broken, base_delay = 0, max_retries = 1, fallback = |error| {
        seen.push(format!("{error:?}"));
        Err(busy(9))
    })]
    fn broken(seen: &mut Vec<String>) -> Result<u32, Error> {
        Err(Error::Broken)
    }
    let mut seen = Vec::new();
    assert_eq!(broken(&mut seen), Err(busy(9)));
    assert_eq!(seen, ["Broken"]);
}

#[test]
fn a_value_that_is_retried_is_no_error() {
    #[retry(on = _, on_ok = 0, max_retries = 2, base_delay = 0, fallback = |_| Ok(7))]
    fn zero(script: &mut Vec<Result<u32, Error>>) -> Result<u32, Error> {
        script.pop().unwrap_or(Ok(0))
    }
    assert_eq!(zero(&mut vec![]), Ok(0), "exhausted by values");
    assert_eq!(zero(&mut vec![Err(Error::Broken), Ok(0), Ok(0)]), Ok(7), "and by an error");
}

#[retry(
    on = Error::Busy(_),
    policy = "conservative",
    name = "call",
    on_retry = |event| reported.push(format!("retry: {event}")),
    on_give_up = |event| reported.push(format!("give up: {event}")),
    on_success = |event| reported.push(format!("success: {event}")),
    fallback = |error| {
        reported.push(format!("fallback: {error:?}"));
        Err(error)
    }
)]
async fn heard(flaky: &mut Flaky, reported: &mut Vec<String>) -> Result<u32, Error> {
    reported.push("attempt".to_owned());
    match flaky.call() {
        Ok(4) => Err(Error::Broken),
        outcome => outcome,
    }
}

async fn hear(fails: u32) -> (Result<u32, Error>, Vec<String>) {
    let mut reported = Vec::new();
    (heard(&mut Flaky::fails(fails), &mut reported).await, reported)
}

#[tokio::test(start_paused = true)]
async fn hooks_and_the_fallback_are_called_in_order() {
    let retry = |number: u32, wait: u32| {
        format!(
            "retry: call: attempt {number} of 4 failed: Busy(Cell {{ value: {number} }}); retrying in {wait} s"
        )
    };
    let attempt = || "attempt".to_owned();
    assert_eq!(hear(0).await, (Ok(1), vec![attempt()]));
    assert_eq!(
        hear(2).await,
        (
            Ok(3),
            vec![
                attempt(),
                retry(1, 5),
                attempt(),
                retry(2, 10),
                attempt(),
                "success: call: attempt 3 of 4 succeeded after 15 s of waiting".to_owned(),
            ]
        )
    );
    let three = [attempt(), retry(1, 5), attempt(), retry(2, 10), attempt(), retry(3, 20)];
    let (outcome, reported) = hear(9).await;
    assert_eq!((outcome, &reported[..6]), (Err(busy(4)), &three[..]));
    assert_eq!(
        reported[6..],
        [
            "attempt",
            "give up: call: attempt 4 of 4 failed: Busy(Cell { value: 4 }); giving up after 3 \
             retries and 35 s of waiting",
            "fallback: Busy(Cell { value: 4 })",
        ]
    );
    let (outcome, reported) = hear(3).await; // which no fallback takes the place of
    assert_eq!((outcome, &reported[..6]), (Err(Error::Broken), &three[..]));
    assert_eq!(
        reported[6..],
        [
            "attempt",
            "give up: call: attempt 4 of 4 failed: Broken; giving up, the failure is permanent",
        ]
    );
}

static HEARD: Mutex<Vec<u32>> = Mutex::new(Vec::new());

fn hook_by_path(event: &Event<'_>) {
    HEARD.lock().unwrap().push(event.attempt());
}

async fn hook_by_async_path(event: &Event<'_>) {
    sleep(Duration::from_secs(1)).await;
    HEARD.lock().unwrap().push(10 + event.attempt());
}

#[tokio::test(start_paused = true)]
async fn hooks_have_many_forms() {
    #[retry(on = _, policy = "conservative", on_retry = hook_by_path, on_success = hook_by_async_path)]
    async fn paths(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }
    #[retry(on = _, base_delay = 0, on_retry = hook_by_path, on_success = hook_by_path)]
    fn blocking(flaky: &mut Flaky) -> Result<u32, Error> {
        flaky.call()
    }
    #[retry(
        on = _,
        policy = "conservative",
        on_retry = async |event| {
            sleep(Duration::from_secs(1)).await;
            *sum += event.attempt();
        },
        on_give_up = async |_| {
            sleep(Duration::from_secs(1)).await;
            *sum *= factor;
        }
    )]
    async fn async_closures(sum: &mut u32, factor: u32) -> Result<u32, Error> {
        Err(busy(*sum))
    }
    let started = Instant::now();
    assert_eq!(paths(&mut Flaky::fails(2)).await, Ok(3));
    assert_eq!(started.elapsed(), Duration::from_secs(5 + 10 + 1));
    assert_eq!(std::mem::take(&mut *HEARD.lock().unwrap()), [1, 2, 13]);
    assert_eq!(blocking(&mut Flaky::fails(2)), Ok(3));
    assert_eq!(std::mem::take(&mut *HEARD.lock().unwrap()), [1, 2, 3]);

    let (started, mut sum) = (Instant::now(), 0);
    assert_eq!(async_closures(&mut sum, 7).await, Err(busy(6)));
    assert_eq!(sum, (1 + 2 + 3) * 7);
    assert_eq!(started.elapsed(), Duration::from_secs(35 + 4), "hooks are awaited before waits");
}

#[test]
fn hooks_of_blocking_functions_change_what_they_capture() {
    #[retry(
        on = _,
        max_retries = 2,
        base_delay = 0,
        on_retry = |event| {
            *retries += event.attempt();
        },
        on_give_up = |_| *retries *= 100
    )]
    fn counts(retries: &mut u32) -> Result<u32, Error> {
        Err(busy(*retries))
    }
    let mut retries = 0;
    assert_eq!(counts(&mut retries), Err(busy(3)));
    assert_eq!(retries, 300);
}

#[tokio::test(start_paused = true)]
async fn calls_with_async_hooks_can_be_spawned() {
    /// Neither shown nor shared.
    struct Opaque(#[allow(dead_code, reason = "it makes this not `Sync`")] Cell<u32>);
    #[retry(
        on = _,
        policy = "conservative",
        id = id,
        on_retry = async |event| {
            sleep(Duration::from_secs(1)).await;
            sender.send(event.to_string()).unwrap();
        },
        on_give_up = async |event| {
            sleep(Duration::from_secs(1)).await;
            sender.send(event.to_string()).unwrap();
        },
        fallback = async |_| {
            sleep(Duration::from_secs(1)).await;
            Ok(Cell::new(7))
        }
    )]
    async fn opaque(id: String, sender: Sender<String>) -> Result<Cell<u32>, Opaque> {
        Err(Opaque(Cell::new(1)))
    }
    let (sender, reported) = std::sync::mpsc::channel();
    let outcome = tokio::spawn(opaque("o1".to_owned(), sender)).await.unwrap();
    assert_eq!(outcome.map(Cell::into_inner).ok(), Some(7));
    let reported: Vec<String> = reported.iter().collect();
    assert_eq!(reported.len(), 4);
    assert!(
        reported[0].starts_with("opaque[o1]: attempt 1 of 4 failed: it::attribute::fallback::"),
        "{}",
        reported[0]
    );
    assert!(reported[3].contains("Opaque; giving up after 3 retries"), "{}", reported[3]);
}
