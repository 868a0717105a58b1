//! [`SoFar`]: what has happened in a call before an attempt.

use std::time::Duration;

use crate::call::retry::Retry;
use crate::classify::Verdict;
use crate::engine::{ByKind, History};
use crate::policy::retry_limit::RetryLimit;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::time::clock::Instant;

/// What has happened in a call before the attempt that has just ended, or is about to begin.
///
/// The decision and its events depend on nothing else of the past, so that they are the same for a loop,
/// which keeps a [`Retry`], and for a driver, which keeps numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SoFar {
    /// The retries and the last wait.
    pub(crate) history: History,
    /// The sum of all waits that have begun.
    pub(crate) waited: Nanoseconds,
    /// The sum of those that a test skipped.
    pub(crate) skipped: Duration,
    /// The limit of the policy that was in force at the last decision; `None` before the first.
    pub(crate) limit: Option<RetryLimit>,
    /// The retries by the kind of failure that they followed.
    pub(crate) by_kind: ByKind,
    /// When the attempt began, which is a retry: where its policy may start the count anew.
    pub(crate) began: Option<Instant>,
    /// Whether any attempt has failed: polls are no failures.
    pub(crate) has_failed: bool,
    /// The time since the first failure; `None` before it.
    #[cfg(feature = "metrics")]
    pub(crate) failing_for: Option<Duration>,
}

impl SoFar {
    /// Nothing: for the call's first attempt.
    pub(crate) const NOTHING: Self = Self {
        history: History::NEW,
        waited: Nanoseconds::ZERO,
        skipped: Duration::ZERO,
        limit: None,
        by_kind: ByKind::NONE,
        began: None,
        has_failed: false,
        #[cfg(feature = "metrics")]
        failing_for: None,
    };

    /// For a loop, whose `retry` waits or runs.
    #[inline]
    pub(crate) fn of(retry: Option<&Retry<'_>>) -> Self {
        retry.map_or(Self::NOTHING, Retry::so_far)
    }

    /// The history, as it matters to a failure with that verdict.
    #[inline]
    pub(crate) fn history_of(&self, verdict: Verdict) -> History {
        match verdict.kind_limit() {
            None => self.history,
            Some(limit) => self.history.with_retries_of_kind(self.by_kind.of(limit.kind)),
        }
    }

    /// The retries by kind, with the one that follows a failure with that verdict.
    #[inline]
    pub(crate) fn by_kind_after(&self, verdict: Verdict, is_anew: bool) -> ByKind {
        let mut by_kind = if is_anew { ByKind::NONE } else { self.by_kind };
        if let Some(limit) = verdict.kind_limit() {
            by_kind.count(limit.kind);
        }
        by_kind
    }

    /// Before the retry that was decided on last, and its wait.
    pub(crate) fn without_the_last(self) -> Self {
        let History { retries, previous_delay, .. } = self.history;
        let waited = self.waited.minus(previous_delay.unwrap_or_default());
        Self { history: History::new(retries.saturating_sub(1), None), waited, ..self }
    }

    /// The number of the attempt, counted from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.history.retries.saturating_add(1)
    }
}
