//! [`Classify`]: what a failure says about trying again.

pub(crate) mod asked;
pub(crate) mod attempt_end;
pub(crate) mod judge;
pub(crate) mod outcome;
pub(crate) mod rejection;
pub(crate) mod stopped;

use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// The kind of a failure.
///
/// There are these three and no more, so a `match` needs no `_` arm.
///
/// ```
/// use persevere::{Class, Verdict};
/// assert_eq!(Verdict::THROTTLED.class(), Class::Throttled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A retry would fail again: not retried.
    Permanent,
    /// A retry may succeed: retried.
    Transient,
    /// The other side asks for less load: retried, on the `throttled` schedule if there is one.
    Throttled,
}

impl Class {
    /// The class in one lower-case word, as events carry it.
    ///
    /// ```
    /// use persevere::Class;
    ///
    /// assert_eq!(Class::Throttled.as_str(), "throttled");
    /// assert_eq!(Class::Throttled.to_string(), "throttled");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Transient => "transient",
            Self::Throttled => "throttled",
        }
    }
}

impl fmt::Display for Class {
    /// [`as_str`](Self::as_str).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a failure says about a retry: its [`Class`], and the shortest wait that it asks for.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Class, Verdict};
///
/// let verdict = Verdict::THROTTLED.with_retry_after(Duration::from_secs(7));
/// assert!(verdict.is_retryable());
/// assert_eq!(verdict.class(), Class::Throttled);
/// assert_eq!(verdict.retry_after(), Some(Duration::from_secs(7)));
/// assert_eq!(Verdict::from(true), Verdict::TRANSIENT);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Verdict {
    class: Class,
    retry_after: Option<Duration>,
}

impl Verdict {
    /// Not to be retried.
    pub const PERMANENT: Self = Self { class: Class::Permanent, retry_after: None };
    /// To be retried.
    pub const TRANSIENT: Self = Self { class: Class::Transient, retry_after: None };
    /// To be retried, more gently.
    pub const THROTTLED: Self = Self { class: Class::Throttled, retry_after: None };

    /// Sets the shortest wait that the failure asks for, a floor under the schedule's own delay. One beyond
    /// `max_delay` ends the call, so that no wait is longer than promised or shorter than asked. On a
    /// permanent verdict, it counts if `on`, `when` or the body retries the failure nevertheless.
    pub const fn with_retry_after(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..self }
    }

    /// The kind of failure.
    #[must_use]
    pub fn class(&self) -> Class {
        asked::note(*self);
        self.class
    }

    /// The shortest wait that the failure asks for, if it names one.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the failure is to be retried: transient or throttled.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        asked::note(*self);
        self.retries()
    }

    /// Like [`is_retryable`](Self::is_retryable), for callers that are not the user's closures.
    pub(crate) const fn retries(&self) -> bool {
        !matches!(self.class, Class::Permanent)
    }

    /// Like [`class`](Self::class), for callers that are not the user's closures.
    pub(crate) const fn kind(&self) -> Class {
        self.class
    }

    /// This verdict for a failure that the caller has decided to retry: never permanent, and with the
    /// throttling and the `retry_after` of `hint` where this one has none.
    pub(crate) fn retried(self, hint: Option<Self>) -> Self {
        let throttled = |verdict: &Self| verdict.class == Class::Throttled;
        let class = if throttled(&self) || hint.as_ref().is_some_and(throttled) {
            Class::Throttled
        } else {
            Class::Transient
        };
        let retry_after = self.retry_after.or(hint.and_then(|hint| hint.retry_after));
        Self { class, retry_after }
    }
}

impl From<bool> for Verdict {
    /// `true` is [`Verdict::TRANSIENT`], `false` is [`Verdict::PERMANENT`].
    fn from(retry: bool) -> Self {
        if retry { Self::TRANSIENT } else { Self::PERMANENT }
    }
}

/// An error that knows whether a retry can help.
///
/// `#[retry]` asks it if neither `on` nor `when` decides.
///
/// ```
/// use persevere::{Classify, Verdict};
///
/// enum EvalError {
///     Timeout,
///     BadInput,
/// }
///
/// impl Classify for EvalError {
///     fn classify(&self) -> Verdict {
///         match self {
///             Self::Timeout => Verdict::TRANSIENT,
///             Self::BadInput => Verdict::PERMANENT,
///         }
///     }
/// }
///
/// assert!(EvalError::Timeout.classify().is_retryable());
/// assert!(!EvalError::BadInput.classify().is_retryable());
/// ```
#[diagnostic::on_unimplemented(
    message = "`#[retry]` does not know which failures of type `{Self}` to retry",
    label = "`{Self}` does not implement `persevere::Classify`",
    note = "derive or implement `persevere::Classify` for it; or name the failures: `#[retry(on = PATTERN)]`; or retry them all: `#[retry(on = _)]`"
)]
pub trait Classify {
    /// The verdict on this failure: whether to retry it, and after which wait.
    fn classify(&self) -> Verdict;
}

/// Never called: there is no such error.
impl Classify for Infallible {
    fn classify(&self) -> Verdict {
        match *self {}
    }
}

/// A timeout is always transient.
#[cfg(feature = "tokio")]
impl Classify for tokio::time::error::Elapsed {
    fn classify(&self) -> Verdict {
        Verdict::TRANSIENT
    }
}

macro_rules! classify_through_pointers {
    ($($pointer:ty),*) => {$(
        /// Asks the error behind the pointer.
        impl<E: Classify + ?Sized> Classify for $pointer {
            fn classify(&self) -> Verdict {
                (**self).classify()
            }
        }
    )*};
}

classify_through_pointers!(&E, Box<E>, Rc<E>, Arc<E>);
