//! [`Rejection`]: why an attempt or a call ended without an outcome of its own.

use std::error::Error;
use std::fmt;
use std::time::Duration;

#[cfg(feature = "chaos")]
use crate::classify::fault::Fault;
use crate::classify::{Classify, Verdict, judge};

/// Why a limit or a layer cut a call short, or refused it.
///
/// A function whose attribute has a key that can refuse (`timeout`, `deadline`, `breaker`,
/// `bulkhead`) returns its own error type, made from this one by `From<Rejection>`; it is asked for only there.
///
/// These errors of other crates are made from it, keep it inside, and take their verdict from it;
/// [`rejection`] finds it again:
///
/// | error | with the feature | kept in |
/// |---|---|---|
/// | [`std::io::Error`] | | what it was made from; of the kind `TimedOut` for a limit, else `Other` |
/// | `Box<dyn Error + Send + Sync>` | | itself |
/// | `anyhow::Error`, `eyre::Report` | `anyhow`, `eyre` for its verdict | itself |
/// | [`http::HttpError`](crate::http::HttpError) | `http` | its source |
/// | `tonic::Status` | `tonic` | its source, with a code that its callers understand |
/// | `sqlx::Error` | `sqlx` | an `Io` error |
/// | `redis::RedisError` | `redis` | an error of the kind `Io` |
/// | `object_store::Error`, its `client::HttpError` | `object_store` | a `Generic` error; the source |
/// | `SdkError` of the AWS SDK, `ConnectorError` | `aws-smithy` | a `DispatchFailure` |
/// | `reqwest_middleware::Error` | `reqwest-middleware` | a `Middleware` error |
///
/// Not `reqwest::Error` and `tonic::transport::Error`, which nobody but their crates can make: return
/// [`http::HttpError`](crate::http::HttpError), `tonic::Status` or an error of your own.
///
/// ```
/// use persevere::{Classify, Rejection, Verdict};
///
/// #[derive(Debug, PartialEq)]
/// enum SearchError {
///     Rejected(Rejection),
///     NoIndex,
/// }
///
/// impl From<Rejection> for SearchError {
///     fn from(rejection: Rejection) -> Self {
///         Self::Rejected(rejection)
///     }
/// }
///
/// assert_eq!(Rejection::TimedOut.classify(), Verdict::TRANSIENT);
/// assert_eq!(SearchError::from(Rejection::TimedOut), SearchError::Rejected(Rejection::TimedOut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejection {
    /// The attempt did not end within `timeout`. Transient.
    TimedOut,
    /// The call did not end within `deadline`. Permanent: no time is left for another attempt.
    DeadlineExceeded,
    /// The circuit breaker refused the attempt. Permanent: a circuit breaker is there to fail fast. If
    /// `on` or `when` retries it nevertheless, the wait is at least `retry_in`.
    CircuitOpen {
        /// The time until the circuit breaker lets a probe through. Zero if it is half-open and all its
        /// probes are under way, since nobody knows when the first will end. A retry then waits as long
        /// as its schedule says, as after any error without a `retry_after`.
        retry_in: Duration,
    },
    /// The bulkhead's permits were all taken, and none became free in time.
    /// Permanent, and never retried by the function whose bulkhead it is.
    BulkheadFull,
    /// The call was cancelled before its first attempt, or the process is shutting down. Permanent.
    Cancelled,
    /// The turn that the [`Rate`](crate::Rate) of the upstream has for the attempt would come too late, or the
    /// upstream has asked for a longer pause. Permanent: waiting attempts are load, too. If `on` or `when`
    /// retries it nevertheless, the wait is at least `retry_in`.
    RateLimited {
        /// The time until there would be a turn.
        retry_in: Duration,
    },
    /// A fault that [`chaos`](crate::chaos) put in, in place of the body. Classified as the real failure of
    /// that name.
    #[cfg(feature = "chaos")]
    Fault(Fault),
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("the attempt timed out"),
            Self::DeadlineExceeded => f.write_str("the deadline has passed"),
            Self::CircuitOpen { retry_in: Duration::ZERO } => {
                f.write_str("the circuit is half-open, and its probes are under way")
            }
            Self::CircuitOpen { retry_in } => {
                write!(
                    f,
                    "the circuit is open for another {}",
                    crate::primitives::span_text::SpanText(*retry_in)
                )
            }
            Self::BulkheadFull => f.write_str("too many calls are running"),
            Self::Cancelled => f.write_str("the call was cancelled"),
            Self::RateLimited { retry_in } => {
                write!(
                    f,
                    "the rate is used up for another {}",
                    crate::primitives::span_text::SpanText(*retry_in)
                )
            }
            #[cfg(feature = "chaos")]
            Self::Fault(fault) => write!(f, "the fault `{fault}` was put in by chaos"),
        }
    }
}

impl Error for Rejection {}

/// The [`Rejection`] that an error is, or has in its source chain: also one that an
/// [`io::Error`](std::io::Error) was made from, and one behind a pointer. In an error type of your own, match the
/// variant that holds it: behind `#[error(transparent)]` it is hidden, since that leads to its own source.
///
/// ```
/// use std::io;
/// use persevere::{Rejection, rejection};
///
/// let cut = io::Error::from(Rejection::TimedOut);
/// assert_eq!(rejection(&cut), Some(Rejection::TimedOut));
/// let slow = io::Error::from(io::ErrorKind::TimedOut); // the other side's
/// assert_eq!(rejection(&slow), None);
/// ```
#[must_use]
pub fn rejection(error: &(dyn Error + 'static)) -> Option<Rejection> {
    judge::find::<Rejection>(error).copied()
}

/// A timeout is transient, since the other side was slow. A refusal on this side is permanent, to the
/// refused call and to those around it: retrying it would bring back the load that it sheds. If `on` or
/// `when` retries an open circuit or a used-up rate nevertheless, `retry_in` is the shortest wait.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Class, Classify, Rejection};
///
/// let refused = Rejection::CircuitOpen { retry_in: Duration::from_secs(7) }.classify();
/// assert_eq!(refused.class(), Class::Permanent);
/// assert_eq!(refused.retry_after(), Some(Duration::from_secs(7)));
/// ```
impl Classify for Rejection {
    fn classify(&self) -> Verdict {
        match self {
            Self::TimedOut => Verdict::TRANSIENT,
            Self::DeadlineExceeded | Self::BulkheadFull | Self::Cancelled => Verdict::PERMANENT,
            Self::CircuitOpen { retry_in } | Self::RateLimited { retry_in } => {
                Verdict::PERMANENT.with_retry_after(*retry_in)
            }
            #[cfg(feature = "chaos")]
            Self::Fault(fault) => fault.classify(),
        }
    }
}
