//! [`Tally`]: how many calls there were, and how they went.

use std::fmt;

/// How the calls in a [`CircuitBreaker`](super::CircuitBreaker)'s window went.
///
/// ```
/// use persevere::{CircuitBreaker, Verdict};
///
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
///
/// BREAKER.try_acquire().expect("it is closed").failed(Verdict::TRANSIENT);
/// BREAKER.try_acquire().expect("it is closed").succeeded();
/// let tally = BREAKER.tally();
/// assert_eq!((tally.calls, tally.failed, tally.slow), (2, 1, 0));
/// assert_eq!(tally.to_string(), "2 calls, 1 failed, 0 slow");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Calls in all.
    pub calls: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that took too long, failed or not.
    pub slow: u64,
}

impl Tally {
    /// Whether `part` of the calls is at least that share of them.
    #[allow(clippy::cast_precision_loss, reason = "a share needs no 64 bits")]
    pub(crate) fn reaches(self, part: u64, share: f64) -> bool {
        part > 0 && part as f64 + 1e-9 >= share * self.calls as f64 // 0.07 · 100 is not quite 7
    }
}

impl fmt::Display for Tally {
    /// One line for a status page, such as `20 calls, 3 failed, 1 slow`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls = if self.calls == 1 { "call" } else { "calls" };
        write!(f, "{} {calls}, {} failed, {} slow", self.calls, self.failed, self.slow)
    }
}

/// How one call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallEnd {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

impl CallEnd {
    /// Neither failed nor slow.
    pub(crate) const fn is_clean(self) -> bool {
        !self.failed && !self.slow
    }
}
