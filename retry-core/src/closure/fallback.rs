//! What takes the place of the last error.

pub use crate::call::hook::{Fallback, NoFallback};
use crate::classify::outcome::Outcome;

/// Turns a call's last outcome into what the caller gets.
pub trait Recover<O> {
    /// What the caller gets.
    fn recover(self, outcome: O) -> O;
}

impl<O> Recover<O> for NoFallback {
    fn recover(self, outcome: O) -> O {
        outcome
    }
}

impl<O: Outcome, G: FnOnce(O::Error) -> O> Recover<O> for Fallback<G> {
    fn recover(self, outcome: O) -> O {
        match outcome.into_result() {
            Ok(value) => O::from_result(Ok(value)),
            Err(error) => (self.0)(error),
        }
    }
}
