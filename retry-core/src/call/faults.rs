//! [`Faults`]: what makes an outcome of a fault, if anything can.

use std::marker::PhantomData;

use crate::classify::outcome::Outcome;
use crate::classify::rejection::Rejection;

/// Asks a type of outcomes, by the best of the traits below that it satisfies, what makes one of a fault.
#[derive(Debug)]
pub struct Faults<O>(PhantomData<fn() -> O>);

impl<O> Faults<O> {
    /// The question.
    #[must_use]
    pub const fn of() -> Self {
        Self(PhantomData)
    }
}

/// The traits: one import.
pub mod traits {
    pub use super::{FaultByRejection as _, FaultOfOption as _, NoFault as _};
}

/// First choice: an error that is made of refusals.
pub trait FaultByRejection<O> {
    /// What makes an outcome of a fault.
    fn __fault(&self) -> Option<fn(Rejection) -> O>;
}

impl<O: Outcome> FaultByRejection<O> for &&Faults<O>
where
    O::Error: From<Rejection>,
{
    fn __fault(&self) -> Option<fn(Rejection) -> O> {
        Some(|rejection| O::from_result(Err(rejection.into())))
    }
}

/// Second choice: `None` is a failure, too.
pub trait FaultOfOption<T> {
    /// What makes an outcome of a fault.
    fn __fault(&self) -> Option<fn(Rejection) -> Option<T>>;
}

impl<T> FaultOfOption<T> for &Faults<Option<T>> {
    fn __fault(&self) -> Option<fn(Rejection) -> Option<T>> {
        Some(|_| None)
    }
}

/// Last choice: nothing does.
pub trait NoFault<O> {
    /// Nothing.
    fn __fault(&self) -> Option<fn(Rejection) -> O>;
}

impl<O> NoFault<O> for Faults<O> {
    fn __fault(&self) -> Option<fn(Rejection) -> O> {
        None
    }
}
