//! Policies and durations over their whole range, for property tests.

use std::time::Duration;

use persevere::{Jitter, Policy};
use proptest::prelude::*;
use proptest::sample::select;

/// Any duration: the ends of the range, everyday ones, and all between.
pub(crate) fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        1 => Just(Duration::ZERO),
        1 => Just(Duration::MAX),
        4 => (0..=400_000_000_000_u64).prop_map(Duration::from_nanos),
        4 => (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(s, ns)| Duration::new(s, ns)),
    ]
}

/// Any retry index, most of them small.
pub(crate) fn retry_index() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(u32::MAX), 4 => 0..40_u32, 4 => any::<u32>()]
}

/// Any jitter.
pub(crate) fn jitter() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::None),
        Just(Jitter::Proportional(0.0)),
        (0.0..=1.0).prop_map(Jitter::Proportional),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
    ]
}

/// Any policy that the setters accept.
pub(crate) fn policy() -> impl Strategy<Value = Policy> {
    let exponential_base = prop_oneof![
        1 => Just(1.0),
        1 => Just(1.0 + f64::EPSILON),
        4 => 1.0..4.0,
        1 => 1.0..1e300,
        1 => Just(1e300),
        1 => Just(f64::MAX),
    ];
    let exponential =
        (any::<u32>(), duration(), duration(), exponential_base, jitter()).prop_map(policy_of);
    let listed = (select(LISTS), duration(), jitter()).prop_map(|(list, max_delay, jitter)| {
        Policy::waits(list).with_max_delay(max_delay).with_jitter(jitter)
    });
    let policy = prop_oneof![4 => exponential, 1 => listed];
    (policy, proptest::option::of(duration()), 0..8_u8).prop_map(|(policy, reset_after, dice)| {
        let policy = if dice == 0 { policy.with_unlimited_retries() } else { policy };
        match reset_after.filter(|ran| !ran.is_zero()) {
            Some(ran) => policy.with_reset_after(ran),
            None => policy,
        }
    })
}

const LISTS: &[&[Duration]] = &[
    &[Duration::ZERO],
    &[Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)],
    &[Duration::MAX, Duration::from_millis(1)],
];

/// The policy of these parts: retries, base and longest delay, exponential base, jitter.
pub(crate) fn policy_of(
    (max_retries, base_delay, max_delay, exponential_base, jitter): (
        u32,
        Duration,
        Duration,
        f64,
        Jitter,
    ),
) -> Policy {
    Policy::DEFAULT
        .with_max_retries(max_retries)
        .with_base_delay(base_delay)
        .with_max_delay(max_delay)
        .with_exponential_base(exponential_base)
        .with_jitter(jitter)
}
