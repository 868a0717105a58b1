//! How the generated code judges an outcome: by its `Classify`, or by the attribute's `on` and `when`.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::classify::stopped::Stopped;
use crate::classify::{Classify, Verdict};

/// Neither `on` nor `when`: the error itself decides.
pub fn classified<E: Classify + ?Sized>(error: &E) -> Verdict {
    error.classify()
}

/// The same for an attempt that a circuit breaker may have refused: an open circuit ends the call,
/// whatever the error made from the refusal says, since neither `on` nor `when` asked to wait for it.
pub fn unless_refused(rejected: Option<Stopped>, verdict: Verdict) -> Verdict {
    match rejected {
        Some(stopped) if stopped.refused_for().is_some() => stopped.rejection().classify(),
        _ => verdict,
    }
}

/// `forward` in a derive: the error inside decides.
pub fn forwarded<E: Forward + ?Sized>(error: &E) -> Verdict {
    error.forward()
}

/// An error inside another.
#[diagnostic::on_unimplemented(
    message = "`forward` takes the verdict of the error inside, and `{Self}` has none",
    label = "`{Self}` does not implement `persevere::Classify`",
    note = "derive or implement `persevere::Classify` for it; or write `transient`, `throttled`, `permanent` or `when = function` instead of `forward`",
    note = "another crate's error: the features `anyhow`, `aws-smithy`, `eyre`, `http`, `object_store`, `redis`, `reqwest`, `sqlx` and `tonic` of `persevere` know theirs"
)]
pub trait Forward {
    /// The inner error's verdict.
    fn forward(&self) -> Verdict;
}

#[diagnostic::do_not_recommend] // a derive has other alternatives than a function
impl<E: Classify + ?Sized> Forward for E {
    fn forward(&self) -> Verdict {
        self.classify()
    }
}

/// `when = …`: the function decides.
pub fn when<E: ?Sized, V: Answers>(judge: impl FnOnce(&E) -> V, error: &E) -> Verdict {
    judge(error).verdict()
}

/// `when = is_one_of(&LIST)`: what an expression that is no closure makes. Its bound says so in our words; that
/// of [`when`] gives a closure the type of its argument.
pub fn when_made<E: ?Sized, J: Decides<E>>(judge: J, error: &E) -> Verdict {
    judge.decide(error)
}

/// A function from `&E` to an answer.
#[diagnostic::on_unimplemented(
    message = "`when` takes a function, which gets the error, and this is a value of type `{Self}`",
    label = "not a function from `&{E}`",
    note = "write the function's name alone: `when = is_busy`; or a closure: `when = |error| …`"
)]
pub trait Decides<E: ?Sized> {
    /// The answer.
    fn decide(self, error: &E) -> Verdict;
}

#[diagnostic::do_not_recommend]
impl<E: ?Sized, V: Answers, J: FnOnce(&E) -> V> Decides<E> for J {
    fn decide(self, error: &E) -> Verdict {
        self(error).verdict()
    }
}

/// `on = NAME`: asks that there is such a value, without calling `name`. Were there none, the name would be
/// bound to each failure, whose type is then a reference.
pub fn named<E: ?Sized, N: NamedIn<E>>(_failure: &E, _name: impl FnOnce() -> N) {}

/// A value that a pattern can name.
#[diagnostic::on_unimplemented(
    message = "this name is no variant, constant or unit struct of type `{E}`",
    label = "a pattern that only is a new name matches everything",
    note = "write a variant with its enum: `on = Error::Timeout`; a type behind an erased error in brackets: `on = [TimeoutError]`; every failure: `on = _`"
)]
pub trait NamedIn<E: ?Sized> {}

#[diagnostic::do_not_recommend]
impl<E> NamedIn<E> for E {}

#[diagnostic::do_not_recommend]
impl<E> NamedIn<&E> for E {}

/// What a function that classifies returns.
#[diagnostic::on_unimplemented(
    message = "a function that decides whether to retry returns a `bool` or a `Verdict`, and this one returns `{Self}`",
    label = "neither `bool` nor `persevere::Verdict`"
)]
pub trait Answers {
    /// The answer.
    fn verdict(self) -> Verdict;
}

#[diagnostic::do_not_recommend] // the message above is clearer than `Into`'s
impl<V: Into<Verdict>> Answers for V {
    fn verdict(self) -> Verdict {
        self.into()
    }
}

/// What a function that classifies returned, its type pinned down where the user wrote it.
pub fn into_verdict<V: Answers>(judged: V) -> Verdict {
    judged.verdict()
}

/// `after = …`: the wait that a field holds, if any.
pub fn after<W: Wait>(verdict: Verdict, wait: &W) -> Verdict {
    match wait.wait() {
        Some(wait) => verdict.with_retry_after(wait),
        None => verdict,
    }
}

