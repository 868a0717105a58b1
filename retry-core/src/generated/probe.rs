//! [`Probe`]: asking a value for what its type may or may not offer.
//!
//! Method calls on `&&…&Probe` find the best of the traits below that the type satisfies (autoref
//! specialisation): the compiler tries the receiver with most references first. The methods' names
//! are ones that no trait of the user's has, which would be found as well.

use std::error::Error;
use std::fmt;
use std::ops::Deref;

use crate::adapters::chain;
use crate::classify::{Classify, Verdict};
use crate::events::text::Text;
use crate::primitives::bounded::written_out;

/// A value to be asked.
#[derive(Debug)]
pub struct Probe<'a, E: ?Sized>(pub &'a E);

/// `id = …` by name: its type pinned down where the user wrote it.
pub fn id<I: fmt::Display>(id: &I) -> &I {
    id
}

/// `id = …` by an expression whose value does not last.
pub fn owned_id<I: fmt::Display>(id: I) -> Text<'static> {
    Text::Owned(written_out(format_args!("{id}")))
}

/// What values are asked by: one import for the compiler to resolve instead of seven, and
/// none of its names shadows one of the user's.
pub mod ask {
    pub use super::{
        HealthByClassify as _, HealthOfErased as _, HintByClassify as _, NoHealth as _, NoHint as _,
    };
    pub use crate::generated::held::{HeldIfSend as _, NotHeld as _};
    pub use crate::generated::shown::{
        ShownByDebug as _, ShownByDisplay as _, ShownByName as _, ShownByOwnDebug as _,
        ShownByOwnDisplay as _,
    };
}

/// First choice of a hint: the value classifies itself.
pub trait HintByClassify {
    /// What the value knows.
    fn __hint(&self) -> Option<Verdict>;
}

impl<E: Classify> HintByClassify for &Probe<'_, E> {
    fn __hint(&self) -> Option<Verdict> {
        Some(self.0.classify())
    }
}

/// Last choice: it does not.
pub trait NoHint {
    /// Nothing.
    fn __hint(&self) -> Option<Verdict>;
}

impl<E> NoHint for Probe<'_, E> {
    fn __hint(&self) -> Option<Verdict> {
        None
    }
}

/// First choice of what a circuit breaker learns: an error whose type is hidden is looked into.
pub trait HealthOfErased {
    /// What the error says of the other side.
    fn __health(&self) -> Option<Verdict>;
}

impl<E> HealthOfErased for &&Probe<'_, E>
where
    E: Deref,
    E::Target: AnyError,
{
    fn __health(&self) -> Option<Verdict> {
        chain::verdict(self.0.deref().any_error())
    }
}

/// Second choice: the error classifies itself.
pub trait HealthByClassify {
    /// What the error says of the other side.
    fn __health(&self) -> Option<Verdict>;
}

impl<E: Classify> HealthByClassify for &Probe<'_, E> {
    fn __health(&self) -> Option<Verdict> {
        Some(self.0.classify())
    }
}

/// Last choice: it says nothing.
pub trait NoHealth {
    /// Nothing.
    fn __health(&self) -> Option<Verdict>;
}

impl<E> NoHealth for Probe<'_, E> {
    fn __health(&self) -> Option<Verdict> {
        None
    }
}

/// First choice of an error to look for types in: the one behind a pointer, as in
/// `anyhow::Error`, `eyre::Report` and `Box<dyn Error>`.
pub trait ErrorBehind<'a> {
    /// The error.
    fn __error(&self) -> &'a (dyn Error + 'static);
}

impl<'a, E> ErrorBehind<'a> for &&Probe<'a, E>
where
    E: Deref,
    E::Target: AnyError,
{
    fn __error(&self) -> &'a (dyn Error + 'static) {
        self.0.deref().any_error()
    }
}

/// Second choice: the value is an error itself.
pub trait ErrorByItself<'a> {
    /// The error.
    fn __error(&self) -> &'a (dyn Error + 'static);
}

impl<'a, E: Error + 'static> ErrorByItself<'a> for &Probe<'a, E> {
    fn __error(&self) -> &'a (dyn Error + 'static) {
        self.0
    }
}

/// Last choice: it is none, and the compiler says so in our words.
pub trait NotAnError<'a> {
    /// What the error is asked for.
    type Value: ?Sized;
    /// The error.
    fn __error(&self) -> &'a (dyn Error + 'static)
    where
        Self::Value: ErrorWithSources;
}

impl<'a, E: ?Sized> NotAnError<'a> for Probe<'a, E> {
    type Value = E;

    fn __error(&self) -> &'a (dyn Error + 'static)
    where
        E: ErrorWithSources,
    {
        match *self.0.never() {}
    }
}

/// Implemented by nothing: stands for what a type lacks.
#[diagnostic::on_unimplemented(
    message = "`[types]` matches an error and its sources, and `{Self}` is not an error",
    label = "not a `std::error::Error`",
    note = "name its failures by a pattern: `on = PATTERN`; or return `anyhow::Error`, `Box<dyn Error>` or a type that implements `std::error::Error`"
)]
pub trait ErrorWithSources {
    /// Never called.
    fn never(&self) -> &std::convert::Infallible;
}

/// The erased errors that pointers point at.
pub trait AnyError {
    /// As the plainest of them.
    fn any_error(&self) -> &(dyn Error + 'static);
}

macro_rules! any_error {
    ($($error:ty),*) => {$(
        impl AnyError for $error {
            fn any_error(&self) -> &(dyn Error + 'static) {
                self
            }
        }
    )*};
}

any_error!(dyn Error, dyn Error + Send, dyn Error + Send + Sync);
