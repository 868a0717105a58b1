//! Limits by kind of failure: `at_most`, beside the call's own `max_retries`.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use persevere::driver::{Driver, Failed, Next, Progress};
use persevere::engine::GiveUp;
use persevere::testing::{self, Recorder};
use persevere::{Classify, EventKind, Policy, Verdict, retry};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Classify)]
enum Error {
    #[retry(transient)]
    Busy,
    #[retry(transient, at_most = 2)]
    Deadlock,
    #[retry(throttled, after = wait, at_most = 1)]
    Limited { wait: Duration },
    #[retry(when = |number| *number > 0, at_most = 2)]
    Other(u8),
    #[retry(permanent)]
    Broken,
}

use Error::{Broken, Busy, Deadlock, Limited, Other};

const NOW: Error = Limited { wait: Duration::ZERO };

/// Fails with these errors, one after the other, and with the last for ever.
#[retry(base_delay = 0, max_retries = 6, on_give_up = |event| end.push((event.kind(), event.to_string())))]
fn run(
    errors: &[Error],
    attempts: &mut usize,
    end: &mut Vec<(EventKind, String)>,
) -> Result<(), Error> {
    *attempts += 1;
    Err(errors[(*attempts - 1).min(errors.len() - 1)])
}

fn attempts(errors: &[Error]) -> usize {
    let mut attempts = 0;
    assert!(run(errors, &mut attempts, &mut Vec::new()).is_err());
    attempts
}

#[test]
fn a_kind_is_retried_so_often_and_the_call_no_more_than_in_all() {
    assert_eq!(attempts(&[Busy]), 7, "the call's own limit");
    assert_eq!(attempts(&[Deadlock]), 3);
    assert_eq!(attempts(&[NOW]), 2);
    assert_eq!(attempts(&[Other(1)]), 3);
    assert_eq!(attempts(&[Other(0)]), 1);
    // Each has a count of its own; those between do not count.
    assert_eq!(attempts(&[Deadlock, Other(1), Deadlock, Other(1), Deadlock]), 5);
    assert_eq!(attempts(&[Busy, Deadlock, Busy, Deadlock, Busy, Deadlock]), 6);
    assert_eq!(attempts(&[Busy, Busy, Busy, Busy, Busy, Deadlock]), 7, "six retries in all");
}

#[test]
fn the_caller_gets_the_last_error_and_the_log_says_why() {
    let (mut attempts, mut end) = (0, Vec::new());
    assert_eq!(run(&[Busy, Deadlock], &mut attempts, &mut end), Err(Deadlock));
    let line = "run: attempt 4 of 7 failed: Deadlock; giving up after 3 retries and 0 s of waiting, \
                as this kind of failure is retried 2 times at most";
    assert_eq!(end, [(EventKind::GiveUp(GiveUp::Exhausted), line.to_owned())]);
}

#[test]
fn a_verdict_shows_its_limit() {
    assert_eq!(Deadlock.classify(), Verdict::TRANSIENT.at_most(2));
    assert_ne!(Deadlock.classify(), Verdict::TRANSIENT);
    assert_eq!(NOW.classify().limit(), Some(1));
    assert_eq!((Busy.classify().limit(), Broken.classify().limit()), (None, None));
    let shown = "Verdict { class: Transient, retry_after: None, at_most: 2 }";
    assert_eq!(format!("{:?}", Deadlock.classify()), shown);
}

#[test]
fn an_inner_limit_is_forwarded_and_kept_by_on() {
    #[derive(Debug, Classify)]
    enum Outer {
        #[retry(forward)]
        Inner(Error),
    }
    #[retry(base_delay = 0)]
    fn forwarded(attempts: &mut u32) -> Result<(), Outer> {
        *attempts += 1;
        Err(Outer::Inner(Deadlock))
    }
    #[retry(base_delay = 0, on = Deadlock)]
    fn named(attempts: &mut u32) -> Result<(), Error> {
        *attempts += 1;
        Err(Deadlock)
    }
    #[retry(base_delay = 0, when = |_| Verdict::TRANSIENT.at_most(1))]
    fn by_function(attempts: &mut u32) -> Result<(), u8> {
        *attempts += 1;
        Err(1)
    }
    let mut counts = [0; 3];
    assert!(forwarded(&mut counts[0]).is_err());
    assert!(named(&mut counts[1]).is_err());
    assert!(by_function(&mut counts[2]).is_err());
    assert_eq!(counts, [3, 3, 2]);
}

#[tokio::test(start_paused = true)]
async fn the_count_starts_anew_with_that_of_the_retries() {
    let runs = std::cell::RefCell::new([0, 0, 90, 0, 0].into_iter());
    let recorder = Recorder::new();
    let policy = Policy::DEFAULT.with_reset_after(Duration::from_mins(1));
    let call = async {
        policy
            .retry(async || {
                let run = runs.borrow_mut().next().unwrap_or(0);
                tokio::time::sleep(Duration::from_secs(run)).await;
                Err::<(), _>(Deadlock)
            })
            .await
    };
    let switch = testing::Switch::new().recording(&recorder);
    assert_eq!(testing::scope(switch, call).await, Err(Deadlock));
    // Two retries; then the third failure is the first again, with two more.
    assert_eq!(recorder.attempts(), 5);
}

proptest! {
    /// The loop and a driver, whose history goes through a row, end alike: by a count of each kind.
    #[test]
    fn a_driver_counts_as_a_loop_does(
        errors in proptest::collection::vec(
            prop_oneof![Just(Busy), Just(Deadlock), Just(NOW), Just(Other(1))], 1..12,
        ),
    ) {
        let driver = Driver::named("run", Policy::DEFAULT.with_max_retries(6));
        let (mut progress, mut made) = (Progress::NONE, 0);
        let reason = loop {
            let error = errors[made.min(errors.len() - 1)];
            made += 1;
            let call = driver.resume(progress, Duration::ZERO);
            match call.failed(Failed::new(error.classify(), &"failed")) {
                Next::Retry(retry) => {
                    let stored = serde_json::to_string(&retry.hand_over()).unwrap();
                    progress = serde_json::from_str(&stored).unwrap();
                }
                Next::GiveUp(reason) => break reason,
            }
        };
        prop_assert_eq!(reason, GiveUp::Exhausted);
        prop_assert_eq!(made, attempts(&errors));
        let mut used = [0_usize; 3];
        let expected = (1..=7).find(|attempt| {
            let index = match errors[(attempt - 1).min(errors.len() - 1)] {
                Deadlock => 0,
                Limited { .. } => 1,
                Other(_) => 2,
                _ => return *attempt > 6,
            };
            used[index] += 1;
            used[index] > [2, 1, 2][index] || *attempt > 6
        });
        prop_assert_eq!(Some(made), expected);
    }
}
