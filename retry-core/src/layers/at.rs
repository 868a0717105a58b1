//! [`At`]: budgets, circuit breakers and rates on the caller's clock.

use crate::time::clock::Instant;

/// A [`Budget`](crate::Budget), a [`CircuitBreaker`](crate::CircuitBreaker), a permit of theirs, or a
/// [`Rate`](crate::Rate), at a moment that the caller names instead of the process's clock.
///
/// It has the methods of what it views. Those that draw a random number take the source of it as
/// their last argument, so that simulations and tests can be repeated exactly.
///
/// ```
/// use std::time::{Duration, Instant};
/// use rand::{SeedableRng, rngs::SmallRng};
/// use persevere::budget::Cause;
/// use persevere::{Budget, CircuitBreaker, Verdict};
///
/// static BUDGET: Budget = Budget::ratio(0.5).with_min_per_second(0);
/// static BREAKER: CircuitBreaker = CircuitBreaker::new().with_minimum_calls(1);
///
/// let (now, mut rng) = (Instant::now(), SmallRng::seed_from_u64(7));
/// (0..2).for_each(|_| BUDGET.at(now).begin());
/// let permit = BREAKER.at(now).try_acquire().expect("the circuit is closed");
/// permit.at(now).failed(Verdict::TRANSIENT, &mut rng);
/// let retry_in = BREAKER.at(now).retry_in();
/// assert!(retry_in >= Duration::from_secs(5));
///
/// let later = now + retry_in;
/// assert!(BREAKER.at(later).try_acquire().is_ok()); // a probe
/// assert!(BUDGET.at(later).try_acquire(Cause::Failure, &mut rng).is_some());
/// let expired = now + Duration::from_secs(30);
/// assert!(BUDGET.at(expired).try_acquire(Cause::Failure, &mut rng).is_none());
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a view does nothing by itself: call one of its methods"]
pub struct At<T> {
    pub(super) viewed: T,
    pub(super) now: Instant,
}
