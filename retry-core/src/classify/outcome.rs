//! [`Outcome`]: reading success or failure from a return value.

use std::fmt;

/// A return value that is either a success or a failure.
///
/// This trait decides what a function's return value means, not the spelling of its type, so aliases such
/// as `io::Result` work.
///
/// ```
/// use persevere::Outcome;
/// let failed: Result<u8, &str> = Err("busy");
/// assert_eq!(failed.as_result(), Err(&"busy"));
/// assert!(None::<u8>.as_result().is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "only a `Result` or an `Option` shows whether an attempt failed, and this is `{Self}`",
    label = "neither `Result` nor `Option`",
    note = "return `Result<T, E>` or `Option<T>`"
)]
pub trait Outcome: Sized {
    /// The value of a success.
    type Value;
    /// The error of a failure.
    type Error;

    /// The outcome by reference, as a `Result`.
    ///
    /// # Errors
    ///
    /// With the error, if this is a failure.
    fn as_result(&self) -> Result<&Self::Value, &Self::Error>;

    /// The outcome as a `Result`.
    ///
    /// # Errors
    ///
    /// With the error, if this is a failure.
    fn into_result(self) -> Result<Self::Value, Self::Error>;

    /// The outcome from a `Result`: the opposite of [`into_result`](Self::into_result).
    fn from_result(result: Result<Self::Value, Self::Error>) -> Self;
}

impl<T, E> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn as_result(&self) -> Result<&T, &E> {
        self.as_ref()
    }

    #[inline]
    fn into_result(self) -> Self {
        self
    }

    #[inline]
    fn from_result(result: Self) -> Self {
        result
    }
}

/// `None` is a failure, [`NoValue`].
impl<T> Outcome for Option<T> {
    type Value = T;
    type Error = NoValue;

    #[inline]
    fn as_result(&self) -> Result<&T, &NoValue> {
        self.as_ref().ok_or(&NoValue)
    }

    #[inline]
    fn into_result(self) -> Result<T, NoValue> {
        self.ok_or(NoValue)
    }

    #[inline]
    fn from_result(result: Result<T, NoValue>) -> Self {
        result.ok()
    }
}

/// The failure of an `Option`: there was no value. It does not say why, so it is no
/// [`Classify`](crate::Classify): it is retried where `on = _` or `when` says so.
///
/// ```
/// use std::time::Duration;
/// use persevere::{NoValue, Policy};
///
/// let mut answers = [None, Some(7)].into_iter();
/// let answer = Policy::DEFAULT
///     .with_base_delay(Duration::ZERO)
///     .retry_blocking(|| answers.next().flatten())
///     .on(|NoValue| true)
///     .call();
/// assert_eq!(answer, Some(7));
/// assert_eq!(NoValue.to_string(), "no value");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoValue;

impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value")
    }
}

impl std::error::Error for NoValue {}
