//! [`Attempt`]: what a body learns about the attempt it is, and how it steers the next.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;
use crate::engine::{History, Steering};
use crate::policy::Policy;

/// The attempt that is running, for bodies that ask for it with `context = …`.
///
/// Celery's `bind=True`: there `self.request.retries` is [`retries`](Self::retries) here, and
/// `raise self.retry(countdown=…)` is [`retry_in`](Self::retry_in) before returning the error.
///
/// The steering methods act when this attempt fails, whatever its error says; a success ignores
/// them. `&Attempt` may be held across an await in a `Send` future.
#[derive(Debug)]
pub struct Attempt {
    started: Instant,
    max_retries: u32,
    history: History,
    steering: Mutex<Steering>,
}

impl Attempt {
    pub(crate) fn new(started: Instant, max_retries: u32, history: History) -> Self {
        Self { started, max_retries, history, steering: Mutex::default() }
    }

    /// This attempt's number, counted from 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.history.retries.saturating_add(1)
    }

    /// How many retries came before and including this attempt: 0 in the first attempt.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.history.retries
    }

    /// How many retries the call's policy allows.
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.max_retries
    }

    /// Whether this is the first attempt.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.history.retries == 0
    }

    /// Whether no retry can follow this attempt.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.history.retries >= self.max_retries
    }

    /// Time since the call began, waits included. Monotonic.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        clock::now().saturating_duration_since(self.started)
    }

    /// Time left until the call's deadline; `None` when it has none.
    #[must_use]
    #[allow(clippy::unused_self, reason = "deadlines are not built yet; the name is public")]
    pub const fn remaining(&self) -> Option<Duration> {
        None
    }

    /// The wait before this attempt; `None` in the first.
    #[must_use]
    pub const fn previous_delay(&self) -> Option<Duration> {
        self.history.previous_delay
    }

    /// If this attempt fails, retries after exactly `delay`: no jitter, but never above the
    /// schedule's `max_delay`, nor beyond `max_retries`.
    pub fn retry_in(&self, delay: Duration) {
        self.steer(|steering| steering.delay = Some(delay));
    }

    /// If this attempt fails, retries after the wait that `policy` has at the same retry index;
    /// `max_retries` stays that of the call's own policy.
    pub fn retry_with(&self, policy: Policy) {
        self.steer(|steering| steering.policy = Some(policy));
    }

    /// If this attempt fails, its outcome goes to the caller: no retry follows. Wins over the
    /// other two.
    pub fn give_up(&self) {
        self.steer(|steering| steering.give_up = true);
    }

    pub(crate) fn steering(&self) -> Steering {
        *self.steering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    fn steer(&self, change: impl FnOnce(&mut Steering)) {
        change(&mut self.steering.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
