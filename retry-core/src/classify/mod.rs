//! [`Classify`]: what a failure says about trying again.

pub(crate) mod asked;
pub(crate) mod attempt_end;
#[cfg(feature = "chaos")]
pub(crate) mod fault;
pub(crate) mod judge;
pub(crate) mod kind_limit;
pub(crate) mod outcome;
pub(crate) mod rejection;
pub(crate) mod stopped;

use std::convert::Infallible;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use self::kind_limit::KindLimit;

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
#[derive(Clone, Copy)]
#[must_use]
pub struct Verdict {
    class: Class,
    retry_after: Option<Duration>,
    limit: Option<KindLimit>,
    /// Whether it is permanent for want of an error that says otherwise.
    is_unsaid: bool,
}

impl Verdict {
    /// Not to be retried.
    pub const PERMANENT: Self = Self::of(Class::Permanent);
    /// To be retried.
    pub const TRANSIENT: Self = Self::of(Class::Transient);
    /// To be retried, more gently.
    pub const THROTTLED: Self = Self::of(Class::Throttled);

    /// For generated code: [`PERMANENT`](Self::PERMANENT), since no error in the chain of sources says to retry.
    /// The log says so.
    #[doc(hidden)]
    pub const UNSAID: Self = Self { is_unsaid: true, ..Self::PERMANENT };

    const fn of(class: Class) -> Self {
        Self { class, retry_after: None, limit: None, is_unsaid: false }
    }

    pub(crate) const fn is_unsaid(&self) -> bool {
        self.is_unsaid
    }

    /// Limits how often failures of this kind are retried, in one call: at most `retries` times. The call's
    /// `max_retries` counts all kinds together; whichever is used up first ends the call, with its last
    /// error as it is.
    ///
    /// A kind is what gets its limit at one place in the code, or a variant with `at_most` under
    /// `#[derive(Classify)]`. A call tells three kinds from each other; all further ones are counted
    /// together.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Classify, Policy, Verdict};
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum Error {
    ///     Busy,
    ///     Deadlock,
    /// }
    ///
    /// impl Classify for Error {
    ///     fn classify(&self) -> Verdict {
    ///         match self {
    ///             Self::Busy => Verdict::TRANSIENT,
    ///             Self::Deadlock => Verdict::TRANSIENT.at_most(2),
    ///         }
    ///     }
    /// }
    ///
    /// let mut attempts = 0;
    /// let outcome = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         attempts += 1;
    ///         Err::<(), _>(if attempts == 1 { Error::Busy } else { Error::Deadlock })
    ///     })
    ///     .call();
    /// assert_eq!((outcome, attempts), (Err(Error::Deadlock), 4));
    /// ```
    #[track_caller]
    pub const fn at_most(self, retries: u32) -> Self {
        Self { limit: Some(KindLimit::at(Location::caller(), retries)), ..self }
    }

    /// For generated code: as [`at_most`](Self::at_most), for the kind of that name.
    #[doc(hidden)]
    pub const fn of_kind_at_most(self, name: &str, retries: u32) -> Self {
        Self { limit: Some(KindLimit::named(name, retries)), ..self }
    }

    /// How often failures of this kind are retried in one call, if they have a limit of their own.
    ///
    /// ```
    /// # use persevere::Verdict;
    /// assert_eq!(Verdict::TRANSIENT.at_most(2).limit(), Some(2));
    /// assert_eq!(Verdict::TRANSIENT.limit(), None);
    /// ```
    #[must_use]
    pub const fn limit(&self) -> Option<u32> {
        match self.limit {
            Some(limit) => Some(limit.retries),
            None => None,
        }
    }

    pub(crate) const fn kind_limit(&self) -> Option<KindLimit> {
        self.limit
    }

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
        let limit = self.limit.or(hint.and_then(|hint| hint.limit));
        Self { class, retry_after, limit, is_unsaid: false }
    }

    /// What can be seen of it: not which kind its limit is for, and not whether anything said it.
    fn seen(&self) -> (Class, Option<Duration>, Option<u32>) {
        (self.class, self.retry_after, self.limit())
    }
}

/// By class, wait and limit; two kinds of failures with the same limit have equal verdicts.
impl PartialEq for Verdict {
    fn eq(&self, other: &Self) -> bool {
        self.seen() == other.seen()
    }
}

impl Eq for Verdict {}

impl Hash for Verdict {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.seen().hash(state);
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, retry_after, limit: _, is_unsaid: _ } = self;
        let mut verdict = f.debug_struct("Verdict");
        verdict.field("class", class).field("retry_after", retry_after);
        if let Some(most) = self.limit() {
            verdict.field("at_most", &most);
        }
        verdict.finish()
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
    note = "derive or implement `persevere::Classify` for it; or name the failures: `#[retry(on = PATTERN)]`; or retry them all: `#[retry(on = _)]`",
    note = "another crate's error: the features `anyhow`, `aws-smithy`, `eyre`, `http`, `object_store`, `redis`, `reqwest`, `sqlx` and `tonic` of `persevere` know theirs; one that hides its type, such as `Box<dyn Error>`: `#[retry(on = [Type, …])]`"
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
