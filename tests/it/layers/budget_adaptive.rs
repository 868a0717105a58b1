//! `Budget::adaptive`: how many retries it refuses, what it counts, and when it draws.

use std::convert::Infallible;
use std::time::{Duration, Instant};

use persevere::budget::{Available, Cause};
use persevere::{Budget, Verdict};
use rand::rngs::SmallRng;
use rand::{SeedableRng as _, TryRng};

const SECOND: Duration = Duration::from_secs(1);

fn rng() -> SmallRng {
    SmallRng::seed_from_u64(7)
}

fn refusal(budget: &Budget, now: Instant) -> f64 {
    match budget.at(now).available() {
        Available::Refusal { probability } => probability,
        other => panic!("not adaptive: {other:?}"),
    }
}

#[test]
fn adaptive_throttling_keeps_the_formula_of_the_sre_book() {
    let now = Instant::now();
    let budget = Budget::adaptive(2.0);
    for _ in 0..40 {
        budget.at(now).succeeded();
    }
    for _ in 0..40 {
        budget.at(now).failed(Verdict::TRANSIENT);
    }
    assert!(refusal(&budget, now).abs() < f64::EPSILON); // half are accepted
    for _ in 0..20 {
        budget.at(now).failed(Verdict::THROTTLED);
    }
    assert!((refusal(&budget, now) - 20.0 / 101.0).abs() < 1e-12);
    budget.at(now).failed(Verdict::PERMANENT); // accepted, in its way
    assert!((refusal(&budget, now) - 19.0 / 102.0).abs() < 1e-12);
    assert!((refusal(&budget, now + 100 * SECOND) - 19.0 / 102.0).abs() < 1e-12);
    assert!(refusal(&budget, now + 120 * SECOND).abs() < f64::EPSILON);
}

#[test]
fn adaptive_throttling_refuses_as_often_as_it_says_and_counts_refusals() {
    let now = Instant::now();
    let budget = Budget::adaptive(1.0);
    (0..500).for_each(|_| budget.at(now).succeeded());
    (0..500).for_each(|_| budget.at(now).failed(Verdict::TRANSIENT));
    let mut rng = rng();
    let mut expected = (500.0, 1_000.0); // accepts, requests
    let mut refused = 0.0;
    let mut awaited = 0.0;
    for _ in 0..1_000 {
        awaited += (expected.1 - expected.0) / (expected.1 + 1.0);
        match budget.at(now).try_acquire(Cause::Failure, &mut rng) {
            Some(permit) => permit.at(now).failed(Verdict::TRANSIENT),
            None => refused += 1.0,
        }
        expected.1 += 1.0;
        assert!((refusal(&budget, now) - (expected.1 - 500.0) / (expected.1 + 1.0)).abs() < 1e-12);
    }
    let error: f64 = refused - awaited;
    assert!(error.abs() < 50.0, "{refused} refusals, {awaited} awaited"); // over 3 deviations
}

#[test]
fn what_came_of_a_retry_counts() {
    let now = Instant::now();
    let budget = Budget::adaptive(1.0).with_window(10 * SECOND);
    (0..8).for_each(|_| budget.at(now).succeeded());
    let grant = || budget.at(now).try_acquire(Cause::Failure, &mut rng()).unwrap();
    let [first, second, third] = [grant(), grant(), grant()];
    first.at(now).failed(Verdict::TRANSIENT);
    assert!((refusal(&budget, now) - 1.0 / 10.0).abs() < 1e-12);
    second.at(now).succeeded();
    assert!((refusal(&budget, now) - 1.0 / 11.0).abs() < 1e-12);
    third.at(now).failed(Verdict::PERMANENT);
    assert!((refusal(&budget, now) - 1.0 / 12.0).abs() < 1e-12);
}

/// A random source that draws one half each time, and counts.
#[derive(Default)]
struct Half(u32);

impl TryRng for Half {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|drawn| (drawn >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 += 1;
        Ok(1 << 63)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(0x80);
        self.try_next_u64().map(drop)
    }
}

/// A draw lies in `0.0..1.0`: only so does a probability of 0 refuse nothing, and one of a half every
/// second retry.
#[test]
fn adaptive_throttling_draws_where_it_may_refuse_and_refuses_below_its_probability() {
    let now = Instant::now();
    let admits =
        |budget: &Budget, rng: &mut Half| budget.at(now).try_acquire(Cause::Failure, rng).is_some();
    let mut rng = Half::default();
    let budget = Budget::adaptive(1.0);
    assert!(admits(&budget, &mut rng));
    assert_eq!(rng.0, 0, "there is nothing to draw for");
    budget.at(now).failed(Verdict::TRANSIENT); // 1 of 2
    assert!(admits(&budget, &mut rng));
    assert_eq!(rng.0, 1);
    budget.at(now).failed(Verdict::TRANSIENT); // 2 of 3
    assert!(!admits(&budget, &mut rng));
    assert_eq!(rng.0, 2);
}
