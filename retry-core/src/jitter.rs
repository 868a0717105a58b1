//! [`Jitter`]: how waits are spread at random, so that callers who failed together do not all
//! return together.

use std::fmt;
use std::time::Duration;

use rand::{Rng, RngExt};

use crate::nanoseconds::{from_nanos, longer, nanos, scale, shorter};
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

/// What one wait is drawn from, before the cap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    /// The shortest wait: exact, where a detour by floating point would round.
    pub(crate) from: Duration,
    /// How many nanoseconds longer the longest one is.
    width: f64,
}

impl Jitter {
    pub(crate) const fn is_valid(self) -> bool {
        match self {
            Self::Proportional(proportion) => proportion >= 0.0 && proportion <= 1.0,
            _ => true,
        }
    }

    /// The spread of the wait before retry `retry_index`, after a wait of `previous`.
    ///
    /// A `floor` above the shortest wait slides the whole spread up to begin there: everyone told
    /// "in 10 seconds" must not return in the same instant.
    pub(crate) const fn spread(
        self,
        policy: &Policy,
        retry_index: u32,
        previous: Duration,
        floor: Duration,
    ) -> Spread {
        let delay = policy.delay(retry_index);
        let own = match self {
            Self::None => Spread { from: delay, width: 0.0 },
            Self::Proportional(proportion) => {
                let max = policy.max_delay();
                let from = longer(delay, floor);
                if nanos(from) * (1.0 + proportion) <= nanos(max) {
                    return Spread { from, width: nanos(from) * proportion };
                }
                let held = shorter(delay, scale(max, 1.0 / (1.0 + proportion)));
                let from = shorter(longer(held, floor), max);
                return Spread { from, width: nanos(from) * proportion };
            }
            Self::Full => Spread { from: Duration::ZERO, width: nanos(delay) },
            Self::Equal => {
                let half = scale(delay, 0.5);
                Spread { from: half, width: nanos(delay.saturating_sub(half)) }
            }
            Self::Decorrelated => {
                let base = policy.base_delay();
                let width = nanos(previous.saturating_mul(3).saturating_sub(base));
                Spread { from: base, width }
            }
        };
        Spread { from: longer(own.from, floor), ..own }
    }
}

impl Spread {
    /// The longest wait.
    pub(crate) const fn to(self) -> Duration {
        self.from.saturating_add(from_nanos(self.width))
    }

    pub(crate) fn draw<R: Rng + ?Sized>(self, rng: &mut R) -> Duration {
        if self.width <= 0.0 {
            return self.from; // asks nothing of the random source
        }
        let fraction: f64 = rng.random();
        self.from.saturating_add(from_nanos(self.width * fraction))
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
