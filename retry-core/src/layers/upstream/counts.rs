//! [`Counts`]: the calls on an upstream, and their retries.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::primitives::striped::Striped;

/// How many calls an [`Upstream`](super::Upstream) has had, and how many retries they made: since the process began, and
/// only ever more.
///
/// A call adds one, to a cache line that is usually its thread's own. A call counts once its bulkhead has
/// let it in, and a retry when it is decided on.
///
/// ```
/// use persevere::upstream::Counts;
/// use persevere::{Budget, Policy, Upstream};
///
/// static COUNTS: Counts = Counts::new();
/// static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED)
///     .with_policy(Policy::DEFAULT.with_max_retries(2).with_base_delay(std::time::Duration::ZERO))
///     .with_counts(&COUNTS);
///
/// let failed = SEARCH.retry_blocking(|| Err::<u8, persevere::Rejection>(persevere::Rejection::TimedOut));
/// assert!(failed.call().is_err());
/// assert_eq!((COUNTS.calls(), COUNTS.retries()), (1, 2));
/// assert_eq!(COUNTS.retries_per_call(), Some(2.0)); // below 0.1 while all is well
/// ```
pub struct Counts {
    calls: Striped,
    retries: AtomicU64,
}

impl Counts {
    /// No calls, no retries.
    #[must_use]
    pub const fn new() -> Self {
        Self { calls: Striped::new(), retries: AtomicU64::new(0) }
    }

    /// The number of calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.sum()
    }

    /// The number of retries that were decided on.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The number of retries for each call; `None` before the first one.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio, for people to read")]
    pub fn retries_per_call(&self) -> Option<f64> {
        match self.calls() {
            0 => None,
            calls => Some(self.retries() as f64 / calls as f64),
        }
    }

    #[inline]
    pub(crate) fn count_call(&self) {
        self.calls.increment();
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Counts {
    /// [`Counts::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts")
            .field("calls", &self.calls())
            .field("retries", &self.retries())
            .finish()
    }
}
