//! The decision: one pure function, without clock or input/output, that every way of retrying
//! asks what to do after a failure.
//!
//! ```
//! use std::time::Duration;
//! use rand::{SeedableRng, rngs::SmallRng};
//! use persevere::engine::{Decision, Failure, GiveUp, History, decide};
//! use persevere::{Policy, Verdict};
//!
//! let policy = Policy::CONSERVATIVE; // 3 retries, no jitter
//! let mut rng = SmallRng::seed_from_u64(7);
//! let busy = Failure::new(&policy, Verdict::TRANSIENT);
//!
//! let first = decide(&busy, &History::NEW, &mut rng);
//! assert_eq!(first, Decision::Retry(Duration::from_secs(5)));
//!
//! let spent = History::new(3, Some(Duration::from_secs(20)));
//! assert_eq!(decide(&busy, &spent, &mut rng), Decision::GiveUp(GiveUp::Exhausted));
//!
//! let broken = Failure::new(&policy, Verdict::PERMANENT);
//! let refused = decide(&broken, &History::NEW, &mut rng);
//! assert_eq!(refused, Decision::GiveUp(GiveUp::Permanent));
//! ```

use std::fmt;
use std::time::Duration;

use rand::Rng;

use crate::classify::{Class, Verdict};
use crate::policy::Policy;
use crate::primitives::nanoseconds::shorter;

/// What has happened in a call before the failure at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// Retries made so far; also the index, counted from 0, of the next one.
    pub retries: u32,
    /// The wait before the last attempt; `None` if that was the first.
    pub previous_delay: Option<Duration>,
}

impl History {
    /// Nothing yet: the failure at hand is the first attempt's.
    pub const NEW: Self = Self::new(0, None);

    /// A history that was kept elsewhere: `retries` made so far, and the wait before the last
    /// attempt, which is `None` if that was the first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::engine::History;
    ///
    /// let after_one_retry = History::new(1, Some(Duration::from_secs(2)));
    /// assert_eq!(after_one_retry, History::NEW.with_retry(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub const fn new(retries: u32, previous_delay: Option<Duration>) -> Self {
        Self { retries, previous_delay }
    }

    /// This history with one more retry, made after a wait of `delay`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::engine::History;
    ///
    /// let history = History::NEW.with_retry(Duration::from_secs(2));
    /// assert_eq!(history.retries, 1);
    /// assert_eq!(history.previous_delay, Some(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub const fn with_retry(self, delay: Duration) -> Self {
        Self::new(self.retries.saturating_add(1), Some(delay))
    }
}

/// A failed attempt, and everything that has a say in what follows.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Failure<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) throttled: Option<&'a Policy>,
    pub(crate) verdict: Verdict,
    pub(crate) remaining: Option<Duration>,
    /// Borrowed: it is large, and most bodies steer nothing.
    pub(crate) steering: Option<&'a Steering>,
    /// What stands around the retries and has ended the call, its deadline or its bulkhead, where
    /// the attempt did not fail by itself.
    pub(crate) ended_by: Option<GiveUp>,
    /// Whether a circuit breaker refused the attempt.
    pub(crate) refused: bool,
}

/// What a body asked for through its [`Attempt`](crate::Attempt): see
/// [`Attempt::steering`](crate::Attempt::steering).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Steering {
    pub(crate) give_up: bool,
    pub(crate) delay: Option<Duration>,
    pub(crate) policy: Option<Policy>,
}

impl Steering {
    fn asks_to_retry(&self) -> bool {
        self.delay.is_some() || self.policy.is_some()
    }
}

