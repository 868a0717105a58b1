//! Saturating arithmetic on durations that also works in `const` context.

use std::time::Duration;

/// `duration · factor` to the nearest nanosecond, saturating; `factor` must not be negative.
pub(crate) const fn scale(duration: Duration, factor: f64) -> Duration {
    if duration.is_zero() {
        return Duration::ZERO; // and not 0 · ∞, which is NaN
    }
    from_nanos(nanos(duration) * factor)
}

/// A duration in nanoseconds; of more than 2⁵³, some 104 days, to the nearest float.
///
/// In 64 bits where they suffice: 128 take calls, and this is done for every wait. Signed ones,
/// which a processor turns into a float and back by itself.
#[allow(clippy::cast_precision_loss, reason = "a spread of waits needs no 64 bits")]
pub(crate) const fn nanos(duration: Duration) -> f64 {
    if duration.as_secs() < SECONDS_IN_63_BITS {
        let nanos = duration.as_secs() * PER_SECOND + duration.subsec_nanos() as u64;
        nanos.cast_signed() as f64
    } else {
        duration.as_nanos() as f64
    }
}

/// The duration of so many nanoseconds to the nearest one, halves rounded up, saturating; not for
/// NaN and negative numbers.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate"
)]
pub(crate) const fn from_nanos(nanos: f64) -> Duration {
    if nanos < (SECONDS_IN_63_BITS * PER_SECOND) as f64 {
        // `f64::round` is a call where the processor is not known to have an instruction for it.
        let whole = nanos as i64;
        let rounded_up = nanos - whole as f64 >= 0.5;
        return Duration::from_nanos(whole.cast_unsigned() + rounded_up as u64);
    }
    let nanos = nanos as u128; // a float of that size has no fraction
    if nanos > Duration::MAX.as_nanos() {
        Duration::MAX
    } else {
        let per_second = PER_SECOND as u128;
        Duration::new((nanos / per_second) as u64, (nanos % per_second) as u32)
    }
}

const PER_SECOND: u64 = 1_000_000_000;
const SECONDS_IN_64_BITS: u64 = u64::MAX / PER_SECOND;
const SECONDS_IN_63_BITS: u64 = i64::MAX.cast_unsigned() / PER_SECOND;

/// The shorter of two durations; `Ord::min` is not `const`.
pub(crate) const fn shorter(a: Duration, b: Duration) -> Duration {
    if exceeds(a, b) { b } else { a }
}

/// The longer of two durations; `Ord::max` is not `const`.
pub(crate) const fn longer(a: Duration, b: Duration) -> Duration {
    if exceeds(b, a) { b } else { a }
}

/// Whether `a` is longer than `b`; `PartialOrd` is not `const`.
pub(crate) const fn exceeds(a: Duration, b: Duration) -> bool {
    a.as_secs() > b.as_secs() || a.as_secs() == b.as_secs() && a.subsec_nanos() > b.subsec_nanos()
}

/// A span of up to 584 years in eight bytes, where a `Duration` takes sixteen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nanoseconds(u64);

impl Nanoseconds {
    pub(crate) const ZERO: Self = Self(0);

    /// The span, or the longest there is.
    pub(crate) const fn of(span: Duration) -> Self {
        if span.as_secs() >= SECONDS_IN_64_BITS {
            return Self(u64::MAX);
        }
        Self(span.as_secs() * PER_SECOND + span.subsec_nanos() as u64)
    }

    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(Self::of(span).0))
    }

    pub(crate) const fn count(self) -> u64 {
        self.0
    }

    pub(crate) const fn span(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn floats_become_the_nearest_nanosecond() {
        for (nanos, expected) in [
            (0.0, 0),
            (0.49, 0),
            (0.5, 1),
            (1.5, 2),
            (2.5, 3),                                         // halves up, and not to even
            (4_503_599_627_370_495.5, 4_503_599_627_370_496), // below 2⁵²: the last half
            (9_007_199_254_740_994.0, 9_007_199_254_740_994), // above 2⁵³: even ones alone
        ] {
            assert_eq!(from_nanos(nanos), Duration::from_nanos(expected), "{nanos}");
        }
        assert_eq!(from_nanos(f64::INFINITY), Duration::MAX);
        assert_eq!(from_nanos(f64::MAX), Duration::MAX);
    }

    proptest! {
        /// On both sides of where 64 bits end, some 292 years.
        #[test]
        fn rounding_is_that_of_the_standard_library(exponent in 0..90_i32, mantissa in 1.0..2.0) {
            let nanos: f64 = mantissa * 2_f64.powi(exponent);
            let rounded = nanos.round();
            prop_assert_eq!(super::nanos(from_nanos(nanos)).to_bits(), rounded.to_bits());
        }

        #[test]
        fn durations_survive_the_way_through_floats(nanos in 0..=1_u64 << 53) {
            let duration = Duration::from_nanos(nanos);
            prop_assert_eq!(from_nanos(super::nanos(duration)), duration);
        }
    }
}
