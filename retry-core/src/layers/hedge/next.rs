//! What follows the failure of an attempt in a race.

use std::time::Duration;

use crate::classify::Verdict;
use crate::engine::{Decision, Failure, GiveUp, History, decide};
use crate::policy::Policy;
use crate::primitives::random::ThreadRandom;

/// What a race does after one of its attempts has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It starts another attempt.
    AtOnce,
    /// It starts no more: the limit is reached, or a wait is asked for, which is not for a race.
    NoMore,
    /// It ends, with this failure.
    Over,
}

/// A failure is retried without any wait but the one that it asks for.
const WITHOUT_WAIT: Policy =
    Policy::CONSERVATIVE.with_base_delay(Duration::ZERO).with_max_delay(Duration::MAX);

/// Throttled, it asks for one, however long.
const WITH_WAIT: Policy = Policy::CONSERVATIVE;

/// What follows a failure with that verdict, where so many extra attempts may still start.
#[cold]
pub(super) fn next_after(verdict: Verdict, left: u32) -> Next {
    let policy = WITHOUT_WAIT.with_max_retries(left);
    let failure = Failure::new(&policy, verdict).throttled(&WITH_WAIT);
    match decide(&failure, &History::NEW, &mut ThreadRandom) {
        Decision::Retry(Duration::ZERO) => Next::AtOnce,
        Decision::GiveUp(GiveUp::Permanent) => Next::Over,
        Decision::Retry(_) | Decision::GiveUp(_) => Next::NoMore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_asks_for_no_wait_is_followed_at_once() {
        let second = Duration::from_secs(1);
        let cases = [
            (Verdict::TRANSIENT, 1, Next::AtOnce),
            (Verdict::TRANSIENT, u32::MAX, Next::AtOnce),
            (Verdict::TRANSIENT, 0, Next::NoMore),
            (Verdict::TRANSIENT.with_retry_after(Duration::ZERO), 1, Next::AtOnce),
            (Verdict::TRANSIENT.with_retry_after(second), 1, Next::NoMore),
            (Verdict::TRANSIENT.with_retry_after(Duration::MAX), 1, Next::NoMore),
            (Verdict::THROTTLED, 1, Next::NoMore),
            (Verdict::THROTTLED.with_retry_after(second), 1, Next::NoMore),
            (Verdict::PERMANENT, 1, Next::Over),
            (Verdict::PERMANENT, 0, Next::Over),
        ];
        for (verdict, left, next) in cases {
            assert_eq!(next_after(verdict, left), next, "{verdict:?}, {left} left");
        }
    }
}
