//! Draws in 64 bits and in 128 agree, and reach both ends of their range.

use super::*;
use crate::primitives::random::ThreadRandom;
use proptest::prelude::*;

#[test]
fn floats_become_the_nearest_integer() {
    for (nanos, expected) in [
        (0.0, 0),
        (0.49, 0),
        (0.499_999_999_999_999_94, 0), // to which adding a half makes 1
        (0.5, 1),
        (1.5, 2),
        (2.5, 3),                                         // halves up, and not to even
        (4_503_599_627_370_495.5, 4_503_599_627_370_496), // below 2⁵²: the last half
        (9_007_199_254_740_994.0, 9_007_199_254_740_994), // above 2⁵³: even ones alone
    ] {
        assert_eq!(narrow::nearest(nanos), expected, "{nanos}");
        assert_eq!(wide::nearest(nanos), expected.into(), "{nanos}");
    }
    for many in [f64::INFINITY, f64::MAX] {
        assert_eq!(narrow::nearest(many), i64::MAX);
        assert_eq!(wide::nearest(many), i128::MAX);
    }
}

/// A random source that always returns the same number.
struct Always(u64);

impl rand::TryRng for Always {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.0 >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(self.0 as u8);
        Ok(())
    }
}

fn span(seconds: u64) -> impl Strategy<Value = Duration> {
    (0..seconds, 0..1_000_000_000_u32).prop_map(|(s, ns)| Duration::new(s, ns))
}

fn jitter() -> impl Strategy<Value = Jitter> {
    prop_oneof![
        Just(Jitter::None),
        (0.0..=1.0).prop_map(Jitter::Proportional),
        Just(Jitter::Full),
        Just(Jitter::Equal),
        Just(Jitter::Decorrelated),
    ]
}

fn policy(seconds: u64) -> impl Strategy<Value = Policy> {
    (span(seconds), span(seconds), 1.0..4.0, jitter()).prop_map(|(base, max, factor, jitter)| {
        Policy::DEFAULT
            .with_base_delay(base)
            .with_max_delay(max)
            .with_exponential_base(factor)
            .with_jitter(jitter)
    })
}

proptest! {
    /// On both sides of where 63 bits end, some 292 years.
    #[test]
    fn rounding_is_that_of_the_standard_library(exponent in 0..90_i32, mantissa in 1.0..2.0) {
        let nanos: f64 = mantissa * 2_f64.powi(exponent);
        prop_assert_eq!((wide::nearest(nanos) as f64).to_bits(), nanos.round().to_bits());
        if exponent < 63 {
            prop_assert_eq!(i128::from(narrow::nearest(nanos)), wide::nearest(nanos));
        }
    }

    #[test]
    fn waits_are_the_same_in_64_bits_as_in_128(
        policy in prop_oneof![policy(1), policy(600), policy(NARROW)],
        retry_index in 0..70_u32,
        previous in prop_oneof![span(600), span(NARROW)],
        floor in prop_oneof![Just(Duration::ZERO), span(600), span(NARROW)],
        random: u64,
    ) {
        prop_assert!(policy.is_narrow_with(previous, floor));
        let narrow_delay = narrow::delay(&policy, retry_index);
        prop_assert_eq!(narrow_delay, wide::delay(&policy, retry_index));
        let narrow = narrow::Spread::new(&policy, retry_index, previous, floor);
        let wide = wide::Spread::new(&policy, retry_index, previous, floor);
        prop_assert_eq!(narrow.shortest(), wide.shortest());
        prop_assert_eq!(narrow.longest(), wide.longest());
        for random in [0, random, u64::MAX] {
            let drawn = narrow.draw(&mut Always(random));
            prop_assert_eq!(drawn, wide.draw(&mut Always(random)));
            prop_assert!(narrow.shortest() <= drawn && drawn <= narrow.longest());
        }
    }

    /// Both ends of a narrow range can be drawn.
    #[test]
    fn both_ends_are_drawn(policy in policy(600), retry_index in 0..20_u32) {
        let spread = narrow::Spread::new(&policy, retry_index, Duration::ZERO, Duration::ZERO);
        prop_assert_eq!(spread.draw(&mut Always(0)), spread.shortest());
        prop_assert_eq!(spread.draw(&mut Always(u64::MAX)), spread.longest());
        prop_assert!((spread.shortest()..=spread.longest()).contains(&spread.draw(&mut ThreadRandom)));
    }
}
