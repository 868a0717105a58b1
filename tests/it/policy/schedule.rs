//! `Policy`: its presets, its setters, and the waits it makes before jitter, over all inputs.

use crate::support::arbitrary;

use std::panic::catch_unwind;
use std::time::Duration;

use persevere::{Jitter, Policy, ThreadRandom};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Built in `const` context, as users write it.
const PAYMENTS: Policy = Policy::DEFAULT
    .with_max_retries(7)
    .with_base_delay(Duration::from_millis(200))
    .with_max_delay(Duration::from_secs(20))
    .with_exponential_base(1.5)
    .with_jitter(Jitter::Full);

/// Every field of a policy, read by its getters.
fn fields(policy: &Policy) -> (u32, Duration, f64, Duration, Jitter) {
    (
        policy.max_retries(),
        policy.base_delay(),
        policy.exponential_base(),
        policy.max_delay(),
        policy.jitter(),
    )
}

/// A policy without jitter whose cap is out of reach.
fn uncapped(base_delay: Duration, exponential_base: f64) -> Policy {
    Policy::CONSERVATIVE
        .with_base_delay(base_delay)
        .with_max_delay(Duration::MAX)
        .with_exponential_base(exponential_base)
}

#[test]
fn presets_are_as_documented() {
    let quarter = Jitter::Proportional(0.25);
    let cap = 300 * SECOND;
    assert_eq!(fields(&Policy::DEFAULT), (5, 2 * SECOND, 2.0, cap, quarter));
    assert_eq!(fields(&Policy::AGGRESSIVE), (10, SECOND, 1.5, cap, quarter));
    assert_eq!(fields(&Policy::CONSERVATIVE), (3, 5 * SECOND, 2.0, cap, Jitter::None));
    assert_eq!(Policy::default(), Policy::DEFAULT);
}

#[test]
fn presets_are_found_by_their_exact_name() {
    assert_eq!(Policy::named("default"), Some(Policy::DEFAULT));
    assert_eq!(Policy::named("aggressive"), Some(Policy::AGGRESSIVE));
    assert_eq!(Policy::named("conservative"), Some(Policy::CONSERVATIVE));
    for unknown in ["", "Default", "AGGRESSIVE", " conservative", "default ", "agressive"] {
        assert_eq!(Policy::named(unknown), None, "{unknown:?}");
    }
}

#[test]
fn setters_change_their_field_alone() {
    let expected = (7, 200 * MILLISECOND, 1.5, 20 * SECOND, Jitter::Full);
    assert_eq!(fields(&PAYMENTS), expected);
    let (_, base, exponential_base, max, jitter) = expected;
    assert_eq!(fields(&PAYMENTS.with_max_retries(0)), (0, base, exponential_base, max, jitter));
    assert_eq!(
        fields(&PAYMENTS.with_base_delay(SECOND)),
        (7, SECOND, exponential_base, max, jitter)
    );
    assert_eq!(
        fields(&PAYMENTS.with_max_delay(SECOND)),
        (7, base, exponential_base, SECOND, jitter)
    );
    assert_eq!(fields(&PAYMENTS.with_exponential_base(3.0)), (7, base, 3.0, max, jitter));
    assert_eq!(
        fields(&PAYMENTS.with_jitter(Jitter::Equal)),
        (7, base, exponential_base, max, Jitter::Equal)
    );
    assert_ne!(PAYMENTS, PAYMENTS.with_max_retries(8));
}

#[test]
fn setters_refuse_nonsense() {
    for exponential_base in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.999, 0.0, -2.0] {
        let set = catch_unwind(|| Policy::DEFAULT.with_exponential_base(exponential_base));
        assert!(set.is_err(), "exponential_base {exponential_base} was taken");
    }
    for proportion in [f64::NAN, f64::INFINITY, -0.01, 1.01] {
        let set = catch_unwind(|| Policy::DEFAULT.with_jitter(Jitter::Proportional(proportion)));
        assert!(set.is_err(), "proportion {proportion} was taken");
    }
    for proportion in [0.0, 1.0] {
        let jitter = Jitter::Proportional(proportion);
        assert_eq!(Policy::DEFAULT.with_jitter(jitter).jitter(), jitter);
    }
}

