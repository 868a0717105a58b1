//! `Budget`: what each kind grants, also to two threads at once.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use persevere::budget::{Available, Cause};
use persevere::engine::{Decision, GiveUp};
use persevere::{Budget, Verdict};
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _, TryRng};

const SECOND: Duration = Duration::from_secs(1);

fn rng() -> SmallRng {
    SmallRng::seed_from_u64(7)
}

fn tokens(budget: &Budget) -> u32 {
    match budget.available() {
        Available::Tokens { tokens, .. } => tokens,
        other => panic!("no token bucket: {other:?}"),
    }
}

fn retries(budget: &Budget, now: Instant) -> u64 {
    match budget.at(now).available() {
        Available::Retries { retries } => retries,
        other => panic!("no budget by ratio: {other:?}"),
    }
}

fn refusal(budget: &Budget, now: Instant) -> f64 {
    match budget.at(now).available() {
        Available::Refusal { probability } => probability,
        other => panic!("not adaptive: {other:?}"),
    }
}

/// The rule of the AWS SDKs, number by number.
#[test]
fn a_token_bucket_keeps_the_rule_of_the_aws_sdks() {
    let budget = Budget::new();
    assert_eq!(budget.available(), Available::Tokens { tokens: 500, capacity: 500 });
    let first = budget.try_acquire(Cause::Failure).unwrap();
    assert_eq!(tokens(&budget), 495);
    first.failed(Verdict::TRANSIENT);
    assert_eq!(tokens(&budget), 495);
    let second = budget.try_acquire(Cause::Timeout).unwrap();
    assert_eq!(tokens(&budget), 485);
    second.succeeded(); // gives back its own cost, not that of the retry before
    assert_eq!(tokens(&budget), 495);
    budget.failed(Verdict::TRANSIENT);
    assert_eq!(tokens(&budget), 495);
    for left in [496, 497, 498, 499, 500, 500] {
        budget.succeeded();
        assert_eq!(tokens(&budget), left);
    }
}

#[test]
fn a_full_bucket_has_a_hundred_retries_and_fifty_after_timeouts() {
    for (cause, retries) in [(Cause::Failure, 100), (Cause::Timeout, 50)] {
        let budget = Budget::new();
        for _ in 0..retries {
            budget.try_acquire(cause).unwrap().failed(Verdict::TRANSIENT);
        }
        assert!(budget.try_acquire(cause).is_none());
        assert_eq!(tokens(&budget), 0);
    }
}

#[test]
fn a_retry_never_costs_more_than_a_full_bucket_holds() {
    let budget = Budget::new().with_capacity(3);
    let permit = budget.try_acquire(Cause::Timeout).unwrap();
    assert_eq!(tokens(&budget), 0);
    permit.succeeded();
    assert_eq!(tokens(&budget), 3);
}

#[test]
fn setters_keep_what_others_set() {
    let budget = Budget::new()
        .with_retry_cost(1)
        .with_timeout_cost(2)
        .with_success_deposit(3)
        .with_capacity(u32::MAX);
    budget.try_acquire(Cause::Failure).unwrap().failed(Verdict::TRANSIENT);
    budget.try_acquire(Cause::Timeout).unwrap().failed(Verdict::TRANSIENT);
    assert_eq!(tokens(&budget), u32::MAX - 3);
    budget.succeeded();
    budget.succeeded(); // near the greatest number there is
    assert_eq!(tokens(&budget), u32::MAX);

    let now = Instant::now();
    let budget = Budget::ratio(0.5).with_expiry(4 * SECOND).with_min_per_second(3);
    budget.at(now).begin();
    budget.at(now).begin();
    assert_eq!(retries(&budget, now), 13);
}

#[test]
fn a_ratio_lets_through_one_retry_for_ten_calls_and_ten_a_second() {
    let now = Instant::now();
    let budget = Budget::ratio(0.1);
    for _ in 0..57 {
        budget.at(now).begin();
    }
    for left in (0..105).rev() {
        budget.at(now).try_acquire(Cause::Failure, &mut rng()).unwrap().failed(Verdict::TRANSIENT);
        assert_eq!(retries(&budget, now), left);
    }
    assert!(budget.at(now).try_acquire(Cause::Failure, &mut rng()).is_none());
    // Both sides expire together.
    assert_eq!(retries(&budget, now + 10 * SECOND), 100);
}

#[test]
fn shares_that_binary_fractions_miss_are_met() {
    let now = Instant::now();
    let budget = Budget::ratio(0.29).with_min_per_second(0);
    for _ in 0..100 {
        budget.at(now).begin();
    }
    assert_eq!(retries(&budget, now), 29); // 0.29 · 100 is 28.999999999999996
}

#[test]
fn a_permit_that_is_dropped_is_as_if_it_had_never_been() {
    let now = Instant::now();
    for budget in [Budget::new(), Budget::ratio(0.1), Budget::adaptive(2.0)] {
        budget.at(now).succeeded();
        let before = budget.at(now).available();
        let permit = budget.at(now).try_acquire(Cause::Timeout, &mut rng());
        drop(permit.expect("nothing has failed yet"));
        assert_eq!(budget.at(now).available(), before);
    }
}

