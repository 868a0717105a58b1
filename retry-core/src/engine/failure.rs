//! [`Failure`]: what a decision is about.

use std::time::Duration;

use super::{GiveUp, Steering};
use crate::classify::{Class, Verdict};
use crate::policy::Policy;

/// A failed attempt, and everything else that the decision depends on.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Failure<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) throttled: Option<&'a Policy>,
    pub(crate) verdict: Verdict,
    pub(crate) remaining: Option<Duration>,
    /// Borrowed: it is large, and most bodies steer nothing.
    pub(crate) steering: Option<&'a Steering>,
    /// The reason if the attempt did not fail by itself, but the call's deadline or bulkhead ended the
    /// call.
    pub(crate) ended_by: Option<GiveUp>,
    /// The reason if a circuit breaker or a rate refused the attempt.
    pub(crate) refused: Option<GiveUp>,
    /// How long the attempt ran; `None` if that is not known, or does not matter.
    pub(crate) ran: Option<Duration>,
}

impl<'a> Failure<'a> {
    /// A failure with `verdict`, in a call under `policy`.
    pub const fn new(policy: &'a Policy, verdict: Verdict) -> Self {
        Self {
            policy,
            throttled: None,
            verdict,
            remaining: None,
            steering: None,
            ended_by: None,
            refused: None,
            ran: None,
        }
    }

    /// The schedule of the next wait if the verdict is throttled. `max_retries` stays that of the
    /// call's own policy, whose `max_delay` bounds this wait, too.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::engine::{Decision, Failure, History, decide};
    /// use persevere::{Policy, Verdict};
    ///
    /// let gentle = Failure::new(&Policy::DEFAULT, Verdict::THROTTLED)
    ///     .throttled(&Policy::CONSERVATIVE);
    /// let decision = decide(&gentle, &History::NEW, &mut SmallRng::seed_from_u64(7));
    /// assert_eq!(decision, Decision::Retry(Duration::from_secs(5)));
    /// ```
    pub const fn throttled(self, policy: &'a Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// The time left until the call's deadline: no wait is begun that would reach it, and no
    /// attempt once none is left.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::engine::{Decision, Failure, GiveUp, History, decide};
    /// use persevere::{Policy, Verdict};
    ///
    /// // The first wait would be 5 s.
    /// let late = Failure::new(&Policy::CONSERVATIVE, Verdict::TRANSIENT)
    ///     .remaining(Duration::from_secs(4));
    /// let decision = decide(&late, &History::NEW, &mut SmallRng::seed_from_u64(7));
    /// assert_eq!(decision, Decision::GiveUp(GiveUp::DeadlineExceeded));
    /// ```
    pub const fn remaining(self, remaining: Duration) -> Self {
        Self { remaining: Some(remaining), ..self }
    }

    /// How long the attempt ran before it failed. If the policy's
    /// [`reset_after`](Policy::with_reset_after) is no longer than that, the failure counts as the first.
    pub const fn ran(self, ran: Duration) -> Self {
        Self { ran: Some(ran), ..self }
    }

    /// What the body asked for: it has the last word on the wait, and on whether to retry.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::driver::Driver;
    /// use persevere::engine::{Decision, Failure, History, decide};
    /// use persevere::{Policy, Verdict};
    ///
    /// let call = Driver::named("poll", Policy::DEFAULT).begin();
    /// call.attempt().retry_in(Duration::from_secs(30)); // the body
    ///
    /// let steering = call.attempt().steering();
    /// let failure = Failure::new(&Policy::DEFAULT, Verdict::PERMANENT).steered(&steering);
    /// let decision = decide(&failure, &History::NEW, &mut SmallRng::seed_from_u64(7));
    /// assert_eq!(decision, Decision::Retry(Duration::from_secs(30)));
    /// ```
    pub const fn steered(self, steering: &'a Steering) -> Self {
        Self { steering: Some(steering), ..self }
    }

    /// Whether the attempt ran for so long that its failure counts as the first.
    pub(crate) fn is_anew(&self) -> bool {
        match (self.ran, self.policy.reset_after()) {
            (Some(ran), Some(reset_after)) => ran >= reset_after,
            _ => false,
        }
    }

    pub(super) fn is_retryable(&self) -> bool {
        self.verdict.retries() || self.steering.is_some_and(Steering::asks_to_retry)
    }

    /// The wait that the body asked for.
    pub(super) fn asked_delay(&self) -> Option<Duration> {
        self.steering.and_then(|steering| steering.delay)
    }

    /// The wait that the failure asked for, unless the body asked for one: the body's wins.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        if self.asked_delay().is_some() { None } else { self.verdict.retry_after() }
    }

    pub(super) fn leaves_no_time_for(&self, delay: Duration) -> bool {
        self.remaining.is_some_and(|remaining| delay >= remaining)
    }

    /// `reason`, unless a circuit breaker or a rate refused the attempt.
    pub(super) const fn refused_or(&self, reason: GiveUp) -> GiveUp {
        match self.refused {
            Some(refused) => refused,
            None => reason,
        }
    }

    pub(super) fn schedule(&self) -> &Policy {
        let throttled = match self.verdict.kind() {
            Class::Throttled => self.throttled,
            Class::Permanent | Class::Transient => None,
        };
        let steered = self.steering.and_then(|steering| steering.policy.as_ref());
        steered.or(throttled).unwrap_or(self.policy)
    }
}