#[test]
fn waits_grow_to_the_cap() {
    let millis = |policy: Policy| policy.schedule().map(|d| d.as_millis()).collect::<Vec<_>>();
    assert_eq!(millis(Policy::DEFAULT), [2_000, 4_000, 8_000, 16_000, 32_000]);
    assert_eq!(millis(Policy::CONSERVATIVE), [5_000, 10_000, 20_000]);
    assert_eq!(
        millis(Policy::AGGRESSIVE), // 11390.625 ms and so on, cut to milliseconds
        [1_000, 1_500, 2_250, 3_375, 5_062, 7_593, 11_390, 17_085, 25_628, 38_443]
    );
    let capped = Policy::DEFAULT.with_max_delay(5 * SECOND);
    assert_eq!(millis(capped), [2_000, 4_000, 5_000, 5_000, 5_000]);
    let steady = Policy::DEFAULT.with_exponential_base(1.0);
    assert_eq!(millis(steady), [2_000; 5]);
    assert_eq!(millis(Policy::DEFAULT.with_max_retries(0)), []);
}

#[test]
fn a_cap_below_the_base_holds_every_wait() {
    let short = Policy::DEFAULT.with_max_delay(MILLISECOND);
    assert!(short.schedule().all(|delay| delay == MILLISECOND));
    let none = Policy::DEFAULT.with_max_delay(Duration::ZERO);
    assert!(none.schedule().all(|delay| delay.is_zero()));
}

#[test]
fn extreme_inputs_saturate() {
    let huge = uncapped(Duration::MAX, 1e300);
    for retry_index in [0, 1, 2, 31, u32::MAX] {
        assert_eq!(huge.delay(retry_index), Duration::MAX);
        assert_eq!(uncapped(Duration::ZERO, 1e300).delay(retry_index), Duration::ZERO);
    }
    assert_eq!(uncapped(Duration::from_nanos(1), 1e300).delay(1), Duration::MAX);
    assert_eq!(uncapped(Duration::MAX, 1.0).delay(u32::MAX), Duration::MAX);
}

/// Beyond 2⁵² nanoseconds, some 52 days, a float has no room for halves, and beyond 2⁵³ none for
/// odd numbers.
#[test]
fn long_waits_are_not_a_nanosecond_off() {
    let odd = Duration::from_nanos((1 << 52) + 1);
    assert_eq!(uncapped(odd, 2.0).delay(1), odd * 2);
    let odd = Duration::from_nanos((1 << 53) + 1);
    assert_eq!(uncapped(odd, 1.0).delay(1), odd);
    let third = Duration::from_nanos((1 << 51) / 3);
    assert_eq!(uncapped(third, 3.0).delay(1), third * 3);
}

#[test]
fn policies_display_as_one_line() {
    for (policy, line) in [
        (Policy::DEFAULT, "up to 5 retries, 2 s × 2ᵏ, at most 5 min, jitter 0–25 %"),
        (Policy::AGGRESSIVE, "up to 10 retries, 1 s × 1.5ᵏ, at most 5 min, jitter 0–25 %"),
        (Policy::CONSERVATIVE, "up to 3 retries, 5 s × 2ᵏ, at most 5 min, no jitter"),
        (PAYMENTS, "up to 7 retries, 200 ms × 1.5ᵏ, at most 20 s, full jitter"),
        (PAYMENTS.with_max_retries(1), "up to 1 retry, 200 ms × 1.5ᵏ, at most 20 s, full jitter"),
    ] {
        assert_eq!(policy.to_string(), line);
    }
    for (jitter, text) in [
        (Jitter::Equal, "equal jitter"),
        (Jitter::Decorrelated, "decorrelated jitter"),
        (Jitter::Proportional(0.07), "jitter 0–7 %"),
        (Jitter::Proportional(0.125), "jitter 0–12.5 %"),
        (Jitter::Proportional(1.0 / 3.0), "jitter 0–33.33 %"),
        (Jitter::Proportional(1.0), "jitter 0–100 %"),
    ] {
        assert_eq!(jitter.to_string(), text);
    }
}

