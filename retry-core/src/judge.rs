//! How the generated code reads an error: by its `Classify`, by the user's word, and for people.

use std::fmt;

use crate::classify::{Classify, Verdict};
use crate::policy::Policy;

/// Neither `on` nor `when`: the error itself decides.
pub fn classified<E: Classify + ?Sized>(error: &E) -> Verdict {
    error.classify()
}

/// `when = …`: the function decides.
pub fn when<E: ?Sized, V: Into<Verdict>>(judge: impl FnOnce(&E) -> V, error: &E) -> Verdict {
    judge(error).into()
}

/// `on` and `when` have decided; `hint` is what the error itself knows, if it classifies.
pub fn decided(verdict: Verdict, hint: impl FnOnce() -> Option<Verdict>) -> Verdict {
    if verdict.is_retryable() { verdict.retried(hint()) } else { verdict }
}

/// `id = …`, its type pinned down where the user wrote it.
pub fn id<I: fmt::Display + ?Sized>(id: &I) -> &I {
    id
}

/// An error, asked for what its type may or may not offer: method calls on `&&&Probe` find the
/// best of the traits below that the type satisfies (autoref specialisation).
pub struct Probe<'a, E: ?Sized>(pub &'a E);

/// The error as text, borrowed.
pub enum ErrorText<'a> {
    /// By its `Display`.
    Display(&'a dyn fmt::Display),
    /// By its `Debug`.
    Debug(&'a dyn fmt::Debug),
    /// By the name of its type.
    Name(&'static str),
}

impl fmt::Display for ErrorText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display(error) => error.fmt(f),
            Self::Debug(error) => error.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// First choice: `Display`.
pub trait TextByDisplay<'a> {
    /// The error as text.
    fn text(&self) -> ErrorText<'a>;
}

impl<'a, E: fmt::Display> TextByDisplay<'a> for &&Probe<'a, E> {
    fn text(&self) -> ErrorText<'a> {
        ErrorText::Display(self.0)
    }
}

/// Second choice: `Debug`.
pub trait TextByDebug<'a> {
    /// The error as text.
    fn text(&self) -> ErrorText<'a>;
}

impl<'a, E: fmt::Debug> TextByDebug<'a> for &Probe<'a, E> {
    fn text(&self) -> ErrorText<'a> {
        ErrorText::Debug(self.0)
    }
}

/// Last choice: the name of the type.
pub trait TextByName<'a> {
    /// The error as text.
    fn text(&self) -> ErrorText<'a>;
}

impl<'a, E> TextByName<'a> for Probe<'a, E> {
    fn text(&self) -> ErrorText<'a> {
        ErrorText::Name(std::any::type_name::<E>())
    }
}

/// First choice: the error classifies itself.
pub trait HintByClassify {
    /// What the error knows.
    fn hint(&self) -> Option<Verdict>;
}

impl<E: Classify> HintByClassify for &Probe<'_, E> {
    fn hint(&self) -> Option<Verdict> {
        Some(self.0.classify())
    }
}

/// Last choice: it does not.
pub trait NoHint {
    /// Nothing.
    fn hint(&self) -> Option<Verdict>;
}

impl<E> NoHint for Probe<'_, E> {
    fn hint(&self) -> Option<Verdict> {
        None
    }
}

/// An argument named in `clone(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is listed in `clone(..)` but is not `Clone`",
    label = "cannot be cloned for each attempt",
    note = "take it by reference, or wrap it in an `Arc`"
)]
pub trait CloneArgument: Clone {}
impl<T: Clone> CloneArgument for T {}

/// A copy of an argument named in `clone(..)`, for one attempt.
#[inline]
pub fn clone_argument<T: CloneArgument>(argument: &T) -> T {
    argument.clone()
}

/// A `mut` argument taken by value.
#[diagnostic::on_unimplemented(
    message = "a `mut` argument of `#[retry]` must be `Copy`, so that each attempt starts from the same value",
    label = "`{Self}` is not `Copy`",
    note = "name the argument in `clone(..)`: `#[retry(clone(argument))]`"
)]
pub trait FreshArgument: Copy {}
impl<T: Copy> FreshArgument for T {}

/// A copy of a `mut` argument, for one attempt.
#[inline]
pub fn fresh_argument<T: FreshArgument>(argument: &T) -> T {
    *argument
}

/// `policy = …` and `throttled = …`, their type pinned down where the user wrote them.
pub const fn policy(policy: Policy) -> Policy {
    policy
}

/// `exponential_base` computed at run time: one that [`Policy::with_exponential_base`] refuses
/// leaves the policy's own in force, since a bad number must not turn a failure into a panic.
pub fn with_exponential_base(policy: Policy, exponential_base: f64) -> Policy {
    if Policy::accepts_exponential_base(exponential_base) {
        policy.with_exponential_base(exponential_base)
    } else {
        policy
    }
}

/// `jitter` computed at run time: as [`with_exponential_base`].
pub fn with_jitter(policy: Policy, jitter: crate::Jitter) -> Policy {
    if jitter.is_valid() { policy.with_jitter(jitter) } else { policy }
}
