//! What people may force a [`CircuitBreaker`] to.

use super::{CircuitBreaker, State};

impl CircuitBreaker {
    /// Lets nothing through from now on, until [`reset`](Self::reset) or another of its kind.
    pub fn force_open(&self) {
        self.force(State::ForcedOpen);
    }

    /// Lets everything through from now on, and counts, until [`reset`](Self::reset) or another of
    /// its kind.
    pub fn force_closed(&self) {
        self.force(State::ForcedClosed);
    }

    /// Lets everything through from now on, and counts nothing, until [`reset`](Self::reset) or
    /// another of its kind.
    pub fn disable(&self) {
        self.force(State::Disabled);
    }

    /// Begins anew: closed, with an empty window, whatever was before. Calls that are under way
    /// will not be counted.
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

    fn force(&self, state: State) {
        self.tell(self.circuit.force(state, || self.clear()));
    }
}
