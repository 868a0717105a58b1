//! Hooks and fallbacks: functions of the user's, which may be async in async functions.

use std::future::{Future, Ready, ready};

use crate::classify::outcome::{NoValue, Outcome};
use crate::classify::rejection::Rejection;
use crate::events::event::Event;
use crate::layers::bulkhead::nested::{MayHold, hold};

/// `on_retry = …`, `on_give_up = …`, `on_success = …`: calls the hook with the event.
///
/// The event comes first, so that a closure's argument needs no type.
#[inline]
pub fn hook<'a, 'e, R>(event: &'a Event<'e>, hook: impl FnOnce(&'a Event<'e>) -> R) -> R {
    hook(event)
}

/// As [`hook`], while the call holds its permit: calls that the hook makes through the same bulkhead
/// share it.
#[inline]
pub fn hook_holding<'a, 'e, R>(
    admission: &impl MayHold,
    event: &'a Event<'e>,
    hook: impl FnOnce(&'a Event<'e>) -> R,
) -> R {
    hold(admission, || hook(event))
}

/// What a hook has returned, and in an async function been awaited for.
#[inline]
pub fn nothing<R: Nothing>(returned: R) {
    returned.ignore();
}

/// What a hook returns.
#[diagnostic::on_unimplemented(
    message = "a hook returns nothing, and this one returns `{Self}`",
    label = "ends with a value",
    note = "end it with a `;`; to await something, write `async |event| …`, in an async function"
)]
pub trait Nothing {
    /// Does nothing.
    fn ignore(self);
}

impl Nothing for () {
    fn ignore(self) {}
}

/// What a hook or a fallback returned, to be awaited if it is a future: method calls on `Answer`
/// find the better of the two traits below (autoref specialisation).
#[derive(Debug)]
pub struct Answer<R>(pub Option<R>);

/// First choice: it is a future.
pub trait AnswerLater {
    /// The future.
    type Future: Future;
    /// Takes it.
    fn __answer(&mut self) -> Self::Future;
}

impl<R: Future> AnswerLater for Answer<R> {
    type Future = R;

    fn __answer(&mut self) -> R {
        match self.0.take() {
            Some(future) => future,
            None => unreachable!("an answer is taken once"),
        }
    }
}

/// Last choice: it is the answer itself.
pub trait AnswerNow {
    /// What was returned.
    type Answer;
    /// A future that is ready with it.
    fn __answer(&mut self) -> Ready<Self::Answer>;
}

impl<R> AnswerNow for &mut Answer<R> {
    type Answer = R;

    fn __answer(&mut self) -> Ready<R> {
        match self.0.take() {
            Some(answer) => ready(answer),
            None => unreachable!("an answer is taken once"),
        }
    }
}

/// `fallback = …`: calls it with the error.
#[inline]
pub fn fallback<E, R>(error: E, fallback: impl FnOnce(E) -> R) -> R {
    fallback(error)
}

/// As [`fallback`], in a blocking function, where nothing can be awaited.
#[inline]
pub fn fallback_blocking<O: Outcome>(error: O::Error, fallback: impl FnOnce(O::Error) -> O) -> O {
    fallback(error)
}

/// As [`fallback`], while the call holds its permit, if it was admitted.
#[inline]
pub fn fallback_holding<E, R>(
    admission: &impl MayHold,
    error: E,
    fallback: impl FnOnce(E) -> R,
) -> R {
    hold(admission, || fallback(error))
}

/// As [`fallback_blocking`], while the call holds its permit, if it was admitted.
#[inline]
pub fn fallback_blocking_holding<O: Outcome>(
    admission: &impl MayHold,
    error: O::Error,
    fallback: impl FnOnce(O::Error) -> O,
) -> O {
    hold(admission, || fallback(error))
}

/// What an async function's fallback has returned: it ends the call.
#[inline]
pub fn instead<O, R: Instead<O>>(returned: R) -> O {
    returned.instead()
}

/// `on_ok = … => …`: what the caller gets of a value that was waited for in vain.
#[inline]
pub const fn used_up<O>(outcome: O) -> O {
    outcome
}

/// What a fallback returns.
#[diagnostic::on_unimplemented(
    message = "a fallback returns what its function returns, `{O}`, and this one returns `{Self}`",
    label = "expected `{O}`"
)]
pub trait Instead<O> {
    /// Itself.
    fn instead(self) -> O;
}

impl<O> Instead<O> for O {
    fn instead(self) -> O {
        self
    }
}

/// Stands for a call without a fallback: the caller gets the last outcome.
#[derive(Clone, Copy, Debug)]
pub struct NoFallback;

/// What takes the place of the last error; in generated code, some function that does.
#[derive(Clone, Copy, Debug)]
pub struct Fallback<G = ()>(pub(crate) Option<G>);

/// An error that can say why a call was cut short, to the caller or to the `F` that takes its place.
#[diagnostic::on_unimplemented(
    message = "`timeout`, `deadline`, `breaker` and `bulkhead` end a call with an error of its own type, and `{Self}` cannot be made from a `persevere::Rejection`",
    label = "needs `From<persevere::Rejection>`",
    note = "in place of `reqwest::Error`, return `persevere::http::HttpError` or `anyhow::Error`: `?` makes them of it",
    note = "these have it, too: `std::io::Error`, `Box<dyn Error + Send + Sync>`, `eyre::Report`, and with the feature of their crate `tonic::Status`, `sqlx::Error`, `redis::RedisError`, `object_store::Error`, `SdkError` and `reqwest_middleware::Error`",
    note = "only where your own crate defines `{Self}`: write `impl From<persevere::Rejection> for {Self} {{ fn from(rejection: persevere::Rejection) -> Self {{ … }} }}`",
    note = "a `None` cannot say it, `persevere::NoValue`: return a `Result`, or name a `fallback`, for a closure before this option"
)]
pub trait FromRejection<F = NoFallback> {
    /// The error that says so.
    fn from_rejection(rejection: Rejection) -> Self;
}

#[diagnostic::do_not_recommend] // its other `From`s are of no help
impl<E: From<Rejection>, F> FromRejection<F> for E {
    fn from_rejection(rejection: Rejection) -> Self {
        rejection.into()
    }
}

/// A `None` is no answer to a call that was refused, but a fallback may have one.
#[diagnostic::do_not_recommend]
impl<G> FromRejection<Fallback<G>> for NoValue {
    fn from_rejection(_: Rejection) -> Self {
        Self
    }
}

/// The outcome of an attempt that was cut short: at the deadline, what an earlier attempt failed
/// with; else an error that says what happened.
pub fn rejected<O: Outcome>(rejection: impl Into<Rejection>, earlier: Option<O>) -> O
where
    O::Error: FromRejection,
{
    rejected_before::<O, NoFallback>(rejection, earlier)
}

/// As [`rejected`], in a call whose fallback is `F`.
pub fn rejected_before<O: Outcome, F>(rejection: impl Into<Rejection>, earlier: Option<O>) -> O
where
    O::Error: FromRejection<F>,
{
    match (rejection.into(), earlier) {
        (Rejection::DeadlineExceeded | Rejection::Cancelled, Some(earlier)) => earlier,
        (rejection, _) => O::from_result(Err(O::Error::from_rejection(rejection))),
    }
}