proptest! {
    #[test]
    fn no_input_panics_or_passes_the_cap(
        policy in arbitrary::policy(),
        retry_index in arbitrary::retry_index(),
        seed: u64,
    ) {
        let max = policy.max_delay();
        let mut rng = SmallRng::seed_from_u64(seed);
        prop_assert!(policy.delay(retry_index) <= max);
        prop_assert!(*policy.delay_range(retry_index).end() <= max);
        prop_assert!(policy.jittered_delay(retry_index, &mut rng) <= max);
        prop_assert!(policy.schedule().take(50).all(|delay| delay <= max));
        prop_assert!(policy.delays(rng).take(50).all(|delay| delay <= max));
        prop_assert!(!policy.to_string().is_empty());
    }

    /// For bases of exactly 1, and from where a step outgrows what rounding can take back.
    #[test]
    fn waits_never_shrink(
        policy in arbitrary::policy(),
        exponential_base in prop_oneof![Just(1.0), 1.000_001..4.0, 4.0..1e300],
        retry_index in arbitrary::retry_index(),
        step in 1..100_u32,
    ) {
        let policy = policy.with_exponential_base(exponential_base);
        let later = retry_index.saturating_add(step);
        prop_assert!(policy.delay(retry_index) <= policy.delay(later));
    }

    /// Against shifted integers, over all that a float holds exactly.
    #[test]
    fn doubling_is_exact(nanos in 0..1_u64 << 53, retry_index in 0..60_u32, max in 0..u64::MAX) {
        let max = Duration::from_nanos(max);
        let policy = uncapped(Duration::from_nanos(nanos), 2.0).with_max_delay(max);
        let expected = (u128::from(nanos) << retry_index).min(max.as_nanos());
        prop_assert_eq!(policy.delay(retry_index).as_nanos(), expected);
    }

    /// Against 3ᵏ/2ᵏ in integers, halves rounded up, for first waits of up to a second.
    #[test]
    fn growth_by_half_is_exact_to_the_nanosecond(
        nanos in 0..=1_000_000_000_u64,
        retry_index in 0..15_u32,
    ) {
        let policy = uncapped(Duration::from_nanos(nanos), 1.5);
        let doubled = u128::from(nanos) * 3_u128.pow(retry_index) * 2;
        let expected = (doubled + (1 << retry_index)) >> (retry_index + 1);
        prop_assert_eq!(policy.delay(retry_index).as_nanos(), expected);
    }

    /// Against integer powers, as long as the product fits into 53 bits.
    #[test]
    fn whole_bases_are_exact(nanos in 0..1_u64 << 30, base in 1..12_u32, retry_index in 0..6_u32) {
        let policy = uncapped(Duration::from_nanos(nanos), f64::from(base));
        let expected = u128::from(nanos) * u128::from(base).pow(retry_index);
        prop_assert_eq!(policy.delay(retry_index).as_nanos(), expected);
    }

    #[test]
    fn schedules_have_max_retries_items(
        policy in arbitrary::policy(),
        max_retries in 0..200_u32,
        seed: u64,
    ) {
        let policy = policy.with_max_retries(max_retries);
        let schedule: Vec<_> = policy.schedule().collect();
        let expected: Vec<_> = (0..max_retries).map(|index| policy.delay(index)).collect();
        prop_assert_eq!(schedule, expected);
        let delays = policy.delays(SmallRng::seed_from_u64(seed));
        prop_assert_eq!(delays.count(), max_retries as usize);
    }
    /// Without jitter: each wait is the one of its index.
    #[test]
    fn delays_without_jitter_are_the_schedule(policy in arbitrary::policy(), max_retries in 0..50_u32) {
        let policy = policy.with_max_retries(max_retries).with_jitter(Jitter::None);
        let mut waits = policy.delays(ThreadRandom);
        for (made, expected) in policy.schedule().enumerate() {
            let left = max_retries as usize - made;
            prop_assert_eq!(waits.size_hint(), (left, Some(left)));
            prop_assert_eq!(waits.next(), Some(expected));
        }
        prop_assert_eq!((waits.size_hint(), waits.next()), ((0, Some(0)), None));
        prop_assert_eq!(waits.next(), None);
    }
}

/// The wait before is kept from one to the next: else no wait would be above three times the first.
#[test]
fn delays_draw_a_decorrelated_wait_from_the_wait_before() {
    let policy = Policy::DEFAULT.with_max_retries(100).with_jitter(Jitter::Decorrelated);
    let mut previous = policy.base_delay();
    for wait in policy.delays(ThreadRandom) {
        assert!((policy.base_delay()..=previous.saturating_mul(3)).contains(&wait));
        previous = wait;
    }
    assert!(policy.delays(ThreadRandom).any(|wait| wait > policy.base_delay() * 3));
}

#[test]
fn the_ranges_of_the_waits_are_one_for_each_retry() {
    let ends = |policy: Policy| -> Vec<_> {
        policy
            .delay_ranges()
            .map(|range| (range.start().as_secs(), range.end().as_secs()))
            .collect()
    };
    assert_eq!(ends(Policy::CONSERVATIVE), [(5, 5), (10, 10), (20, 20)]);
    // Each is at most three times the longest one before.
    let decorrelated = Policy::CONSERVATIVE.with_jitter(Jitter::Decorrelated);
    assert_eq!(ends(decorrelated), [(5, 15), (5, 45), (5, 135)]);
    assert!(ends(Policy::CONSERVATIVE.with_max_retries(0)).is_empty());
}
