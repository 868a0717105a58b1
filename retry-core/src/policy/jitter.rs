//! [`Jitter`]: how waits are spread at random, so that callers who failed together do not all
//! return together.

use std::fmt;

/// How a wait is spread at random.
///
/// `U(a, b)` is a uniform draw from *a* to *b*, *d* the wait of
/// [`Policy::delay`](crate::Policy::delay). `Full`, `Equal` and `Decorrelated` are the three of the
/// AWS article "Exponential Backoff And Jitter" (Marc Brooker, 2015).
///
/// ```
/// use std::time::Duration;
/// use persevere::{Jitter, Policy};
///
/// let policy = Policy::DEFAULT.with_jitter(Jitter::Equal);
/// assert_eq!(policy.delay_range(0), Duration::from_secs(1)..=Duration::from_secs(2));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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
    /// as `base_delay`; `exponential_base` has no part in it, nor has a list of waits beyond its first.
    Decorrelated,
}

impl Jitter {
    pub(crate) const fn is_valid(self) -> bool {
        match self {
            Self::Proportional(proportion) => proportion >= 0.0 && proportion <= 1.0,
            _ => true,
        }
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
