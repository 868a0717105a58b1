//! `Budget::ratio` within time: its bound holds whatever becomes of the retries that it grants.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "only `layered` names it")]
use std::future::pending;
use std::iter;
use std::sync::Mutex;
use std::time::Duration;

use layered::Error::{self, Busy};
use persevere::budget::{Cause, Permit};
use persevere::{Budget, retry};
use tokio::time::{Instant, interval, sleep, sleep_until};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// All that are granted at once; far more than the bound where there is none.
fn drain(budget: &Budget) -> Vec<Permit<'_>> {
    iter::from_fn(|| budget.try_acquire(Cause::Failure)).take(1_000).collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_given_back_late_is_not_granted_twice() {
    let budget = Budget::ratio(0.1); // a hundred within ten seconds
    let waiting = drain(&budget);
    assert_eq!(waiting.len(), 100);
    sleep(seconds(15)).await;
    drop(waiting);
    assert_eq!(drain(&budget).len(), 100);
    let again = drain(&budget);
    drop(again);
    assert_eq!(drain(&budget).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn what_is_given_back_in_time_is_granted_once_and_no_longer_than_it_was_taken() {
    // The seconds at which permits are taken, returned and asked for; the number granted then.
    let cases = [
        (0, 3, 3, 100),   // at once
        (0, 9, 9, 100),   // in the last slot
        (0, 9, 12, 100),  // what has expired meanwhile is not there besides
        (0, 10, 10, 100), // one slot too late
        (5, 11, 11, 100), // slots that nobody has seen lie between
        (5, 11, 16, 100),
    ];
    for (taken, given_back, asked, granted) in cases {
        let budget = Budget::ratio(0.1);
        let began = Instant::now();
        sleep(seconds(taken)).await;
        let waiting = drain(&budget);
        assert_eq!(waiting.len(), 100);
        sleep_until(began + seconds(given_back)).await;
        drop(waiting);
        sleep_until(began + seconds(asked)).await;
        let again = drain(&budget);
        assert_eq!(again.len(), granted, "{taken} {given_back} {asked}");
        sleep(seconds(5)).await;
        assert_eq!(drain(&budget).len(), 0, "those were granted within the window");
    }
}

#[tokio::test(start_paused = true)]
async fn of_many_that_wait_each_counts_in_its_own_window() {
    let budget = Budget::ratio(0.0); // ten a second, without any call
    let first: Vec<_> = drain(&budget).into_iter().take(40).collect(); // sixty are given back
    sleep(seconds(4)).await;
    let second = drain(&budget);
    assert_eq!((first.len(), second.len()), (40, 60));
    sleep(seconds(7)).await; // the first are too old, the second are not
    drop(first);
    assert_eq!(budget.available().to_string(), "40 retries");
    drop(second);
    assert_eq!(budget.available().to_string(), "100 retries");
}

#[tokio::test(start_paused = true)]
async fn once_begun_it_is_spent_until_it_leaves_the_window() {
    let budget = Budget::ratio(0.1);
    let mut begun = drain(&budget);
    begun.iter_mut().for_each(Permit::begin);
    sleep(seconds(5)).await;
    drop(begun);
    assert_eq!(drain(&budget).len(), 0);
    sleep(seconds(5)).await;
    assert_eq!(drain(&budget).len(), 100);
}

/// Ten calls a second, whose first attempts fail and whose retries hang until the deadline.
#[tokio::test(start_paused = true)]
async fn retries_that_hang_never_exceed_the_bound() {
    static BUDGET: Budget = Budget::ratio(0.1).with_min_per_second(1);
    /// When each retry was sent.
    static SENT: Mutex<Vec<Instant>> = Mutex::new(Vec::new());

    #[retry(budget = BUDGET, max_retries = 1, base_delay = 0, deadline = "30s", context = attempt)]
    async fn call() -> Result<u32, Error> {
        if attempt.is_first() {
            return Err(Busy);
        }
        SENT.lock().unwrap().push(Instant::now());
        pending().await
    }

    let began = Instant::now();
    let mut pace = interval(Duration::from_millis(100));
    for _ in 0..3_000 {
        pace.tick().await;
        tokio::spawn(call());
    }
    let sent = SENT.lock().unwrap();
    let sent: Vec<Duration> = sent.iter().map(|sent| *sent - began).collect();
    // Of a hundred calls in ten seconds ten are retried, and one a second besides. The window moves
    // by a second, so nine seconds, whenever they begin, lie within one.
    for second in 0..290 {
        let window = seconds(second)..seconds(second + 9);
        let retries = sent.iter().filter(|&sent| window.contains(sent)).count();
        assert!(retries <= 20, "{retries} retries in {window:?}");
    }
    assert!((590..=610).contains(&sent.len()), "{} retries in 300 s", sent.len());
}