/// A field that holds how long to wait.
#[diagnostic::on_unimplemented(
    message = "`after` names a field that holds a `Duration` or an `Option<Duration>`, and this one holds `{Self}`",
    label = "not a duration"
)]
pub trait Wait {
    /// How long to wait.
    fn wait(&self) -> Option<Duration>;
}

impl Wait for Duration {
    fn wait(&self) -> Option<Duration> {
        Some(*self)
    }
}

impl Wait for Option<Duration> {
    fn wait(&self) -> Option<Duration> {
        *self
    }
}

/// `on` or `on_ok` matched, so a retry follows; `hint` is the value's own verdict, if it has one.
pub fn retried(hint: Option<Verdict>) -> Verdict {
    Verdict::TRANSIENT.retried(hint)
}

/// What a value comes to that `on_ok` may retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// It is not retried.
    Final,
    /// It is retried although nothing has failed: a job that still runs. The verdict may say how long to wait.
    Waiting(Verdict),
    /// It is retried, and says itself that it is a failure: a response 503.
    Failed(Verdict),
}

impl Polled {
    /// By the verdict of what judges values: a permanent one means that the value is final.
    pub fn judged(verdict: Verdict) -> Self {
        if verdict.retries() { Self::Failed(verdict) } else { Self::Final }
    }

    /// The verdict by which a value is retried that `on_ok` matches.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Failed(verdict) | Self::Waiting(verdict) => verdict,
            Self::Final => Verdict::PERMANENT,
        }
    }
}

/// `on_ok` matched a value: by its own verdict, if it has one, it is a failure; else it is waited for.
pub fn polled(own: Option<Verdict>) -> Polled {
    let verdict = retried(own);
    if own.is_some_and(|own| own.retries()) {
        Polled::Failed(verdict)
    } else {
        Polled::Waiting(verdict)
    }
}

/// What a circuit breaker learns of an error: its own verdict, if it has one. That a function does not list
/// it is no proof of health.
pub fn health(own: Option<Verdict>, verdict: Verdict) -> Verdict {
    own.unwrap_or(verdict)
}

/// `on` or `when` have decided; `hint` is the value's own verdict, if it has one.
pub fn decided(verdict: Verdict, hint: impl FnOnce() -> Option<Verdict>) -> Verdict {
    if verdict.retries() { verdict.retried(hint()) } else { verdict }
}

/// `on = [T, …]`: the first of the error and its sources, outermost first, that is a `T`.
pub fn find<'a, T: Listed>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(downcast)
}

/// The error and its sources, outermost first.
pub(crate) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| source(error))
}

/// The error as a `T`, also from behind a pointer: the pointer is an error of another type, whose
/// `source` skips what it points at.
pub(crate) fn downcast<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let behind_box = || error.downcast_ref::<Box<T>>().map(|it| &**it);
    let behind_arc = || error.downcast_ref::<Arc<T>>().map(|it| &**it);
    error.downcast_ref().or_else(behind_box).or_else(behind_arc)
}

/// A type that `on = [T, …]` lists.
#[diagnostic::on_unimplemented(
    message = "`[types]` lists types of errors, and `{Self}` is not an error",
    label = "not a `std::error::Error`"
)]
pub trait Listed: Error + 'static {}

#[diagnostic::do_not_recommend] // the message above names the requirement
impl<T: Error + 'static> Listed for T {}

/// After an `io::Error` comes the error that it was made from, which its own `source` skips; also from
/// behind a pointer. After a pointer to an error without a name, as in `redis`, comes that error. After
/// `reqwest_middleware::Error`, which is transparent, comes what it wraps.
fn source<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(inner) = error.downcast_ref::<Arc<dyn Error + Send + Sync>>() {
        return Some(&**inner);
    }
    #[cfg(feature = "reqwest-middleware")]
    if let Some(inner) = downcast::<reqwest_middleware::Error>(error) {
        return Some(match inner {
            reqwest_middleware::Error::Middleware(inner) => &**inner,
            reqwest_middleware::Error::Reqwest(inner) => inner,
        });
    }
    match downcast::<io::Error>(error).and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_found_in_the_whole_chain() {
        let inner = io::Error::from(io::ErrorKind::TimedOut);
        let outer: Box<dyn Error> = Box::new(io::Error::other(inner));
        let found = find::<io::Error>(&*outer).map(io::Error::kind);
        assert_eq!(found, Some(io::ErrorKind::Other));
        let number = "x".parse::<u8>().unwrap_err();
        let outer: Box<dyn Error> = Box::new(io::Error::other(io::Error::other(number)));
        assert!(find::<std::num::ParseIntError>(&*outer).is_some());
        assert!(find::<std::fmt::Error>(&*outer).is_none());
        let number = "x".parse::<u8>().unwrap_err();
        let pointed_at = io::Error::other(Arc::new(io::Error::other(number)));
        assert!(find::<std::num::ParseIntError>(&pointed_at).is_some());
    }
}
