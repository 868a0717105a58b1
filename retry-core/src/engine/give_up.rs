//! [`GiveUp`]: why no retry follows.

use std::fmt;

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
    /// All retries were used: those of the policy, or those of this kind of failure
    /// ([`Verdict::at_most`](crate::Verdict::at_most)).
    Exhausted,
    /// The body called [`Attempt::give_up`](crate::Attempt::give_up).
    Requested,
    /// The wait would have crossed the call's deadline, or no time was left.
    DeadlineExceeded,
    /// The failure asked for a longer wait (`Retry-After`) than `max_delay` allows: the other side wants no
    /// earlier retry, and the policy allows no longer wait. A durable task waits for it instead.
    RetryAfterTooLong,
    /// The [`Budget`](crate::Budget) that the call shares with others allowed no retry.
    BudgetExhausted,
    /// The call's [`CircuitBreaker`](crate::CircuitBreaker) refused the attempt, which was not made;
    /// and neither `on` nor `when` retries a refusal, or the circuit stays open for longer than
    /// `max_delay`.
    CircuitOpen,
    /// The call's [`Bulkhead`](crate::Bulkhead) had no permit for it in time: no attempt was made.
    BulkheadFull,
    /// The turn that the [`Rate`](crate::Rate) of the call's upstream had for the attempt came too late, or
    /// the upstream had asked for a longer pause: the attempt was not made; and neither `on` nor `when`
    /// retries a refusal.
    RateLimited,
    /// A durable task's workers were lost during its attempts, more often than `max_crashes` allows.
    WorkerLost,
    /// A durable task was not begun within the time that it may start in.
    Expired,
    /// The call was cancelled, or the process is shutting down; or a durable task was cancelled.
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
            Self::RateLimited => "rate_limited",
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
