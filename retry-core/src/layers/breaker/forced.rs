//! The states that an operator can force a [`CircuitBreaker`] into.

#[cfg(feature = "overrides")]
use std::sync::atomic::Ordering;

use super::{CircuitBreaker, State};

impl CircuitBreaker {
    /// Refuses every call, until [`reset`](Self::reset) or another method of this kind is called.
    pub fn force_open(&self) {
        self.force(State::ForcedOpen);
    }

    /// Lets every call through and counts it, until [`reset`](Self::reset) or another method of this
    /// kind is called.
    pub fn force_closed(&self) {
        self.force(State::ForcedClosed);
    }

    /// Lets every call through and counts none, until [`reset`](Self::reset) or another method of
    /// this kind is called.
    pub fn disable(&self) {
        self.force(State::Disabled);
    }

    /// Closes the circuit and empties its window, whatever its state was. Calls that are under way
    /// are not counted.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, breaker::State};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// BREAKER.disable();
    /// BREAKER.reset();
    /// assert_eq!(BREAKER.state(), State::Closed);
    /// ```
    pub fn reset(&self) {
        self.force(State::Closed);
    }

    /// Forces it into that state; with `None`, takes back what was forced in this way.
    #[cfg(feature = "overrides")]
    pub(crate) fn set_from_outside(&self, forced: Option<State>) {
        let number = |state: State| state as u8 + 1;
        let now = forced.map_or(0, number);
        let before = self.outside.swap(now, Ordering::Relaxed);
        match forced {
            _ if now == before => {}
            Some(state) => self.force(state),
            // What has been done to it since, by hand or in the code, stays.
            None if number(self.state()) == before => self.reset(),
            None => {}
        }
    }

    fn force(&self, state: State) {
        self.report(self.circuit.force(state, || self.clear()));
    }
}
