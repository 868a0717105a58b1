//! Where a test's switch holds: on a thread, in a future, and nowhere else.
#![deny(warnings, clippy::pedantic)]

use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use persevere::retry;
use persevere::testing::{self, Flaky, Recorder, Switch};

#[retry(on = _, jitter = "none", max_retries = 2, sleep = |wait| slept.push(wait))]
fn blocking(slept: &mut Vec<Duration>) -> Result<(), &'static str> {
    Err("busy")
}

/// The waits that are really made here.
fn slept() -> Vec<Duration> {
    let mut slept = Vec::new();
    assert!(blocking(&mut slept).is_err());
    slept
}

const IN_EARNEST: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(4)];
const QUICK: [Duration; 2] = [Duration::ZERO; 2];

#[test]
fn a_guard_ends_its_scope() {
    let scope = testing::no_waiting().on_this_thread();
    assert_eq!(slept(), QUICK);
    drop(scope);
    assert_eq!(slept(), IN_EARNEST);
}

#[test]
fn a_panic_ends_a_scope() {
    let panicked = std::panic::catch_unwind(|| {
        let _scope = testing::no_waiting().on_this_thread();
        panic!("a test failed");
    });
    assert!(panicked.is_err());
    assert_eq!(slept(), IN_EARNEST);
}

#[test]
fn an_inner_scope_adds_and_wins() {
    let recorder = Recorder::new();
    let inner_recorder = Recorder::new();
    let _outer = testing::no_waiting().cap_retries(0).recording(&recorder).on_this_thread();
    assert!(slept().is_empty());
    {
        let inner = Switch::new().cap_retries(1).recording(&inner_recorder);
        let _inner = inner.on_this_thread();
        assert_eq!(slept(), QUICK[..1]);
    }
    {
        let _inner = Switch::new().waiting().cap_retries(2).on_this_thread();
        assert_eq!(slept(), IN_EARNEST);
    }
    assert!(slept().is_empty());
    inner_recorder.assert("2 attempts, waited 2 s, gave up");
    recorder.assert(
        "1 attempt, gave up; 2 attempts, waited 2 s, gave up; 3 attempts, waited 2 s then 4 s, \
         gave up; 1 attempt, gave up",
    );
}

#[test]
fn a_recorder_hears_an_event_once() {
    let recorder = Recorder::new();
    let _outer = testing::off().recording(&recorder).on_this_thread();
    let _inner = testing::recording(&recorder).on_this_thread();
    assert!(slept().is_empty());
    recorder.assert("1 attempt, gave up");
}

#[test]
fn guards_may_be_dropped_in_any_order() {
    let outer = testing::no_waiting().on_this_thread();
    let inner = testing::cap_retries(1).on_this_thread();
    drop(outer);
    assert_eq!(slept(), IN_EARNEST[..1]);
    drop(inner);
    assert_eq!(slept(), IN_EARNEST);
}

#[test]
fn tests_that_run_side_by_side_know_nothing_of_each_other() {
    let meeting = Arc::new(Barrier::new(2));
    let other = Arc::clone(&meeting);
    let quick = thread::spawn(move || {
        let recorder = Recorder::new();
        let _scope = testing::no_waiting().recording(&recorder).on_this_thread();
        other.wait(); // both scopes' threads are there
        let slept = slept();
        other.wait();
        recorder.assert("3 attempts, waited 2 s then 4 s, gave up"); // its own call alone
        slept
    });
    meeting.wait();
    assert_eq!(slept(), IN_EARNEST);
    meeting.wait();
    assert_eq!(quick.join().unwrap(), QUICK);
}

#[retry(on = _, jitter = "none")]
async fn asynchronous(flaky: &Flaky<u32, &'static str>) -> Result<u32, &'static str> {
    tokio::task::yield_now().await;
    flaky.call()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_futures_scope_follows_it_from_thread_to_thread() {
    let tasks: Vec<_> = (0..50_u32)
        .map(|cap| {
            tokio::spawn(async move {
                let recorder = Recorder::new();
                let flaky = Flaky::always(|| Err("busy"));
                let switch = testing::no_waiting().cap_retries(cap % 5).recording(&recorder);
                let outcome = testing::scope(switch, asynchronous(&flaky)).await;
                assert_eq!(outcome, Err("busy"));
                assert_eq!(recorder.calls().len(), 1);
                (recorder.attempts(), cap % 5 + 1)
            })
        })
        .collect();
    for task in tasks {
        let (attempts, expected) = task.await.unwrap();
        assert_eq!(attempts, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_futures_scope_is_its_own_among_others_in_a_task() {
    let began = tokio::time::Instant::now();
    let (quick, slow) = (Recorder::new(), Recorder::new());
    let (fails, recovers) =
        (Flaky::always(|| Err("busy")), Flaky::failing(1, || "busy").then(|| Ok(3)));
    let (one, other) = tokio::join!(
        testing::scope(testing::no_waiting().recording(&quick), asynchronous(&fails)),
        testing::scope(testing::recording(&slow), asynchronous(&recovers)),
    );
    assert_eq!((one, other), (Err("busy"), Ok(3)));
    assert_eq!(quick.attempts(), 6);
    slow.assert("2 attempts, waited 2 s, succeeded");
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    assert_eq!(slept(), IN_EARNEST); // and nothing is left behind
}

#[tokio::test(start_paused = true)]
async fn what_is_spawned_is_handed_the_switch() {
    let began = tokio::time::Instant::now();
    let switch = testing::no_waiting();
    let spawns = async {
        let call = || async { asynchronous(&Flaky::always(|| Err("busy"))).await };
        let handed = tokio::spawn(testing::scope(testing::current(), call()));
        assert_eq!(handed.await.unwrap(), Err("busy"));
        assert_eq!(began.elapsed(), Duration::ZERO);
        let left = tokio::spawn(call());
        assert_eq!(left.await.unwrap(), Err("busy"));
        assert_eq!(began.elapsed(), Duration::from_secs(62));
    };
    testing::scope(switch, spawns).await;
}

#[test]
fn a_scoped_future_can_be_sent() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let flaky = Flaky::always(|| Ok(3));
    let scoped = sent(testing::scope(testing::off(), asynchronous(&flaky)));
    drop(scoped);
    assert_eq!(flaky.calls(), 0);
}
