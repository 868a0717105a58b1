//! Saturating arithmetic on durations that also works in `const` context.

use std::time::Duration;

/// `duration · factor` to the nearest nanosecond, saturating; `factor` must not be negative.
#[allow(clippy::cast_precision_loss, reason = "a spread of waits needs no 64 bits")]
pub(crate) const fn scale(duration: Duration, factor: f64) -> Duration {
    if duration.is_zero() {
        return Duration::ZERO; // and not 0 · ∞, which is NaN
    }
    from_nanos((duration.as_nanos() as f64 * factor).round())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate"
)]
const fn from_nanos(nanos: f64) -> Duration {
    const PER_SECOND: u128 = 1_000_000_000;
    let nanos = nanos as u128;
    if nanos > Duration::MAX.as_nanos() {
        Duration::MAX
    } else {
        Duration::new((nanos / PER_SECOND) as u64, (nanos % PER_SECOND) as u32)
    }
}

/// The shorter of two durations; `Ord::min` is not `const`.
pub(crate) const fn shorter(a: Duration, b: Duration) -> Duration {
    if a.as_nanos() <= b.as_nanos() { a } else { b }
}

/// The longer of two durations; `Ord::max` is not `const`.
pub(crate) const fn longer(a: Duration, b: Duration) -> Duration {
    if a.as_nanos() >= b.as_nanos() { a } else { b }
}

/// A span of up to 584 years in eight bytes, where a `Duration` takes sixteen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nanoseconds(u64);

impl Nanoseconds {
    /// The span, or the longest there is.
    pub(crate) fn of(span: Duration) -> Self {
        Self(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(crate) fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(Self::of(span).0))
    }

    pub(crate) const fn span(self) -> Duration {
        Duration::from_nanos(self.0)
    }
}
