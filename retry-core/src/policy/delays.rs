//! [`Delays`]: the jittered waits of a policy, as an iterator.

use std::time::Duration;

use rand::Rng;

use super::Policy;
use super::retry_limit::Indexes;

/// The waits of a [`Policy`] in order, with jitter drawn from `R`: `max_retries` items, or without end if
/// the policy is unlimited. From [`Policy::delays`].
#[derive(Clone, Debug)]
#[must_use = "iterators do nothing unless they are advanced"]
pub struct Delays<R> {
    policy: Policy,
    rng: R,
    indexes: Indexes,
    previous: Duration,
}

impl<R> Delays<R> {
    pub(super) const fn new(policy: Policy, rng: R) -> Self {
        Self { policy, rng, indexes: Indexes::of(policy.retries), previous: policy.base_delay }
    }
}

impl<R: Rng> Iterator for Delays<R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let index = self.indexes.next()?;
        let wait = self.policy.draw(index, self.previous, Duration::ZERO, &mut self.rng);
        self.previous = wait;
        Some(wait)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.indexes.size_hint()
    }
}
