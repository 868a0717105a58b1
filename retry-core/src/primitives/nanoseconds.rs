//! Short spans in half the space, and comparisons of durations in `const` contexts.

use std::time::Duration;

pub(crate) const PER_SECOND: u64 = 1_000_000_000;
const SECONDS_IN_64_BITS: u64 = u64::MAX / PER_SECOND;

/// The shorter of two durations; `Ord::min` is not `const`.
pub(crate) const fn shorter(a: Duration, b: Duration) -> Duration {
    if exceeds(a, b) { b } else { a }
}

/// The longer of two durations; `Ord::max` is not `const`.
pub(crate) const fn longer(a: Duration, b: Duration) -> Duration {
    if exceeds(a, b) { a } else { b }
}

/// Whether `a` is longer than `b`; `PartialOrd` is not `const`.
const fn exceeds(a: Duration, b: Duration) -> bool {
    a.as_secs() > b.as_secs() || a.as_secs() == b.as_secs() && a.subsec_nanos() > b.subsec_nanos()
}

/// A span of up to 584 years in eight bytes, where a `Duration` takes sixteen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nanoseconds(u64);

impl Nanoseconds {
    pub(crate) const ZERO: Self = Self(0);

    /// The span, or the longest possible one.
    pub(crate) const fn of(span: Duration) -> Self {
        if span.as_secs() >= SECONDS_IN_64_BITS {
            return Self(u64::MAX);
        }
        Self(span.as_secs() * PER_SECOND + span.subsec_nanos() as u64)
    }

    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(Self::of(span).0))
    }

    pub(crate) fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(Self::of(span).0))
    }

    pub(crate) const fn count(self) -> u64 {
        self.0
    }

    pub(crate) const fn span(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}