#[test]
fn a_clock_that_stands_still_jumps_or_goes_back_breaks_nothing() {
    let base = Instant::now();
    let ages = Duration::from_hours(24 * 365 * 70);
    for budget in [Budget::ratio(0.5).with_min_per_second(1), Budget::adaptive(2.0)] {
        let fresh = budget.at(base).available();
        for now in [base, base + ages, base, base + 2 * ages, base + 3 * ages] {
            budget.at(now).begin();
            budget.at(now).succeeded();
            let granted = budget.at(now).try_acquire(Cause::Failure, &mut rng());
            granted.expect("there is plenty").at(now).succeeded();
        }
        assert_eq!(budget.at(base + 4 * ages).available().to_string(), fresh.to_string());
    }
}

#[test]
fn windows_of_any_length_work() {
    let now = Instant::now();
    for length in [Duration::from_nanos(1), Duration::MAX] {
        let ratio = Budget::ratio(1.0).with_min_per_second(0).with_expiry(length);
        ratio.at(now).begin();
        assert_eq!(retries(&ratio, now), 1);
        let adaptive = Budget::adaptive(1.0).with_window(length);
        adaptive.at(now).failed(Verdict::TRANSIENT);
        assert!((refusal(&adaptive, now) - 0.5).abs() < 1e-12);
    }
    let endless = Budget::ratio(1.0).with_min_per_second(u32::MAX).with_expiry(Duration::MAX);
    assert_eq!(retries(&endless, now), u64::MAX);
}

#[test]
fn a_refusal_ends_the_call_and_is_asked_for_only_where_a_retry_would_follow() {
    let ask = |budget: &Budget| budget.try_acquire(Cause::Failure).map(drop);
    let empty = Budget::ratio(0.0).with_min_per_second(0);
    let retry = Decision::Retry(SECOND);
    let refused = retry.granted_by(|| ask(&empty));
    assert_eq!(refused, (Decision::GiveUp(GiveUp::BudgetExhausted), None));
    assert_eq!(retry.granted_by(|| ask(&Budget::new())), (retry, Some(())));
    for reason in [GiveUp::Permanent, GiveUp::Exhausted, GiveUp::DeadlineExceeded] {
        let over = Decision::GiveUp(reason);
        assert_eq!(over.granted_by::<()>(|| panic!("no retry would follow")), (over, None));
    }
}

/// A random source that asks the budget it is drawn for.
struct Curious<'b>(&'b Budget, Instant);

impl TryRng for Curious<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|_| 0)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let Self(budget, now) = *self;
        budget.at(now).failed(Verdict::TRANSIENT);
        drop((budget.at(now).available(), budget.at(now).try_acquire(Cause::Failure, &mut rng())));
        Ok(u64::MAX) // near 1.0: nothing is refused
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

#[test]
fn the_callers_random_source_may_use_the_budget() {
    let now = Instant::now();
    for budget in [Budget::new(), Budget::ratio(0.1), Budget::adaptive(1.0)] {
        (0..3).for_each(|_| budget.at(now).failed(Verdict::TRANSIENT));
        let curious = &mut Curious(&budget, now);
        assert!(budget.at(now).try_acquire(Cause::Failure, curious).is_some());
    }
}

#[test]
fn what_is_left_reads_well() {
    let show = |available: Available| available.to_string();
    assert_eq!(show(Available::Tokens { tokens: 12, capacity: 500 }), "12 of 500 tokens");
    assert_eq!(show(Available::Retries { retries: 1 }), "1 retry");
    assert_eq!(show(Available::Retries { retries: 0 }), "0 retries");
    assert_eq!(show(Available::Refusal { probability: 0.125 }), "12.5 % of retries refused");
}

#[test]
fn two_threads_never_overdraw_nor_overfill_a_bucket() {
    static BUDGET: Budget = Budget::new().with_capacity(23);
    static HELD: AtomicU32 = AtomicU32::new(0);
    let work = |seed| {
        let mut rng = SmallRng::seed_from_u64(seed);
        for _ in 0..20_000 {
            if let Some(permit) = BUDGET.try_acquire(Cause::Failure) {
                let held = HELD.fetch_add(5, Ordering::SeqCst) + 5;
                assert!(held <= 23, "{held} tokens are out");
                HELD.fetch_sub(5, Ordering::SeqCst);
                if rng.random() { permit.succeeded() } else { drop(permit) }
            }
            BUDGET.succeeded();
            assert!(tokens(&BUDGET) <= 23);
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| work(1));
        scope.spawn(|| work(2));
    });
    BUDGET.succeeded();
    assert!((21..=23).contains(&tokens(&BUDGET))); // deposits beside held tokens are lost
}

#[test]
fn two_threads_get_no_more_retries_than_the_ratio_allows() {
    let budget = Budget::ratio(0.1).with_min_per_second(0);
    let now = Instant::now();
    let work = || {
        let mut granted = 0;
        for _ in 0..10_000 {
            budget.at(now).begin();
            if let Some(permit) = budget.at(now).try_acquire(Cause::Failure, &mut rng()) {
                permit.at(now).failed(Verdict::TRANSIENT);
                granted += 1;
            }
        }
        granted
    };
    let granted: u32 = thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(granted, 2_000);
}
