//! `Jitter`: the range, the mean and the independence of the waits it draws.

use crate::support::arbitrary;

use std::cell::RefCell;
use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use persevere::{Jitter, Policy, retry};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

const SECOND: Duration = Duration::from_secs(1);
const DRAWS: u32 = 100_000;

/// Waits of 8 s at retry index 2, and at most 100 s.
const POLICY: Policy = Policy::DEFAULT.with_max_delay(Duration::from_secs(100));

fn draws(policy: Policy, retry_index: u32) -> impl Iterator<Item = f64> {
    let mut rng = SmallRng::seed_from_u64(7);
    (0..DRAWS).map(move |_| policy.jittered_delay(retry_index, &mut rng).as_secs_f64())
}

/// The mean of `DRAWS` uniform draws from `from` to `to` has a standard error of
/// `(to - from) / √(12 · DRAWS)`; a sound generator is within five of them but once in two million
/// seeds.
fn assert_uniform(policy: Policy, retry_index: u32, from: f64, to: f64) {
    let waits: Vec<f64> = draws(policy, retry_index).collect();
    assert!(waits.iter().all(|wait| (from..=to).contains(wait)), "outside {from}..={to}");

    let mean = waits.iter().sum::<f64>() / f64::from(DRAWS);
    let tolerance = 5.0 * (to - from) / (12.0 * f64::from(DRAWS)).sqrt();
    let expected = from.midpoint(to);
    assert!((mean - expected).abs() <= tolerance, "mean {mean}, expected {expected}");

    // All of the range is used: each tenth of it has a tenth of the draws, ±5 standard errors.
    let mut tenths = [0_u32; 10];
    for wait in waits {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 10")]
        let tenth = ((wait - from) / (to - from) * 10.0) as usize;
        tenths[tenth.min(9)] += 1;
    }
    let expected = f64::from(DRAWS) * 0.1;
    let tolerance = 5.0 * (f64::from(DRAWS) * 0.1 * 0.9).sqrt();
    for count in tenths {
        assert!((f64::from(count) - expected).abs() <= tolerance, "uneven: {tenths:?}");
    }
}

#[test]
fn no_jitter_is_the_schedule_itself() {
    let policy = POLICY.with_jitter(Jitter::None);
    assert!(draws(policy, 2).take(100).all(|wait| wait.to_bits() == 8.0_f64.to_bits()));
    let delays: Vec<_> = policy.delays(SmallRng::seed_from_u64(7)).collect();
    assert_eq!(delays, policy.schedule().collect::<Vec<_>>());
    let zero = POLICY.with_jitter(Jitter::Proportional(0.0));
    assert!(draws(zero, 2).take(100).all(|wait| wait.to_bits() == 8.0_f64.to_bits()));
}

#[test]
fn proportional_adds_up_to_its_share() {
    assert_uniform(POLICY.with_jitter(Jitter::Proportional(0.25)), 2, 8.0, 10.0);
    assert_uniform(POLICY.with_jitter(Jitter::Proportional(1.0)), 2, 8.0, 16.0);
}

#[test]
fn full_goes_down_to_zero() {
    assert_uniform(POLICY.with_jitter(Jitter::Full), 2, 0.0, 8.0);
}

#[test]
fn equal_keeps_half() {
    assert_uniform(POLICY.with_jitter(Jitter::Equal), 2, 4.0, 8.0);
}

#[test]
fn decorrelated_starts_from_the_base() {
    let policy = POLICY.with_jitter(Jitter::Decorrelated);
    assert_uniform(policy, 0, 2.0, 6.0);
    assert_uniform(policy, 2, 2.0, 12.0); // after a wait taken as 4 s
}

#[test]
fn jitter_does_not_die_at_the_cap() {
    for retry_index in [6, 50, u32::MAX] {
        let proportional = |share| POLICY.with_jitter(Jitter::Proportional(share));
        assert_uniform(proportional(0.25), retry_index, 80.0, 100.0);
        assert_uniform(proportional(1.0), retry_index, 50.0, 100.0);
        assert_uniform(POLICY.with_jitter(Jitter::Full), retry_index, 0.0, 100.0);
        assert_uniform(POLICY.with_jitter(Jitter::Equal), retry_index, 50.0, 100.0);
    }
    // A wait just under the cap: limited to 64 s / 1.25, so that its share still fits.
    let close = POLICY.with_max_delay(64 * SECOND).with_jitter(Jitter::Proportional(0.25));
    assert_uniform(close, 5, 51.2, 64.0);
}

