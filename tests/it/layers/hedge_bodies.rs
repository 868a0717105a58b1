//! What each body of a race knows of its attempt, and what it asks of the retry.
#![deny(warnings, clippy::pedantic)]

use crate::support::layered;
#[allow(dead_code, reason = "only `layered` names it")]
use crate::support::timed_runs;

use std::cell::RefCell;
use std::time::Duration;

use layered::Error::{self, Busy};
use persevere::{Attempt, retry};
use timed_runs::{HANGS, Runs, ms, timed};
use tokio::time::sleep;

/// A body's number in its race, and its attempt's.
type Seen = RefCell<Vec<(u32, u32)>>;

fn note(seen: &Seen, attempt: &Attempt) {
    seen.borrow_mut().push((attempt.hedge(), attempt.number()));
}

#[tokio::test(start_paused = true)]
async fn each_body_knows_which_it_is_in_each_race_anew() {
    #[retry(hedge(after = "100ms", max = 2), base_delay = 1, jitter = "none", context = attempt)]
    async fn ask(runs: &Runs, seen: &Seen) -> Result<(usize, u32), Error> {
        note(seen, attempt);
        let run = runs.run().await?;
        Ok((run, attempt.hedge()))
    }

    let seen = Seen::default();
    let runs = Runs::of(&[
        (150, Err(Busy)),
        (900, Err(Busy)),
        (10, Err(Busy)),
        HANGS,
        HANGS,
        (30, Ok(())),
    ]);
    assert_eq!(timed(ask(&runs, &seen)).await, (Ok((6, 2)), 1000 + 1000 + 230));
    assert_eq!(seen.take(), [(0, 1), (1, 1), (2, 1), (0, 2), (1, 2), (2, 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_hedge_asks_another_host() {
    #[retry(hedge = "50ms", timeout = "1s", deadline = "5s", context = attempt, clone(hosts))]
    async fn ask(hosts: Vec<&'static str>) -> Result<&'static str, Error> {
        let host = hosts[attempt.hedge() as usize];
        if host == "slow" {
            sleep(ms(60_000)).await;
        }
        Ok(host)
    }

    fn is_send<T: Send>(future: T) -> T {
        future
    }

    assert_eq!(timed(is_send(ask(vec!["near", "far"]))).await, (Ok("near"), 0));
    assert_eq!(timed(ask(vec!["slow", "far"])).await, (Ok("far"), 50));
}

#[tokio::test(start_paused = true)]
async fn without_a_race_it_is_the_first() {
    #[retry(context = attempt)]
    async fn plain() -> Result<u32, Error> {
        Ok(attempt.hedge())
    }

    assert_eq!(plain().await, Ok(0));
}

#[tokio::test(start_paused = true)]
async fn of_two_waits_that_of_the_later_failure_counts() {
    #[retry(hedge = "100ms", max_retries = 1, context = attempt)]
    async fn ask(takes: [u64; 2]) -> Result<u32, Error> {
        if !attempt.is_first() {
            return Ok(attempt.hedge());
        }
        let body = attempt.hedge();
        attempt.retry_in(Duration::from_secs(u64::from(body) + 1));
        sleep(ms(takes[body as usize])).await;
        Err(Busy)
    }

    assert_eq!(timed(ask([500, 100])).await, (Ok(0), 500 + 1000));
    assert_eq!(timed(ask([150, 400])).await, (Ok(0), 500 + 2000));
}

#[tokio::test(start_paused = true)]
async fn one_that_gives_up_ends_the_call_once_the_race_has_failed() {
    #[retry(hedge = "100ms", max_retries = 5, context = attempt)]
    async fn ask(seen: &Seen, who: u32, comes_good: bool) -> Result<u32, Error> {
        note(seen, attempt);
        if attempt.hedge() == who {
            attempt.give_up();
            sleep(ms(200)).await;
            return Err(Busy);
        }
        sleep(ms(500)).await;
        if comes_good { Ok(attempt.hedge()) } else { Err(Busy) }
    }

    let seen = Seen::default();
    for who in [0, 1] {
        assert_eq!(ask(&seen, who, false).await, Err(Busy));
        assert_eq!(seen.take(), [(0, 1), (1, 1)]);
        assert_eq!(ask(&seen, who, true).await, Ok(1 - who));
        seen.take();
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_body_asks_for_counts_where_its_timeout_cuts_it() {
    #[retry(hedge(after = "100ms", max = 1), timeout = "1s", max_retries = 1, context = attempt)]
    async fn ask() -> Result<u32, Error> {
        if attempt.is_first() {
            attempt.retry_in(Duration::from_secs(u64::from(attempt.hedge()) + 5));
            sleep(ms(60_000)).await;
        }
        Ok(attempt.number())
    }

    assert_eq!(timed(ask()).await, (Ok(2), 1100 + 6000));
}
