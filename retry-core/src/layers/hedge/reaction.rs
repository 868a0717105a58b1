//! [`Reaction`]: what follows the failure of an attempt in a race.

use std::time::Duration;

use crate::classify::Verdict;
use crate::engine::{Decision, Failure, GiveUp, History, decide};
use crate::policy::Policy;
use crate::primitives::random::ThreadRandom;

/// What a race does after one of its attempts has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reaction {
    /// It starts another attempt.
    AtOnce,
    /// It starts no more: the limit is reached, or the failure asks for a wait, and a race has none.
    NoMore,
    /// It ends, with this failure.
    Over,
}

/// A failure is retried without any wait but the one that it asks for.
const WITHOUT_WAIT: Policy =
    Policy::CONSERVATIVE.with_base_delay(Duration::ZERO).with_max_delay(Duration::MAX);

/// A throttled failure asks for a wait, however long.
const WITH_WAIT: Policy = Policy::CONSERVATIVE;

/// The reaction to a failure with that verdict, while `left` extra attempts may still start.
#[cold]
pub(super) fn reaction_to(verdict: Verdict, left: u32) -> Reaction {
    let policy = WITHOUT_WAIT.with_max_retries(left);
    let failure = Failure::new(&policy, verdict).throttled(&WITH_WAIT);
    match decide(&failure, &History::NEW, &mut ThreadRandom) {
        Decision::Retry(Duration::ZERO) => Reaction::AtOnce,
        Decision::GiveUp(GiveUp::Permanent) => Reaction::Over,
        Decision::Retry(_) | Decision::GiveUp(_) => Reaction::NoMore,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_asks_for_no_wait_is_followed_at_once() {
        let second = Duration::from_secs(1);
        let cases = [
            (Verdict::TRANSIENT, 1, Reaction::AtOnce),
            (Verdict::TRANSIENT, u32::MAX, Reaction::AtOnce),
            (Verdict::TRANSIENT, 0, Reaction::NoMore),
            (Verdict::TRANSIENT.with_retry_after(Duration::ZERO), 1, Reaction::AtOnce),
            (Verdict::TRANSIENT.with_retry_after(second), 1, Reaction::NoMore),
            (Verdict::TRANSIENT.with_retry_after(Duration::MAX), 1, Reaction::NoMore),
            (Verdict::THROTTLED, 1, Reaction::NoMore),
            (Verdict::THROTTLED.with_retry_after(second), 1, Reaction::NoMore),
            (Verdict::PERMANENT, 1, Reaction::Over),
            (Verdict::PERMANENT, 0, Reaction::Over),
        ];
        for (verdict, left, next) in cases {
            assert_eq!(reaction_to(verdict, left), next, "{verdict:?}, {left} left");
        }
    }
}
