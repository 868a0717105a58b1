//! Panics in the body, in `when`, in hooks: they reach the caller, and the next call works.

use crate::support::recorded;
use crate::support::scripted;

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use persevere::retry;
use recorded::Recording;
use scripted::Script;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Body,
    When,
    OnRetry,
    OnGiveUp,
    Id,
    Sleep,
    Error,
}

const PLACES: [Place; 7] = [
    Place::Body,
    Place::When,
    Place::OnRetry,
    Place::OnGiveUp,
    Place::Id,
    Place::Sleep,
    Place::Error,
];

thread_local! {
    /// Where the next panic is to be; each test has its own thread.
    static ARMED: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Panics once where it is armed.
fn here(place: Place) {
    if ARMED.get() == Some(place) {
        ARMED.set(None);
        panic!("{place:?}");
    }
}

#[derive(Debug, PartialEq)]
struct Error;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        here(Place::Error);
        f.write_str("busy")
    }
}

async fn sleep(delay: Duration) {
    here(Place::Sleep);
    tokio::time::sleep(delay).await;
}

#[retry(
    policy = "conservative",
    max_retries = 2,
    when = |_| { here(Place::When); true },
    on_retry = |_| here(Place::OnRetry),
    on_give_up = |_| here(Place::OnGiveUp),
    id = { here(Place::Id); "x" },
    sleep = sleep
)]
async fn call(script: &Script<Error>) -> Result<u32, Error> {
    here(Place::Body);
    script.run()
}

#[retry(
    max_retries = 2,
    when = |_| { here(Place::When); true },
    on_retry = |_| here(Place::OnRetry),
    on_give_up = |_| here(Place::OnGiveUp),
    id = { here(Place::Id); "x" },
    sleep = |_| here(Place::Sleep)
)]
fn blocking(script: &Script<Error>) -> Result<u32, Error> {
    here(Place::Body);
    script.run()
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
}

#[tokio::test(start_paused = true)]
async fn a_panic_reaches_the_caller_and_the_next_call_works() {
    // An error is displayed only where somebody listens, and so is a panic with a lock held.
    let recording = Recording::start();
    for place in PLACES {
        ARMED.set(Some(place));
        let script = Script::of([Error, Error, Error, Error]);
        let panic = AssertUnwindSafe(call(&script)).catch_unwind().await.unwrap_err();
        assert_eq!(message(&*panic), format!("{place:?}"));
        let runs = match place {
            Place::Body => 0,
            Place::OnGiveUp => 3,
            _ => 1,
        };
        assert_eq!(script.runs(), runs, "before a panic in {place:?}");
        assert_eq!(call(&Script::of([Error, Error])).await, Ok(3), "after a panic in {place:?}");
    }
    let informed = |event: &recorded::Recorded| event.level == tracing::Level::INFO;
    assert_eq!(recording.events().iter().filter(|event| informed(event)).count(), PLACES.len());
}

#[test]
fn a_panic_in_a_blocking_call() {
    let recording = Recording::start();
    for place in PLACES {
        ARMED.set(Some(place));
        let script = Script::of([Error, Error, Error, Error]);
        let panic = catch_unwind(AssertUnwindSafe(|| blocking(&script))).unwrap_err();
        assert_eq!(message(&*panic), format!("{place:?}"));
        assert_eq!(blocking(&Script::of([Error, Error])), Ok(3), "after a panic in {place:?}");
    }
    let informed = |event: &recorded::Recorded| event.level == tracing::Level::INFO;
    assert_eq!(recording.events().iter().filter(|event| informed(event)).count(), PLACES.len());
    assert_eq!(recording.spans(), [""; 0]);
}

#[retry(policy = "conservative", on = _, context = attempt)]
async fn panics_at(script: Arc<Script<()>>, number: u32) -> Result<u32, ()> {
    let outcome = script.run();
    attempt.retry_in(Duration::from_secs(1));
    assert!(script.runs() != number, "run {number}");
    outcome
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_ends_with_a_join_error() {
    let _recording = Recording::start();
    let script = Arc::new(Script::of([(), (), ()]));
    let ended = tokio::spawn(panics_at(Arc::clone(&script), 2)).await;
    let panic = ended.unwrap_err().into_panic();
    assert_eq!(message(&*panic), "run 2");
    assert_eq!((script.runs(), Arc::strong_count(&script)), (2, 1));
    let ended = tokio::spawn(panics_at(Arc::clone(&script), 2)).await;
    assert_eq!(ended.unwrap(), Ok(4));
}

#[retry(
    on = _,
    base_delay = 0,
    on_retry = |event| assert!(event.attempt() != 1, "at {}", event.attempt())
)]
fn hook_panics(script: &Script<()>) -> Result<u32, ()> {
    script.run()
}

#[test]
fn a_hook_that_panics_was_called_after_its_event_was_sent() {
    let recording = Recording::start();
    let script = Script::of([(); 2]);
    let panic = catch_unwind(AssertUnwindSafe(|| hook_panics(&script))).unwrap_err();
    assert_eq!(message(&*panic), "at 1");
    assert_eq!(recording.events().len(), 1);
    // Neither the recorder nor anything between is locked.
    tracing::info!("still recorded");
    assert_eq!(recording.events()[1].fields["message"], "still recorded");
}