impl<'a> Failure<'a> {
    /// A failure with that verdict in a call under that policy.
    pub const fn new(policy: &'a Policy, verdict: Verdict) -> Self {
        Self {
            policy,
            throttled: None,
            verdict,
            remaining: None,
            steering: None,
            ended_by: None,
            refused: false,
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

    fn is_retryable(&self) -> bool {
        self.verdict.retries() || self.steering.is_some_and(Steering::asks_to_retry)
    }

    /// The wait that the body asked for.
    fn asked_delay(&self) -> Option<Duration> {
        self.steering.and_then(|steering| steering.delay)
    }

    /// The wait that the failure itself asked for, unless the body asked for another: it knew better.
    fn retry_after(&self) -> Option<Duration> {
        if self.asked_delay().is_some() { None } else { self.verdict.retry_after() }
    }

    fn leaves_no_time_for(&self, delay: Duration) -> bool {
        self.remaining.is_some_and(|remaining| delay >= remaining)
    }

    /// The reason where the attempt says no, unless a circuit breaker did.
    const fn refused_or(&self, reason: GiveUp) -> GiveUp {
        if self.refused { GiveUp::CircuitOpen } else { reason }
    }

    fn schedule(&self) -> &Policy {
        let throttled = match self.verdict.kind() {
            Class::Throttled => self.throttled,
            Class::Permanent | Class::Transient => None,
        };
        let steered = self.steering.and_then(|steering| steering.policy.as_ref());
        steered.or(throttled).unwrap_or(self.policy)
    }
}

/// What to do after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Wait that long, jitter included, then try again.
    Retry(Duration),
    /// Return the failure to the caller.
    GiveUp(GiveUp),
}

impl Decision {
    /// The decision once `ask`, which is asked only if a retry would follow, has had the last say,
    /// and what it granted. A refusal is [`GiveUp::BudgetExhausted`].
    ///
    /// So [`decide`] stays a pure function, and a retry that does not happen costs no budget.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    /// use persevere::engine::{Decision, GiveUp};
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(5); // one retry
    ///
    /// let decision = Decision::Retry(Duration::from_secs(2));
    /// let ask = || BUDGET.try_acquire(Cause::Failure);
    /// let (first, granted) = decision.granted_by(ask);
    /// assert_eq!((first, granted.is_some()), (decision, true));
    /// let (second, refused) = decision.granted_by(ask);
    /// assert_eq!(second, Decision::GiveUp(GiveUp::BudgetExhausted));
    /// # drop((granted, refused));
    /// ```
    pub fn granted_by<W>(self, ask: impl FnOnce() -> Option<W>) -> (Self, Option<W>) {
        match self {
            Self::GiveUp(_) => (self, None),
            Self::Retry(_) => match ask() {
                None => (Self::GiveUp(GiveUp::BudgetExhausted), None),
                granted => (self, granted),
            },
        }
    }
}

/// Why no retry follows.
///
/// ```
/// use rand::{SeedableRng, rngs::SmallRng};
/// use persevere::engine::{Decision, Failure, GiveUp, History, decide};
/// use persevere::{Policy, Verdict};
///
/// let once = Policy::DEFAULT.with_max_retries(0);
/// let mut rng = SmallRng::seed_from_u64(7);
/// let mut after = |verdict| decide(&Failure::new(&once, verdict), &History::NEW, &mut rng);
/// assert_eq!(after(Verdict::TRANSIENT), Decision::GiveUp(GiveUp::Exhausted));
/// assert_eq!(after(Verdict::PERMANENT), Decision::GiveUp(GiveUp::Permanent));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// The verdict was permanent, whatever retries were left.
    Permanent,
    /// All retries were used.
    Exhausted,
    /// The body called [`Attempt::give_up`](crate::Attempt::give_up).
    Requested,
    /// The wait would have crossed the call's deadline, or no time was left.
    DeadlineExceeded,
    /// The failure asked for a longer wait (`Retry-After`) than `max_delay` allows: to try again
    /// sooner is not wanted there, and to wait longer is not promised here.
    RetryAfterTooLong,
    /// The [`Budget`](crate::Budget) that the call shares with others allowed no retry.
    BudgetExhausted,
    /// The call's [`CircuitBreaker`](crate::CircuitBreaker) refused the attempt, which was not made;
    /// and neither `on` nor `when` retries a refusal, or the circuit stays open for longer than
    /// `max_delay`.
    CircuitOpen,
    /// The call's [`Bulkhead`](crate::Bulkhead) had no permit for it in time: no attempt was made.
    BulkheadFull,
    /// A durable task's workers were lost during its attempts, more often than `max_crashes` allows.
    WorkerLost,
    /// A durable task was not begun within the time that it may start in.
    Expired,
    /// A durable task was cancelled.
    Cancelled,
    /// What is stored of a durable task cannot be read.
    Unreadable,
    /// A durable task was given up by another release, for a reason that this one does not know.
    Unknown,
}

impl GiveUp {
    /// The reason in lower-case words, as logs and metrics carry it.
    ///
    /// ```
    /// use persevere::engine::GiveUp;
    ///
    /// assert_eq!(GiveUp::DeadlineExceeded.as_str(), "deadline_exceeded");
    /// assert_eq!(GiveUp::DeadlineExceeded.to_string(), "deadline_exceeded");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Exhausted => "exhausted",
            Self::Requested => "requested",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::RetryAfterTooLong => "retry_after_too_long",
            Self::BudgetExhausted => "budget_exhausted",
            Self::CircuitOpen => "circuit_open",
            Self::BulkheadFull => "bulkhead_full",
            Self::WorkerLost => "worker_lost",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::Unreadable => "unreadable",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for GiveUp {
    /// [`as_str`](Self::as_str).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Decides what follows a failed attempt.
///
/// In this order: an attempt that was cut at the deadline ends the call, whatever its error says,
/// and so does a bulkhead that is full; so does the body's `give_up`; so does a permanent verdict,
/// unless the body asked for a retry; so does having made `max_retries`.
///
/// Otherwise the wait is what the body asked for, or the schedule's jittered delay at index
/// `history.retries`, with `retry_after` as floor. It is never above `max_delay`, that of the call's
/// policy or that of the schedule, whichever is less. If it does not fit into the time remaining, or
/// `retry_after` does not, the call ends, and so it does if `retry_after` is beyond `max_delay`. `rng`
/// is asked only where there is jitter.
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
    if history.retries >= failure.policy.max_retries() {
        return Decision::GiveUp(GiveUp::Exhausted);
    }
    let schedule = failure.schedule();
    let max_delay = shorter(schedule.max_delay(), failure.policy.max_delay());
    let retry_after = failure.retry_after().unwrap_or(Duration::ZERO);
    if retry_after > max_delay {
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
            schedule.draw(history.retries, previous, retry_after, rng)
        }
    };
    if failure.leaves_no_time_for(delay) {
        return Decision::GiveUp(GiveUp::DeadlineExceeded);
    }
    Decision::Retry(delay)
}
