//! Observers: they receive every event, before hooks, and are harmless when they panic.
//!
//! An observer stays for good, so each test has one of its own, which looks at its own functions.

#[path = "../support/mod.rs"]
mod support;

use crate::support::recorded;
use crate::support::scripted;

use std::cell::{Cell, RefCell};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use persevere::{Event, EventKind, Observer, Policy, observe, retry};
use recorded::Recording;
use scripted::Script;
use tracing::Level;

/// Keeps the lines of the events of one function.
struct Lines {
    function: &'static str,
    lines: Mutex<Vec<String>>,
}

impl Lines {
    const fn of(function: &'static str) -> Self {
        Self { function, lines: Mutex::new(Vec::new()) }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.lines.lock().unwrap())
    }
}

impl Observer for Lines {
    fn on_event(&self, event: &Event<'_>) {
        if event.function() == self.function {
            self.lines.lock().unwrap().push(event.to_string());
        }
    }
}

#[retry(on = &7, max_retries = 2, base_delay = 0)]
async fn fetch(script: &Script<u32>) -> Result<u32, u32> {
    script.run()
}

#[tokio::test]
async fn an_observer_sees_every_kind_of_event_and_no_first_success() {
    static LINES: Lines = Lines::of("observers::fetch");
    assert_eq!(fetch(&Script::of([7])).await, Ok(2));
    observe(&LINES);
    assert_eq!(fetch(&Script::of([])).await, Ok(1));
    assert_eq!(LINES.take(), [""; 0]);
    assert_eq!(fetch(&Script::of([7])).await, Ok(2));
    assert_eq!(fetch(&Script::of([7, 8])).await, Err(8));
    assert_eq!(
        LINES.take(),
        [
            "fetch: attempt 1 of 3 failed: 7; retrying in 0 s",
            "fetch: attempt 2 of 3 succeeded after 0 s of waiting",
            "fetch: attempt 1 of 3 failed: 7; retrying in 0 s",
            "fetch: attempt 2 of 3 failed: 8; giving up, the failure is permanent",
        ]
    );
}

#[test]
fn closures_are_observed_too() {
    static LINES: Lines = Lines::of("closure");
    observe(&LINES);
    let policy = Policy::DEFAULT.with_base_delay(Duration::ZERO).with_max_retries(1);
    let outcome = policy.retry_blocking(|| Err::<(), _>(3)).name("closure").on(|_| true).call();
    assert_eq!(outcome, Err(3));
    assert_eq!(
        LINES.take(),
        [
            "closure: attempt 1 of 2 failed: 3; retrying in 0 s",
            "closure: attempt 2 of 2 failed: 3; giving up after 1 retry and 0 s of waiting",
        ]
    );
}

thread_local! {
    static ORDER: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn happens(what: &'static str) {
    ORDER.with_borrow_mut(|order| order.push(what));
}

#[retry(
    on = _,
    max_retries = 0,
    on_give_up = |event| {
        assert_eq!(event.site().unwrap().give_ups(), 1);
        happens("hook");
    }
)]
fn ordered() -> Result<(), u8> {
    Err(1)
}

#[test]
fn the_site_comes_first_then_tracing_then_observers_as_added_then_the_hook() {
    let recording = Recording::start();
    observe(&|event: &Event<'_>| {
        if event.function() == "observers::ordered" {
            assert_eq!(event.site().unwrap().give_ups(), 1);
            happens("first");
            // What `tracing` was sent by now.
            tracing::info!("observed");
        }
    });
    observe(&|event: &Event<'_>| {
        if event.function() == "observers::ordered" {
            happens("second");
        }
    });
    assert_eq!(ordered(), Err(1));
    assert_eq!(ORDER.take(), ["first", "second", "hook"]);
    let levels: Vec<Level> = recording.events().iter().map(|event| event.level).collect();
    assert_eq!(levels, [Level::ERROR, Level::INFO]);
}

#[retry(on = _, base_delay = 0)]
fn spoiled(script: &Script<u8>) -> Result<u32, u8> {
    script.run()
}

#[test]
fn a_panic_of_an_observer_spoils_neither_the_call_nor_the_others_and_is_said_once() {
    static AFTER: Lines = Lines::of("observers::spoiled");
    static PANICS: AtomicU32 = AtomicU32::new(0);
    let recording = Recording::start();
    observe(&|event: &Event<'_>| {
        if event.function() == "observers::spoiled" {
            PANICS.fetch_add(1, Ordering::Relaxed);
            panic!("a bug in an observer");
        }
    });
    observe(&AFTER);
    assert_eq!(spoiled(&Script::of([1, 2])), Ok(3));
    assert_eq!(AFTER.take().len(), 3);
    assert_eq!(PANICS.load(Ordering::Relaxed), 3);
    let events = recording.events();
    let said: Vec<_> = events
        .iter()
        .map(|event| &event.fields["message"])
        .filter(|message| message.contains("panicked"))
        .collect();
    assert_eq!(
        said,
        ["an observer of retries panicked at this event: spoiled: attempt 1 of 6 failed: 1; \
          retrying in 0 s; the call goes on, and further panics of this observer are not logged"]
    );
    assert_eq!((events.len(), recording.spans()), (4, Vec::new()));
}

#[retry(on = _, base_delay = 0)]
fn outer(script: &Script<u8>) -> Result<u32, u8> {
    script.run()
}

#[retry(on = _, base_delay = 0)]
fn export(script: &Script<u8>) -> Result<u32, u8> {
    script.run()
}

#[test]
fn an_observer_does_not_see_its_own_retries() {
    thread_local! {
        static REPORTED: Cell<u32> = const { Cell::new(0) };
    }
    observe(&|event: &Event<'_>| {
        if matches!(event.function(), "observers::outer" | "observers::export") {
            REPORTED.set(REPORTED.get() + 1);
            let script = Script::of([1]);
            assert_eq!((export(&script), script.runs()), (Ok(2), 2));
        }
    });
    assert_eq!(outer(&Script::of([1])), Ok(2));
    assert_eq!(REPORTED.get(), 2);
    let export = persevere::sites().find(|site| site.name() == "observers::export").unwrap();
    assert_eq!((export.retries(), export.late_successes()), (2, 2));
}

#[retry(on = _, max_retries = 2, base_delay = 0)]
fn around(script: &Script<u8>) -> Result<u32, u8> {
    within(script)
}

#[retry(on = _, max_retries = 1, base_delay = 0)]
fn within(script: &Script<u8>) -> Result<u32, u8> {
    script.run()
}

#[test]
fn observers_see_multiplying_retries_too() {
    static NESTED: Mutex<Vec<EventKind>> = Mutex::new(Vec::new());
    observe(&|event: &Event<'_>| {
        if event.function() == "observers::around" && event.kind() != EventKind::Retry {
            NESTED.lock().unwrap().push(event.kind());
        }
    });
    assert_eq!(around(&Script::of([1; 4])), Ok(5));
    let nested = EventKind::Nested { inner: "observers::within", attempts: 6 };
    assert_eq!(*NESTED.lock().unwrap(), [nested, EventKind::LateSuccess]);
}
