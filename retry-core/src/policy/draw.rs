//! The range that a wait is drawn from, in whole nanoseconds: [`narrow::Spread`] or [`wide::Spread`].
//!
//! The code is written once and compiled twice: with 64 bits, if all durations at hand are shorter than
//! 68 years, and otherwise with 128, which hold every duration but take more instructions. The integers
//! are signed, since processors convert those from and to floats by themselves.

#![allow(
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "none is negative or too large, floats saturate, and 53 bits are enough for a factor"
)]

use std::time::Duration;

use rand::Rng;

use super::Policy;
use crate::policy::jitter::Jitter;
use crate::primitives::nanoseconds::{PER_SECOND, shorter};

/// Durations of fewer seconds are narrow: the sum of four of them fits into 63 bits.
const NARROW: u64 = 1 << 31;

impl Policy {
    /// Whether the policy's waits fit into 64 bits.
    #[inline]
    pub(super) const fn is_narrow(&self) -> bool {
        (self.base_delay.as_secs() | self.max_delay.as_secs()) < NARROW
    }

    /// The same for waits that also depend on `previous` and `floor`.
    #[inline]
    pub(super) const fn is_narrow_with(&self, previous: Duration, floor: Duration) -> bool {
        self.is_narrow() && (previous.as_secs() | floor.as_secs()) < NARROW
    }
}

/// `base` to the power `exponent`, by squaring: `f64::powi` is not `const`. Overflows to infinity.
#[inline]
const fn power(mut base: f64, mut exponent: u32) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

macro_rules! spread_in {
    ($module:ident, $int:ty, $unsigned:ty, $duration:expr) => {
        pub(super) mod $module {
            use super::*;

            /// The range that one wait is drawn from, before the cap.
            #[derive(Clone, Copy, Debug)]
            pub(in crate::policy) struct Spread {
                /// The shortest wait.
                from: $int,
                /// The difference between the longest wait and the shortest.
                width: $int,
                /// The cap.
                max: $int,
            }

            #[inline]
            const fn of(duration: Duration) -> $int {
                duration.as_secs() as $int * PER_SECOND as $int + duration.subsec_nanos() as $int
            }

            /// The nearest integer, halves rounded up, saturating; not for NaN and negative numbers.
            #[inline]
            pub(in crate::policy) const fn nearest(nanos: f64) -> $int {
                // `f64::round` is a call where the processor is not known to have an instruction.
                let whole = nanos as $int;
                let rounds_up = nanos - whole as f64 >= 0.5;
                whole.saturating_add(rounds_up as $int)
            }

            /// `nanos · factor` to the nearest integer, saturating.
            #[inline]
            const fn scaled(nanos: $int, factor: f64) -> $int {
                if nanos == 0 {
                    return 0; // and not 0 · ∞, which is NaN
                }
                nearest(nanos as f64 * factor)
            }

            #[inline]
            const fn smaller(a: $int, b: $int) -> $int {
                if a < b { a } else { b }
            }

            #[inline]
            const fn larger(a: $int, b: $int) -> $int {
                if a > b { a } else { b }
            }

            #[inline]
            const fn grown(policy: &Policy, retry_index: u32) -> $int {
                if let [.., last] = policy.waits {
                    let index = retry_index as usize;
                    let wait = if index < policy.waits.len() { policy.waits[index] } else { *last };
                    return of(shorter(wait, policy.max_delay));
                }
                let base = of(policy.base_delay);
                let factor = power(policy.exponential_base, retry_index);
                let grown = if factor <= 1.0 {
                    base // exact, where a detour by floating point would round
                } else {
                    scaled(base, factor)
                };
                smaller(grown, of(policy.max_delay))
            }

            /// As [`Policy::delay`].
            #[inline]
            pub(in crate::policy) const fn delay(policy: &Policy, retry_index: u32) -> Duration {
                $duration(grown(policy, retry_index))
            }

            impl Spread {
                /// The spread of the wait before retry `retry_index`, after a wait of `previous`.
                ///
                /// A `floor` above the shortest wait slides the whole spread up to begin there:
                /// callers that were all asked to return in 10 s must not return in the same instant.
                #[inline]
                pub(in crate::policy) const fn new(
                    policy: &Policy,
                    retry_index: u32,
                    previous: Duration,
                    floor: Duration,
                ) -> Self {
                    let (max, floor) = (of(policy.max_delay), of(floor));
                    let delay = grown(policy, retry_index);
                    let (from, width) = match policy.jitter {
                        Jitter::None => (delay, 0),
                        Jitter::Proportional(proportion) => {
                            let mut from = larger(delay, floor);
                            if from as f64 * (1.0 + proportion) > max as f64 {
                                let held = smaller(delay, scaled(max, 1.0 / (1.0 + proportion)));
                                from = smaller(larger(held, floor), max);
                            }
                            (from, scaled(from, proportion))
                        }
                        Jitter::Full => (0, delay),
                        Jitter::Equal => (delay - delay / 2, delay / 2),
                        Jitter::Decorrelated => {
                            let base = of(policy.base_delay);
                            (base, larger(3 * of(previous) - base, 0))
                        }
                    };
                    Self { from: larger(from, floor), width, max }
                }

                /// The shortest wait.
                pub(in crate::policy) const fn shortest(self) -> Duration {
                    $duration(smaller(self.from, self.max))
                }

                /// The longest wait.
                pub(in crate::policy) const fn longest(self) -> Duration {
                    $duration(smaller(self.from + self.width, self.max))
                }

                /// One of the waits, all equally likely; of more than 2⁶⁴, one of 2⁶⁴ evenly spaced.
                #[inline]
                pub(in crate::policy) fn draw<R: Rng + ?Sized>(self, rng: &mut R) -> Duration {
                    if self.width == 0 {
                        return self.shortest(); // no random number is drawn
                    }
                    let waits = (self.width + 1) as $unsigned as u128;
                    let random = rng.next_u64() as u128;
                    // `waits · random / 2⁶⁴`: the whole product may take more than 128 bits.
                    let lower = (waits & u64::MAX as u128) * random >> 64;
                    let drawn = (waits >> 64) * random + lower;
                    $duration(smaller(self.from + drawn as $int, self.max))
                }
            }
        }
    };
}

spread_in!(narrow, i64, u64, narrow_duration);
spread_in!(wide, i128, u128, wide_duration);

#[inline]
const fn narrow_duration(nanos: i64) -> Duration {
    Duration::from_nanos(nanos as u64)
}

/// For what is within a policy's `max_delay`, and so is a duration.
const fn wide_duration(nanos: i128) -> Duration {
    let per_second = PER_SECOND as i128;
    Duration::new((nanos / per_second) as u64, (nanos % per_second) as u32)
}

#[cfg(test)]
mod tests;
