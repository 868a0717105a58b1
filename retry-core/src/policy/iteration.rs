//! [`Waits`]: a policy as an iterator, which is what other libraries take for a strategy.

use std::time::Duration;

use super::Policy;
use crate::primitives::random::ThreadRandom;

/// The waits of a [`Policy`] in order, with jitter from a generator of this thread: `max_retries`
/// items. Made by iterating over the policy.
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless they are advanced"]
pub struct Waits {
    policy: Policy,
    /// Counted from 0.
    next: u32,
    previous: Duration,
}

impl Iterator for Waits {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.next >= self.policy.max_retries {
            return None;
        }
        let wait = self.policy.draw(self.next, self.previous, Duration::ZERO, &mut ThreadRandom);
        self.previous = wait;
        self.next += 1;
        Some(wait)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match usize::try_from(self.policy.max_retries - self.next) {
            Ok(left) => (left, Some(left)),
            Err(_) => (usize::MAX, None),
        }
    }
}

/// Every wait in order, jittered: for a loop of your own, and for libraries whose strategies are
/// iterators of durations, such as `tokio-retry` and `tokio-retry2`.
///
/// [`Policy::delays`] takes a generator of yours, so that a seed can be given;
/// [`Policy::schedule`] leaves the jitter out.
///
/// ```
/// use persevere::Policy;
///
/// for (retry, wait) in Policy::DEFAULT.into_iter().enumerate() {
///     let nominal = Policy::DEFAULT.delay(retry as u32);
///     assert!((nominal..=nominal.mul_f64(1.25)).contains(&wait));
/// }
/// assert_eq!(Policy::DEFAULT.into_iter().count(), 5);
/// ```
impl IntoIterator for Policy {
    type Item = Duration;
    type IntoIter = Waits;

    fn into_iter(self) -> Waits {
        Waits { policy: self, next: 0, previous: self.base_delay }
    }
}
