//! [`Jitter`]: how waits are spread at random, so that callers who failed together do not all
//! return together.

use std::fmt;
use std::time::Duration;

use rand::{Rng, RngExt};

use crate::nanoseconds::{exceeds, longer, scale, shorter};
use crate::policy::Policy;

/// How a wait is spread at random.
///
/// `U(a, b)` is a uniform draw from *a* to *b*, *d* the wait of [`Policy::delay`]. `Full`, `Equal`
/// and `Decorrelated` are the three of the AWS article "Exponential Backoff And Jitter" (Marc
/// Brooker, 2015).
///
/// ```
/// use std::time::Duration;
/// use retry_core::{Jitter, Policy};
///
/// let policy = Policy::DEFAULT.with_jitter(Jitter::Equal);
/// assert_eq!(policy.delay_range(0), Duration::from_secs(1)..=Duration::from_secs(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Jitter {
    /// No spread: *d*.
    None,
    /// *d* + U(0, *p* · *d*) for a proportion *p* from 0.0 to 1.0. So that the spread does not die
    /// at the cap, *d* is first held to `max_delay / (1 + p)`.
    Proportional(f64),
    /// U(0, *d*).
    Full,
    /// *d*/2 + U(0, *d*/2).
    Equal,
    /// min(`max_delay`, U(`base_delay`, 3 · the wait before)). The wait before the first is taken
    /// as `base_delay`; `exponential_base` has no part in it.
    Decorrelated,
}

/// The bounds between which one wait is drawn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

impl Jitter {
    pub(crate) const fn is_valid(self) -> bool {
        match self {
            Self::Proportional(proportion) => proportion >= 0.0 && proportion <= 1.0,
            _ => true,
        }
    }

    /// The bounds of the wait before retry `retry_index`, after a wait of `previous`.
    ///
    /// A `floor` above the lower bound slides the whole range up to begin there: everyone told
    /// "in 10 seconds" must not return in the same instant.
    pub(crate) const fn spread(
        self,
        policy: &Policy,
        retry_index: u32,
        previous: Duration,
        floor: Duration,
    ) -> Spread {
        let max = policy.max_delay();
        let delay = policy.delay(retry_index);
        let own = match self {
            Self::None => Spread { from: delay, to: delay },
            Self::Proportional(proportion) => {
                let held = shorter(delay, scale(max, 1.0 / (1.0 + proportion)));
                let from = shorter(longer(held, floor), max);
                return Spread {
                    from,
                    to: shorter(from.saturating_add(scale(from, proportion)), max),
                };
            }
            Self::Full => Spread { from: Duration::ZERO, to: delay },
            Self::Equal => Spread { from: scale(delay, 0.5), to: delay },
            Self::Decorrelated => {
                let base = policy.base_delay();
                Spread { from: base, to: longer(base, previous.saturating_mul(3)) }
            }
        };
        if !exceeds(floor, own.from) {
            return own;
        }
        let width = own.to.saturating_sub(own.from);
        Spread { from: shorter(floor, max), to: shorter(floor.saturating_add(width), max) }
    }
}

impl Spread {
    pub(crate) fn draw<R: Rng + ?Sized>(self, rng: &mut R) -> Duration {
        let width = self.to.saturating_sub(self.from);
        if width.is_zero() {
            return self.from; // asks nothing of the random source
        }
        let fraction: f64 = rng.random();
        shorter(self.from.saturating_add(scale(width, fraction)), self.to)
    }
}

impl fmt::Display for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no jitter"),
            Self::Proportional(proportion) => {
                let percent = (proportion * 10_000.0).round() / 100.0; // 0.07 · 100 is not quite 7
                write!(f, "jitter 0–{percent} %")
            }
            Self::Full => f.write_str("full jitter"),
            Self::Equal => f.write_str("equal jitter"),
            Self::Decorrelated => f.write_str("decorrelated jitter"),
        }
    }
}
