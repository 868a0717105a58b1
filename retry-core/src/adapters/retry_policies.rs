//! `retry_policies::RetryPolicy`.

use std::time::{Duration, SystemTime};

use retry_policies::{RetryDecision, RetryPolicy};

use crate::policy::Policy;
use crate::primitives::random::ThreadRandom;
use crate::time::clock;

/// For code that takes a `retry_policies::RetryPolicy`, such as `reqwest-retry`: allows up to
/// `max_retries` retries, each after its wait with jitter, counted from now.
///
/// The trait keeps no state between two decisions, so [`Jitter::Decorrelated`](crate::Jitter) draws
/// each wait as if the previous one had no jitter, as [`Policy::jittered_delay`] does. The request's
/// start is ignored: a policy does not limit the total time.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use persevere::Policy;
/// use retry_policies::{RetryDecision, RetryPolicy};
///
/// let began = SystemTime::now();
/// let RetryDecision::Retry { execute_after } = Policy::CONSERVATIVE.should_retry(began, 0) else {
///     panic!("three retries are allowed");
/// };
/// assert!(execute_after >= began + Duration::from_secs(5));
/// assert!(matches!(Policy::CONSERVATIVE.should_retry(began, 3), RetryDecision::DoNotRetry));
/// ```
#[cfg(feature = "retry-policies")]
impl RetryPolicy for Policy {
    fn should_retry(&self, _began: SystemTime, past_retries: u32) -> RetryDecision {
        if !self.retry_limit().allows(past_retries) {
            return RetryDecision::DoNotRetry;
        }
        let wait = self.jittered_delay(past_retries, &mut ThreadRandom);
        RetryDecision::Retry { execute_after: later(clock::wall(), wait) }
    }
}

/// `now + wait`, or the latest time that the clock can represent where `now + wait` would panic.
fn later(now: SystemTime, mut wait: Duration) -> SystemTime {
    loop {
        match now.checked_add(wait) {
            Some(then) => return then,
            None => wait /= 2,
        }
    }
}
