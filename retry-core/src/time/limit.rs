//! [`Limit`]: how long an attempt or a wait may take.

mod limited;

use std::time::Duration;

pub use self::limited::{Limited, within_by};
use crate::cancel::scope;
use crate::classify::rejection::Rejection;
use crate::time::clock::{self, Instant};
use crate::time::timeline::Timeline;

/// Until when an attempt or a wait may take, and the rejection if it takes longer.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    since: Instant,
    until: Instant,
    rejection: Rejection,
}

impl Limit {
    /// The limit of an attempt that begins now: the nearer of its `timeout` and the call's deadline; `None`
    /// without either, and of a time beyond the clock's range. The deadline wins a tie, since no retry
    /// would follow. An attempt of a cancelled call has no time.
    #[inline]
    #[must_use]
    pub fn of(timeline: Option<&Timeline>, timeout: Option<Duration>) -> Option<Self> {
        let deadline = timeline.and_then(Timeline::deadline);
        if deadline.is_none() && timeout.is_none() {
            return None;
        }
        Self::of_attempt(clock::now(), timeout, deadline)
    }

    /// As [`of`](Self::of), of an attempt that begins as its call does: the clock is read no second time.
    #[inline]
    pub(crate) fn of_first(timeline: &Timeline, timeout: Option<Duration>) -> Option<Self> {
        Self::of_attempt(timeline.started(), timeout, timeline.deadline())
    }

    #[inline]
    fn of_attempt(
        since: Instant,
        timeout: Option<Duration>,
        deadline: Option<Instant>,
    ) -> Option<Self> {
        if scope::is_cancelled() {
            return Some(Self { since, until: since, rejection: Rejection::Cancelled });
        }
        Self::nearer(since, (timeout, Rejection::TimedOut), deadline)
    }

    /// The limit of a wait for a permit: the nearer of the bulkhead's longest wait and the time left
    /// until the caller's deadline, which wins a tie.
    pub(crate) fn of_wait(max_wait: Option<Duration>, remaining: Option<Duration>) -> Option<Self> {
        if max_wait.is_none() && remaining.is_none() {
            return None;
        }
        let now = clock::now();
        let deadline = remaining.and_then(|remaining| now.checked_add(remaining));
        Self::nearer(now, (max_wait, Rejection::BulkheadFull), deadline)
    }

    #[inline]
    fn nearer(
        since: Instant,
        (longest, rejection): (Option<Duration>, Rejection),
        deadline: Option<Instant>,
    ) -> Option<Self> {
        match (longest.and_then(|longest| since.checked_add(longest)), deadline) {
            (Some(until), deadline) if deadline.is_none_or(|deadline| until < deadline) => {
                Some(Self { since, until, rejection })
            }
            (_, Some(until)) => Some(Self { since, until, rejection: Rejection::DeadlineExceeded }),
            (_, None) => None,
        }
    }

    /// How long the attempt may take.
    #[must_use]
    pub fn after(&self) -> Duration {
        self.until.saturating_duration_since(self.since)
    }

    /// How much of that is left.
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(clock::now())
    }

    /// Whether there is no time at all.
    pub(crate) fn is_over(&self) -> bool {
        self.until <= self.since
    }

    pub(crate) fn rejection(&self) -> Rejection {
        self.rejection
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[cfg(feature = "tokio")]
    #[test]
    fn of_a_timeout_and_a_deadline_as_near_it_is_the_deadline() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("it takes nothing");
        let _paused = runtime.enter();
        let timeline = Timeline::start(Some(3 * SECOND));
        for (timeout, rejection) in [
            (Duration::new(2, 999_999_999), Rejection::TimedOut),
            (3 * SECOND, Rejection::DeadlineExceeded),
            (3 * SECOND + Duration::from_nanos(1), Rejection::DeadlineExceeded),
        ] {
            let nearer = Limit::of(Some(&timeline), Some(timeout)).expect("there are two");
            assert_eq!((nearer.after(), nearer.rejection), (timeout.min(3 * SECOND), rejection));
        }
        let only = Limit::of(Some(&Timeline::start(None)), Some(SECOND)).expect("there is one");
        assert_eq!((only.after(), only.rejection), (SECOND, Rejection::TimedOut));
        let past = Timeline::start(Some(Duration::ZERO));
        let none_left = Limit::of(Some(&past), Some(Duration::ZERO)).expect("there are two");
        assert_eq!(none_left.after(), Duration::ZERO);
        assert_eq!(none_left.rejection, Rejection::DeadlineExceeded);
        assert!(Limit::of(Some(&Timeline::start(None)), None).is_none());
    }

    #[test]
    fn of_a_longest_wait_and_a_deadline_as_near_it_is_the_deadline() {
        let full = |after| Some((after, Rejection::BulkheadFull));
        let late = |after| Some((after, Rejection::DeadlineExceeded));
        let (short, long) = (SECOND, SECOND + Duration::from_nanos(1));
        for (max_wait, remaining, expected) in [
            (None, None, None),
            (Some(short), None, full(short)),
            (None, Some(short), late(short)),
            (Some(short), Some(long), full(short)),
            (Some(short), Some(short), late(short)),
            (Some(long), Some(short), late(short)),
        ] {
            let limit = Limit::of_wait(max_wait, remaining);
            assert_eq!(limit.map(|limit| (limit.after(), limit.rejection)), expected);
        }
    }
}
