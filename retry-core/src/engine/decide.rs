//! [`decide`]: what follows a failed attempt.

use std::time::Duration;

use rand::Rng;

use super::{Decision, Failure, GiveUp, History};
use crate::policy::Policy;
use crate::primitives::nanoseconds::shorter;

/// Decides what follows a failed attempt.
///
/// In this order: an attempt that was cut at the deadline ends the call, whatever its error says,
/// and so does a bulkhead that is full; so does the body's `give_up`; so does a permanent verdict,
/// unless the body asked for a retry; so does having made `max_retries`, or as many retries as this kind of failure may have.
///
/// A failure whose attempt ran for at least the policy's `reset_after` is decided on as the first of a
/// call, whatever the history.
///
/// Otherwise the wait is what the body asked for, or the schedule's jittered delay at index
/// `history.retries`, but at least `retry_after`. It never exceeds `max_delay`, that of the call's policy
/// or that of the schedule, whichever is less. The call ends if the wait does not fit into the time
/// remaining, or if `retry_after` does not, or if `retry_after` exceeds `max_delay`; a [durable
/// task](crate::driver::Driver::waits_as_asked) waits for it instead. `rng` is used only if there is jitter.
///
/// ```
/// use std::time::Duration;
/// use rand::{SeedableRng, rngs::SmallRng};
/// use persevere::engine::{Decision, Failure, GiveUp, History, decide};
/// use persevere::{Policy, Verdict};
///
/// let patient = Policy::DEFAULT.with_max_delay(Duration::from_secs(10));
/// let after = |asked| {
///     let busy = Verdict::THROTTLED.with_retry_after(Duration::from_secs(asked));
///     let failure = Failure::new(&patient, busy).throttled(&Policy::AGGRESSIVE);
///     decide(&failure, &History::NEW, &mut SmallRng::seed_from_u64(7))
/// };
/// assert_eq!(after(10), Decision::Retry(Duration::from_secs(10)));
/// assert_eq!(after(11), Decision::GiveUp(GiveUp::RetryAfterTooLong));
/// ```
pub fn decide<R: Rng + ?Sized>(failure: &Failure<'_>, history: &History, rng: &mut R) -> Decision {
    if let Some(reason) = failure.ended_by {
        return Decision::GiveUp(reason);
    }
    if failure.steering.is_some_and(|steering| steering.give_up) {
        return Decision::GiveUp(GiveUp::Requested);
    }
    if !failure.is_retryable() {
        return Decision::GiveUp(failure.refused_or(GiveUp::Permanent));
    }
    let history = if failure.is_anew() { &History::NEW } else { history };
    let is_used_up = |most| history.retries_of_kind >= most;
    if !failure.policy.retry_limit().allows(history.retries)
        || failure.verdict.limit().is_some_and(is_used_up)
    {
        return Decision::GiveUp(GiveUp::Exhausted);
    }
    let schedule = failure.schedule();
    let max_delay = shorter(schedule.max_delay(), failure.policy.max_delay());
    let retry_after = failure.retry_after().unwrap_or(Duration::ZERO);
    let waits_as_asked = failure.steering.is_some_and(|steering| steering.waits_as_asked);
    if retry_after > max_delay && !waits_as_asked {
        return Decision::GiveUp(if failure.leaves_no_time_for(retry_after) {
            GiveUp::DeadlineExceeded
        } else {
            failure.refused_or(GiveUp::RetryAfterTooLong)
        });
    }
    let delay = match failure.asked_delay() {
        Some(asked) => shorter(asked, max_delay),
        None => {
            let previous = history.previous_delay.unwrap_or(schedule.base_delay());
            let bounded;
            let schedule = if max_delay < schedule.max_delay() {
                bounded = schedule.with_max_delay(max_delay);
                &bounded
            } else {
                schedule
            };
            if retry_after > max_delay {
                beyond(schedule, history.retries, shorter(previous, max_delay), retry_after, rng)
            } else {
                schedule.draw(history.retries, previous, retry_after, rng)
            }
        }
    };
    if failure.leaves_no_time_for(delay) {
        return Decision::GiveUp(GiveUp::DeadlineExceeded);
    }
    Decision::Retry(delay)
}

/// A wait of `retry_after`, which is longer than the schedule allows. Jitter lengthens it as far as it would
/// the schedule's own wait, so that callers that were all asked for the same do not come back together.
#[cold]
fn beyond<R: Rng + ?Sized>(
    schedule: &Policy,
    retry_index: u32,
    previous: Duration,
    retry_after: Duration,
    rng: &mut R,
) -> Duration {
    schedule
        .with_base_delay(schedule.delay(retry_index))
        .with_exponential_base(1.0)
        .with_max_delay(Duration::MAX)
        .draw_wide(retry_index, previous, retry_after, rng)
}
