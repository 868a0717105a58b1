//! [`SoFar`]: what a call looks back on when an attempt ends, wherever that was kept.

use std::time::Duration;

use crate::call::retry::Retry;
use crate::engine::History;
use crate::primitives::nanoseconds::Nanoseconds;

/// What has happened in a call before the attempt that has just ended, or is about to begin.
///
/// The decision and its events look at this alone, so that they are the same for a loop, which keeps
/// a [`Retry`], and for a driver, which keeps numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SoFar {
    /// The retries and the last wait.
    pub(crate) history: History,
    /// The sum of all waits that have begun.
    pub(crate) waited: Nanoseconds,
    /// The part of them that a test let pass without waiting.
    pub(crate) skipped: Duration,
    /// What the policy in force allowed at the last decision; `None` if there was none.
    pub(crate) max_retries: Option<u32>,
    /// The time since the first failure; `None` if there was none.
    #[cfg(feature = "metrics")]
    pub(crate) failing_for: Option<Duration>,
}

impl SoFar {
    /// Nothing: the call's first attempt.
    pub(crate) const NOTHING: Self = Self {
        history: History::NEW,
        waited: Nanoseconds::ZERO,
        skipped: Duration::ZERO,
        max_retries: None,
        #[cfg(feature = "metrics")]
        failing_for: None,
    };

    /// What a loop looks back on: `retry` is the retry that is due, or under way.
    #[inline]
    pub(crate) fn of(retry: Option<&Retry>) -> Self {
        retry.map_or(Self::NOTHING, Retry::so_far)
    }

    /// The number of the attempt, counted from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.history.retries.saturating_add(1)
    }
}
