//! The permit for a retry that another process makes.
#![deny(warnings, clippy::pedantic)]

use std::time::Duration;

use persevere::budget::Cause;
use persevere::driver::{Driver, DueRetry, Failed, Next, Progress};
use persevere::engine::GiveUp;
use persevere::{Budget, Policy, Rejection, Verdict};

fn fail(driver: Driver, progress: Progress) -> Result<DueRetry, GiveUp> {
    let call = driver.resume(progress, Duration::ZERO);
    match call.failed(Failed::new(Verdict::TRANSIENT, &"busy")) {
        Next::Retry(retry) => Ok(retry),
        Next::GiveUp(reason) => Err(reason),
    }
}

#[test]
fn what_is_handed_over_stays_spent_and_what_is_dropped_does_not() {
    static TOKENS: Budget = Budget::new();
    static SHARE: Budget = Budget::ratio(0.0).with_min_per_second(1);
    for (budget, full, one_less) in
        [(&TOKENS, "500 of 500 tokens", "495 of 500 tokens"), (&SHARE, "10 retries", "9 retries")]
    {
        let driver = Driver::named("budgets::spent", Policy::DEFAULT).budget(budget);
        let due = fail(driver, Progress::NONE).unwrap();
        assert_eq!(budget.available().to_string(), one_less);
        drop(due);
        assert_eq!(budget.available().to_string(), full);
        let progress = fail(driver, Progress::NONE).unwrap().hand_over();
        assert_eq!(progress.granted, Some(Cause::Failure));
        assert_eq!(budget.available().to_string(), one_less);
        // The worker that got the row is lost, or gives it back: nothing changes.
        drop(driver.resume(progress, Duration::ZERO));
        assert_eq!(budget.available().to_string(), one_less);
    }
}

#[test]
fn a_failed_retry_pays_for_the_next_one_alone() {
    static TOKENS: Budget = Budget::new().with_capacity(12);
    let driver = Driver::named("budgets::failed", Policy::DEFAULT).budget(&TOKENS);
    let mut progress = Progress::NONE;
    for left in ["7 of 12 tokens", "2 of 12 tokens"] {
        progress = fail(driver, progress).unwrap().hand_over();
        assert_eq!(TOKENS.available().to_string(), left);
    }
    assert_eq!(fail(driver, progress).unwrap_err(), GiveUp::BudgetExhausted);
    assert_eq!(TOKENS.available().to_string(), "2 of 12 tokens");
}

#[test]
fn a_bucket_gets_back_what_a_retry_after_a_timeout_has_cost() {
    static TOKENS: Budget = Budget::new();
    let driver = Driver::named("budgets::timeout", Policy::DEFAULT).budget(&TOKENS);
    let cut = Failed::new(Verdict::TRANSIENT, &Rejection::TimedOut).cut(Rejection::TimedOut);
    let Next::Retry(retry) = driver.begin().failed(cut) else { panic!("it is retried") };
    let progress = retry.hand_over();
    assert_eq!(progress.granted, Some(Cause::Timeout));
    assert_eq!(TOKENS.available().to_string(), "490 of 500 tokens");
    driver.resume(progress, Duration::ZERO).succeeded();
    assert_eq!(TOKENS.available().to_string(), "500 of 500 tokens");
}

#[test]
fn a_retry_that_is_refused_elsewhere_is_given_back_to_a_bucket_alone() {
    static TOKENS: Budget = Budget::new();
    static SHARE: Budget = Budget::ratio(0.0).with_min_per_second(1);
    let open = Rejection::CircuitOpen { retry_in: Duration::from_secs(1) };
    for (budget, left) in [(&TOKENS, "500 of 500 tokens"), (&SHARE, "9 retries")] {
        let driver = Driver::named("budgets::refused", Policy::DEFAULT).budget(budget);
        let progress = fail(driver, Progress::NONE).unwrap().hand_over();
        let refused = Failed::new(Verdict::PERMANENT, &open).refused(open);
        let next = driver.resume(progress, Duration::ZERO).failed(refused);
        assert!(matches!(next, Next::GiveUp(GiveUp::CircuitOpen)));
        assert_eq!(budget.available().to_string(), left);
    }
}

#[test]
fn a_budget_that_is_new_since_the_row_was_written_takes_nothing_over() {
    static TOKENS: Budget = Budget::new();
    let without = Driver::named("budgets::new", Policy::DEFAULT);
    let progress = fail(without, Progress::NONE).unwrap().hand_over();
    assert_eq!(progress.granted, None);
    let with = without.budget(&TOKENS);
    let due = fail(with, progress).unwrap();
    assert_eq!(TOKENS.available().to_string(), "495 of 500 tokens");
    with.resume(due.hand_over(), Duration::ZERO).succeeded();
    assert_eq!(TOKENS.available().to_string(), "500 of 500 tokens");
}
