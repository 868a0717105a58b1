//! What takes the place of the last error.

use crate::classify::outcome::Outcome;

/// Makes something of a call's last outcome.
pub trait Recover<O> {
    /// What the caller gets.
    fn recover(self, outcome: O) -> O;
}

/// The outcome as it is.
#[derive(Clone, Copy, Debug)]
pub struct NoFallback;

impl<O> Recover<O> for NoFallback {
    fn recover(self, outcome: O) -> O {
        outcome
    }
}

/// What a function makes of the error.
#[derive(Clone, Copy, Debug)]
pub struct Fallback<G>(pub(super) G);

impl<O: Outcome, G: FnOnce(O::Error) -> O> Recover<O> for Fallback<G> {
    fn recover(self, outcome: O) -> O {
        match outcome.into_result() {
            Ok(value) => O::from_result(Ok(value)),
            Err(error) => (self.0)(error),
        }
    }
}
