//! [`HttpError`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

use ::http::{HeaderMap, StatusCode};

use super::http::with_retry_after;
use super::retry_after::retry_after;
use crate::classify::{Classify, Verdict};
use crate::rejection::Rejection;

/// A failed HTTP call: a status that means failure, no response at all, or one that was not
/// waited for.
///
/// It keeps the `Retry-After` that `reqwest`'s own `error_for_status` drops. Its message has the
/// status, where the response came from (without query, fragment and credentials, which may hold
/// secrets), and the wait that was asked for; of a call without response, what went wrong down to
/// the root cause.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
/// use retry_core::http::HttpError;
/// use retry_core::{Classify, Verdict};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
/// let error = HttpError::new(StatusCode::TOO_MANY_REQUESTS, &headers);
///
/// assert_eq!(error.to_string(), "429 Too Many Requests, retry after 7 s");
/// assert_eq!(error.classify(), Verdict::THROTTLED.with_retry_after(Duration::from_secs(7)));
/// ```
#[derive(Debug)]
pub struct HttpError {
    failure: Failure,
}

#[derive(Debug)]
enum Failure {
    Status {
        status: StatusCode,
        retry_after: Option<Duration>,
        origin: Option<String>,
    },
    #[cfg(feature = "reqwest")]
    Reqwest(reqwest::Error),
    Rejected(Rejection),
}

impl HttpError {
    /// The error for a response with that status and those headers.
    ///
    /// For clients other than `reqwest`; there, `ResponseExt::error_for_retry` makes it.
    #[must_use]
    pub fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        Self::from_response(status, headers, None)
    }

    /// As [`new`](Self::new), and where the response came from.
    #[doc(hidden)] // for `error_for_retry`, which has taken the secrets off it
    #[must_use]
    pub fn from_response(status: StatusCode, headers: &HeaderMap, origin: Option<String>) -> Self {
        let retry_after = retry_after(headers);
        Self { failure: Failure::Status { status, retry_after, origin } }
    }

    /// The response's status; `None` if there was no response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match &self.failure {
            Failure::Status { status, .. } => Some(*status),
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => error.status(),
            Failure::Rejected(_) => None,
        }
    }

    /// The wait that the response asked for, counted from when it was read.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match &self.failure {
            Failure::Status { retry_after, .. } => *retry_after,
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(_) => None,
            Failure::Rejected(_) => None,
        }
    }
}

/// The status by the HTTP rule, with its `Retry-After`; without a status, as the client's own
/// error.
impl Classify for HttpError {
    fn classify(&self) -> Verdict {
        match &self.failure {
            Failure::Status { status, retry_after, .. } => {
                with_retry_after(status.classify(), *retry_after)
            }
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => error.classify(),
            Failure::Rejected(rejection) => rejection.classify(),
        }
    }
}

/// So that `timeout` and `deadline` can be used where this is the error.
impl From<Rejection> for HttpError {
    fn from(rejection: Rejection) -> Self {
        Self { failure: Failure::Rejected(rejection) }
    }
}

#[cfg(feature = "reqwest")]
impl From<reqwest::Error> for HttpError {
    fn from(mut error: reqwest::Error) -> Self {
        if let Some(url) = error.url_mut() {
            without_secrets(url);
        }
        Self { failure: Failure::Reqwest(error) }
    }
}

/// Takes off what may hold secrets. An URL that cannot have credentials has none to lose.
#[cfg(feature = "reqwest")]
#[doc(hidden)] // for `error_for_retry`
pub fn without_secrets(url: &mut reqwest::Url) {
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.failure {
            Failure::Status { status, retry_after, origin } => {
                write!(f, "{}", status.as_str())?;
                if let Some(reason) = status.canonical_reason() {
                    write!(f, " {reason}")?;
                }
                if let Some(origin) = origin {
                    write!(f, " from {origin}")?;
                }
                match retry_after {
                    Some(wait) => write!(f, ", retry after {} s", wait.as_secs()),
                    None => Ok(()),
                }
            }
            Failure::Rejected(rejection) => write!(f, "{rejection}"),
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => {
                write!(f, "{error}")?;
                match root_cause(error) {
                    Some(cause) => write!(f, ": {cause}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// `reqwest`'s own message leaves out what a person needs: why.
#[cfg(feature = "reqwest")]
fn root_cause(error: &reqwest::Error) -> Option<&(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source()).last()
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.failure {
            Failure::Status { .. } => None,
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => Some(error),
            Failure::Rejected(rejection) => Some(rejection),
        }
    }
}
