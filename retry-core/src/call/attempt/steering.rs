//! What an [`Attempt`] asks of the retry that may follow it.

use std::sync::PoisonError;
use std::time::Duration;

use super::Attempt;
use crate::engine::Steering;
#[cfg(feature = "stream")]
use crate::engine::steering::Connection;
use crate::policy::Policy;
#[cfg(feature = "stream")]
use crate::time::clock;

impl Attempt {
    /// If this attempt fails, retries after exactly `delay`: no jitter, but never above the
    /// schedule's `max_delay`, nor beyond `max_retries`. A longer one is shortened to `max_delay`, since both
    /// are the function's own word; what a failure asks for by `Retry-After` is not.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// let mut waits = Vec::new();
    /// let outcome = Policy::DEFAULT
    ///     .with_max_retries(2)
    ///     .retry_blocking_with_context(|attempt| {
    ///         attempt.retry_in(Duration::from_secs(10));
    ///         None::<u8>
    ///     })
    ///     .on(|_| true)
    ///     .sleep(|wait| waits.push(wait.as_secs()))
    ///     .call();
    /// assert_eq!((outcome, waits), (None, vec![10, 10]));
    /// ```
    pub fn retry_in(&self, delay: Duration) {
        self.steer(|steering| steering.delay = Some(delay));
    }

    /// If this attempt fails, retries after the wait that `policy` has at the same retry index;
    /// `max_retries` stays that of the call's own policy.
    ///
    /// ```
    /// use persevere::Policy;
    ///
    /// let mut waits = Vec::new();
    /// let outcome = Policy::DEFAULT
    ///     .with_max_retries(2)
    ///     .retry_blocking_with_context(|attempt| {
    ///         attempt.retry_with(Policy::CONSERVATIVE);
    ///         None::<u8>
    ///     })
    ///     .on(|_| true)
    ///     .sleep(|wait| waits.push(wait.as_secs()))
    ///     .call();
    /// assert_eq!((outcome, waits), (None, vec![5, 10]));
    /// ```
    pub fn retry_with(&self, policy: Policy) {
        self.steer(|steering| steering.policy = Some(policy));
    }

    /// If this attempt fails, its outcome goes to the caller: no retry follows. Wins over the
    /// other two.
    ///
    /// ```
    /// use persevere::Policy;
    ///
    /// let mut attempts = 0;
    /// let outcome = Policy::DEFAULT
    ///     .retry_blocking_with_context(|attempt| {
    ///         attempts = attempt.number();
    ///         attempt.give_up();
    ///         None::<u8>
    ///     })
    ///     .on(|_| true)
    ///     .call();
    /// assert_eq!((outcome, attempts), (None, 1));
    /// ```
    pub fn give_up(&self) {
        self.steer(|steering| steering.give_up = true);
    }

    /// What the body has asked for so far, for a decision by
    /// [`decide`](crate::engine::decide): see [`Failure::steered`](crate::engine::Failure::steered).
    #[must_use]
    pub fn steering(&self) -> Steering {
        *self.steering.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn steer(&self, change: impl FnOnce(&mut Steering)) {
        change(&mut self.steering.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A body of its race has ended, which asked for that.
    pub(crate) fn ask_also(&self, asked: Steering) {
        self.steer(|steering| steering.also(asked));
    }

    /// If it fails, the call waits as long as the failure asks for, beyond `max_delay`, too.
    pub(crate) fn waiting_as_asked(self) -> Self {
        self.steer(|steering| steering.waits_as_asked = true);
        self
    }

    /// It makes a connection: it does not count as having run until that [stands](Self::is_connected).
    #[cfg(feature = "stream")]
    pub(crate) fn connects(&self) {
        self.steer(|steering| steering.connection = Connection::Awaited);
    }

    /// Its connection stands.
    #[cfg(feature = "stream")]
    pub(crate) fn is_connected(&self) {
        self.steer(|steering| steering.connection = Connection::Since(clock::now()));
    }
}
