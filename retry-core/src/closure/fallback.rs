//! What takes the place of the last error.

use crate::call::hook::FromRejection;
pub use crate::call::hook::{Fallback, NoFallback};
use crate::classify::outcome::{NoValue, Outcome};
use crate::classify::rejection::Rejection;

/// Turns a call's last outcome into what the caller gets.
pub trait Recover<O> {
    /// What the caller gets. It is asked once.
    fn recover(&mut self, outcome: O) -> O;
}

impl<O> Recover<O> for NoFallback {
    fn recover(&mut self, outcome: O) -> O {
        outcome
    }
}

/// What another fallback takes the place of.
pub trait Replace {
    /// The same with `G`.
    type With<G>;
    /// Names another.
    fn with<G>(self, fallback: G) -> Self::With<G>;
}

impl Replace for NoFallback {
    type With<G> = Fallback<G>;

    fn with<G>(self, fallback: G) -> Fallback<G> {
        Fallback(Some(fallback))
    }
}

impl<F> Replace for Fallback<F> {
    type With<G> = Fallback<G>;

    fn with<G>(self, fallback: G) -> Fallback<G> {
        Fallback(Some(fallback))
    }
}

/// A function that makes the outcome of a value which was waited for in vain, beside the fallback for errors.
#[derive(Clone, Copy, Debug)]
pub struct UsedUp<F, G>(pub(super) F, pub(super) Option<G>);

impl<F: Replace, H> Replace for UsedUp<F, H> {
    type With<G> = UsedUp<F::With<G>, H>;

    fn with<G>(self, fallback: G) -> Self::With<G> {
        UsedUp(self.0.with(fallback), self.1)
    }
}

#[diagnostic::do_not_recommend]
impl<F, G> FromRejection<UsedUp<F, G>> for NoValue
where
    Self: FromRejection<F>,
{
    fn from_rejection(rejection: Rejection) -> Self {
        <Self as FromRejection<F>>::from_rejection(rejection)
    }
}

impl<O, F, G> Recover<O> for UsedUp<F, G>
where
    O: Outcome,
    F: Recover<O>,
    G: FnOnce(O::Value) -> O,
{
    fn recover(&mut self, outcome: O) -> O {
        match (outcome.into_result(), self.1.take()) {
            (Ok(value), Some(used_up)) => used_up(value),
            (Ok(value), None) => O::from_result(Ok(value)),
            (Err(error), _) => self.0.recover(O::from_result(Err(error))),
        }
    }
}

impl<O: Outcome, G: FnOnce(O::Error) -> O> Recover<O> for Fallback<G> {
    fn recover(&mut self, outcome: O) -> O {
        match (outcome.into_result(), self.0.take()) {
            (Err(error), Some(fallback)) => fallback(error),
            (outcome, _) => O::from_result(outcome),
        }
    }
}
