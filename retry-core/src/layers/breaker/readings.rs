//! Where a [`CircuitBreaker`] stands, for people.

use std::fmt;
use std::time::Duration;

use super::circuit::Refusal;
use super::{CircuitBreaker, State, Tally, Window};
use crate::time::clock::Instant;
use crate::time::tick::Tick;

impl CircuitBreaker {
    /// Where it stands. It goes from open to half-open when a call asks, not by itself.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, breaker::State};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// assert_eq!(BREAKER.state(), State::Closed);
    /// ```
    pub fn state(&self) -> State {
        self.circuit.turn().state()
    }

    /// How long it lets nothing through: what is left of the open duration; the longest one if it
    /// was forced open; zero in every other state.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// assert_eq!(BREAKER.retry_in(), Duration::ZERO);
    /// ```
    pub fn retry_in(&self) -> Duration {
        self.refuses_for(Tick::now)
    }

    /// As [`retry_in`](Self::retry_in), by the caller's clock.
    pub fn retry_in_at(&self, now: Instant) -> Duration {
        self.refuses_for(|| Tick::of(now))
    }

    fn refuses_for(&self, now: impl FnOnce() -> Tick) -> Duration {
        match self.state() {
            State::Open => self.circuit.open_in(now()),
            State::ForcedOpen => self.retry_after(Refusal::Forced),
            _ => Duration::ZERO,
        }
    }

    /// How the calls in the window went. Those of probes are not in it.
    ///
    /// ```
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// assert_eq!(BREAKER.tally().to_string(), "0 calls, 0 failed, 0 slow");
    /// ```
    pub fn tally(&self) -> Tally {
        self.count(Tick::now)
    }

    /// As [`tally`](Self::tally), by the caller's clock.
    pub fn tally_at(&self, now: Instant) -> Tally {
        self.count(|| Tick::of(now))
    }

    pub(super) fn count(&self, now: impl FnOnce() -> Tick) -> Tally {
        match &self.window {
            Window::Count(window) => window.tally(),
            Window::Time(window) => window.tally(now()),
        }
    }
}

impl fmt::Debug for CircuitBreaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("settings", &self.settings)
            .field("state", &self.state())
            .field("tally", &self.tally())
            .finish_non_exhaustive()
    }
}
