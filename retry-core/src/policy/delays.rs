//! [`Delays`]: the jittered waits of a policy, as an iterator.

use std::time::Duration;

use rand::Rng;

use super::Policy;

/// The waits of a [`Policy`] in order, with jitter drawn from `R`: `max_retries` items. From
/// [`Policy::delays`].
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless they are advanced"]
pub struct Delays<R> {
    policy: Policy,
    rng: R,
    /// The index of the next retry, counted from 0.
    next: u32,
    previous: Duration,
}

impl<R> Delays<R> {
    pub(super) const fn new(policy: Policy, rng: R) -> Self {
        Self { policy, rng, next: 0, previous: policy.base_delay }
    }
}

impl<R: Rng> Iterator for Delays<R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        if self.next >= self.policy.max_retries {
            return None;
        }
        let wait = self.policy.draw(self.next, self.previous, Duration::ZERO, &mut self.rng);
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
