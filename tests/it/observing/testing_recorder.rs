//! `Recorder` and `Flaky`: what is heard, how a wrong expectation reads, and scripts.
#![deny(warnings, clippy::pedantic)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use persevere::engine::GiveUp;
use persevere::testing::{self, Flaky, Recorder, Switch};
use persevere::{EventKind, retry};

#[derive(Debug, PartialEq)]
enum Error {
    Busy,
    Broken,
}

#[retry(on = Error::Busy, id = order, jitter = "none")]
fn ship(order: u32, flaky: &Flaky<u32, Error>) -> Result<u32, Error> {
    flaky.call()
}

#[retry(on = _, jitter = "none", max_retries = 1, name = "shop::outer")]
fn outer(flaky: &Flaky<u32, Error>) -> Result<u32, Error> {
    ship(7, flaky)
}

fn recording() -> (Recorder, Switch) {
    let recorder = Recorder::new();
    let switch = testing::no_waiting().recording(&recorder);
    (recorder, switch)
}

fn panic_of(body: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

#[test]
fn a_wrong_expectation_shows_both_and_the_log() {
    let (recorder, switch) = recording();
    let _scope = switch.on_this_thread();
    assert_eq!(ship(7, &Flaky::failing(2, || Error::Busy).then(|| Ok(3))), Ok(3));
    let message = panic_of(|| recorder.assert("2 attempts, waited 2 s, succeeded"));
    assert_eq!(
        message,
        "expected: 2 attempts, waited 2 s, succeeded\n   \
            heard: 3 attempts, waited 2 s then 4 s, succeeded\n          \
                   ship[7]: attempt 1 of 6 failed: Busy; retrying in 2 s\n          \
                   ship[7]: attempt 2 of 6 failed: Busy; retrying in 4 s\n          \
                   ship[7]: attempt 3 of 6 succeeded after 6 s of waiting"
    );
}

#[test]
fn events_are_heard_with_all_their_parts() {
    let (recorder, switch) = recording();
    let _scope = switch.on_this_thread();
    let flaky = Flaky::outcomes([Err(Error::Busy), Err(Error::Broken)]);
    assert_eq!(ship(7, &flaky), Err(Error::Broken));
    let [retried, given_up] = &*recorder.events() else { panic!("two events") };
    assert_eq!(retried.kind, EventKind::Retry);
    assert_eq!(retried.function, "it::observing::testing_recorder::ship");
    assert_eq!((retried.id.as_deref(), retried.error.as_deref()), (Some("7"), Some("Busy")));
    assert_eq!(given_up.kind, EventKind::GiveUp(GiveUp::Permanent));
    assert_eq!(given_up.delay, None);
    assert_eq!(given_up.waited, retried.delay.unwrap());
    assert_eq!(recorder.outcome(), Some(EventKind::GiveUp(GiveUp::Permanent)));
    assert_eq!(recorder.waits(), [retried.delay.unwrap()]);
    recorder.assert("2 attempts, waited 2 s, gave up");
}

#[test]
fn calls_are_distinguished_and_selected() {
    let (recorder, switch) = recording();
    let _scope = switch.on_this_thread();
    let flaky = Flaky::failing(1, || Error::Busy).then_failing(1, || Error::Broken);
    let flaky = flaky.then(|| Ok(3));
    assert_eq!(outer(&flaky), Ok(3));
    assert_eq!(ship(8, &Flaky::always(|| Err(Error::Broken))), Err(Error::Broken));
    let inner = "2 attempts, waited 2 s, gave up";
    recorder.assert(&format!("{inner}; 2 attempts, waited 2 s, succeeded; 1 attempt, gave up"));
    recorder.of("ship").assert(&format!("{inner}; 1 attempt, gave up"));
    recorder.of("hip").assert("nothing failed");
    recorder.of("shop::outer").assert("2 attempts, waited 2 s, succeeded");
    recorder.of("ship").about("8").assert("1 attempt, gave up");
    assert_eq!(recorder.calls()[1].function, "shop::outer");
    recorder.clear();
    recorder.assert("nothing failed");
    assert_eq!((recorder.attempts(), recorder.outcome()), (0, None));
}

#[test]
fn a_call_that_succeeds_at_once_is_not_heard() {
    let (recorder, switch) = recording();
    let _scope = switch.on_this_thread();
    assert_eq!(ship(7, &Flaky::always(|| Ok(3))), Ok(3));
    recorder.assert("nothing failed");
}

#[test]
fn calls_that_run_at_once_are_distinguished_by_their_attempts() {
    let (recorder, switch) = recording();
    let _scope = switch.on_this_thread();
    // The second call of the same function and id begins and ends within the first's body.
    let inner = Flaky::outcomes([Err(Error::Broken)]);
    let mut outcomes = [Err(Error::Busy), Err(Error::Busy), Ok(3)].into_iter();
    let flaky = Flaky::always(move || {
        if outcomes.len() == 1 {
            assert_eq!(ship(7, &inner), Err(Error::Broken));
        }
        outcomes.next().unwrap()
    });
    assert_eq!(ship(7, &flaky), Ok(3));
    recorder.assert("3 attempts, waited 2 s then 4 s, succeeded; 1 attempt, gave up");
}

#[test]
fn a_script_that_is_over_says_so() {
    let flaky = Flaky::<u8, _>::failing(2, || Error::Busy);
    let message = panic_of(|| {
        for _ in 0..3 {
            assert_eq!(flaky.call(), Err(Error::Busy));
        }
    });
    let expected = "this `Flaky` has a script for 2 calls, and this is one more: end it with \
                    `.then(…)`";
    assert_eq!(message, expected);
    assert_eq!(flaky.calls(), 3);
}

#[test]
fn failing_no_time_is_succeeding() {
    assert_eq!(Flaky::failing(0, || Error::Busy).then(|| Ok(3)).call(), Ok(3));
}

#[test]
fn a_script_counts_on_all_threads() {
    let flaky = Flaky::failing(3, || Error::Busy).then(|| Ok(()));
    let failures = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..10).map(|_| scope.spawn(|| flaky.call())).collect();
        calls.into_iter().map(|call| call.join().unwrap()).filter(Result::is_err).count()
    });
    assert_eq!((flaky.calls(), failures), (10, 3));
}