#[test]
fn ranges_are_as_documented() {
    let range = |jitter, retry_index| {
        let (from, to) = POLICY.with_jitter(jitter).delay_range(retry_index).into_inner();
        (from.as_millis(), to.as_millis())
    };
    assert_eq!(range(Jitter::None, 2), (8_000, 8_000));
    assert_eq!(range(Jitter::Proportional(0.25), 2), (8_000, 10_000));
    assert_eq!(range(Jitter::Proportional(0.25), 50), (80_000, 100_000));
    assert_eq!(range(Jitter::Full, 2), (0, 8_000));
    assert_eq!(range(Jitter::Equal, 2), (4_000, 8_000));
    assert_eq!(range(Jitter::Decorrelated, 0), (2_000, 6_000));
    assert_eq!(range(Jitter::Decorrelated, 2), (2_000, 12_000));
    assert_eq!(range(Jitter::Decorrelated, 50), (2_000, 100_000));
}

/// With a base of 1, `jittered_delay` takes each wait before as 2 s, and stays within 6 s;
/// `delays` goes on from the wait it really drew.
#[test]
fn decorrelated_waits_go_on_from_the_one_before() {
    let policy =
        POLICY.with_max_retries(1_000).with_exponential_base(1.0).with_jitter(Jitter::Decorrelated);
    let delays: Vec<_> = policy.delays(SmallRng::seed_from_u64(7)).collect();
    let mut previous = policy.base_delay();
    for &delay in &delays {
        assert!(delay >= policy.base_delay());
        assert!(delay <= (previous * 3).min(policy.max_delay()));
        previous = delay;
    }
    assert!(delays.contains(&policy.max_delay()), "never grew to the cap");
    assert!(delays.iter().any(|delay| *delay < 6 * SECOND), "never came back from it");
    assert!(draws(policy, 50).all(|wait| wait <= 6.0));
}

thread_local! {
    static WAITS: RefCell<Vec<Duration>> = const { RefCell::new(Vec::new()) };
}

fn recorder(delay: Duration) {
    WAITS.with_borrow_mut(|waits| waits.push(delay));
}

#[retry(on = _, jitter = "full", sleep = recorder)]
fn failing() -> Result<(), &'static str> {
    Err("busy")
}

/// The waits of one call that fails throughout.
fn waits() -> Vec<Duration> {
    assert_eq!(failing(), Err("busy"));
    WAITS.take()
}

#[test]
fn threads_and_calls_draw_independently() {
    let threads: Vec<_> = (0..8).map(|_| thread::spawn(|| [waits(), waits()])).collect();
    let calls: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    assert!(calls.iter().all(|waits| waits.len() == 5));
    let all: HashSet<Duration> = calls.iter().flatten().copied().collect();
    // 80 draws from 2 s and more, to the nanosecond: fewer than one run in a million has a pair.
    assert_eq!(all.len(), 80, "waits in common: {calls:?}");
}

proptest! {
    #[test]
    fn waits_are_within_their_range(
        policy in arbitrary::policy(),
        retry_index in arbitrary::retry_index(),
        seed: u64,
    ) {
        let mut rng = SmallRng::seed_from_u64(seed);
        let range = policy.delay_range(retry_index);
        prop_assert!(range.start() <= range.end());
        prop_assert!(*range.end() <= policy.max_delay());
        for _ in 0..20 {
            let wait = policy.jittered_delay(retry_index, &mut rng);
            prop_assert!(range.contains(&wait), "{wait:?} outside {range:?}");
        }
    }

    #[test]
    fn decorrelated_waits_are_within_theirs(policy in arbitrary::policy(), seed: u64) {
        let policy = policy.with_jitter(Jitter::Decorrelated);
        let least = policy.base_delay().min(policy.max_delay());
        let mut previous = policy.base_delay();
        for delay in policy.delays(SmallRng::seed_from_u64(seed)).take(100) {
            let most = previous.saturating_mul(3).max(policy.base_delay()).min(policy.max_delay());
            prop_assert!((least..=most).contains(&delay), "{delay:?} after {previous:?}");
            previous = delay;
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_waits(policy in arbitrary::policy(), seed: u64) {
        let draw = || policy.delays(SmallRng::seed_from_u64(seed)).take(20).collect::<Vec<_>>();
        prop_assert_eq!(draw(), draw());
    }
}
