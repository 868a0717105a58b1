//! The state of a [`CircuitBreaker`], for people to read.

use std::fmt;
use std::time::Duration;

use super::circuit::Refusal;
use super::{CircuitBreaker, State, Tally, Window};
use crate::time::tick::Tick;

impl CircuitBreaker {
    /// The present state. An open circuit becomes half-open when a call asks for a permit, not by
    /// itself.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, breaker::State};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// assert_eq!(BREAKER.state(), State::Closed);
    /// ```
    pub fn state(&self) -> State {
        self.circuit.epoch().state()
    }

    /// How long no call goes through: what is left of the open duration; the longest open duration if
    /// the circuit was forced open; zero in every other state.
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

    pub(super) fn refuses_for(&self, now: impl FnOnce() -> Tick) -> Duration {
        match self.state() {
            State::Open => self.circuit.open_in(now()),
            State::ForcedOpen => self.retry_after(Refusal::Forced),
            _ => Duration::ZERO,
        }
    }

    /// How the calls in the window went. Probes are not counted in it.
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

    /// Whether it is closed, and no call is in its window.
    pub(crate) fn is_as_new(&self) -> bool {
        self.state() == State::Closed && self.tally() == Tally::default()
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
