//! [`HttpError`].

use std::error::Error;
use std::fmt;
use std::sync::LazyLock;
use std::time::Duration;

use ::http::{HeaderMap, StatusCode};

use super::http_rule::of_response;
use super::response_body::ResponseBody;
use crate::classify::rejection::Rejection;
use crate::classify::{Classify, Verdict};

/// A failed HTTP call: a status that means failure, no response, or a response that came too late.
///
/// It keeps the headers, `Retry-After` among them, which `reqwest`'s own `error_for_status` drops, and
/// the beginning of the [body](Self::body) if it was given one. Its message has the status, the URL
/// (without query, fragment and credentials, which may be secret), the wait that the response asks
/// for, and the body's first words; for a call without a response, the whole source chain. Neither the
/// message nor `Debug` shows headers, which may be secret, too.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
/// use persevere::http::HttpError;
/// use persevere::{Classify, Verdict};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
/// let error = HttpError::new(StatusCode::TOO_MANY_REQUESTS, &headers);
///
/// assert_eq!(error.to_string(), "429 Too Many Requests, retry after 7 s");
/// assert_eq!(error.classify(), Verdict::THROTTLED.with_retry_after(Duration::from_secs(7)));
/// ```
pub struct HttpError {
    failure: Failure,
}

enum Failure {
    Answered(Box<Answer>),
    #[cfg(feature = "reqwest")]
    Reqwest(reqwest::Error),
    Rejected(Rejection),
}

/// The parts of a response that an error keeps.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// Computed when the response was read, since the header may name a date.
    verdict: Verdict,
    origin: Option<String>,
    body: Option<ResponseBody>,
}

impl HttpError {
    /// The maximum length of a body that is kept, in bytes: 8 KiB.
    pub const BODY_LIMIT: usize = 8 * 1024;

    /// Makes the error for a response with that status and those headers.
    ///
    /// Meant for clients other than `reqwest`, for which `ResponseExt::error_for_retry` makes it.
    #[must_use]
    pub fn new(status: StatusCode, headers: &HeaderMap) -> Self {
        Self::from_response(status, headers, None)
    }

    /// As [`new`](Self::new), with the URL of the response.
    #[doc(hidden)] // for `error_for_retry`, which removes secrets from the URL
    #[must_use]
    pub fn from_response(status: StatusCode, headers: &HeaderMap, origin: Option<String>) -> Self {
        let verdict = of_response(status, headers);
        let headers = headers.clone();
        let answer = Answer { status, headers, verdict, origin, body: None };
        Self { failure: Failure::Answered(Box::new(answer)) }
    }

    /// Keeps the first [`BODY_LIMIT`](Self::BODY_LIMIT) bytes of the response's body, for
    /// [`body`](Self::body) and for the message. Has no effect if there was no response.
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use persevere::http::HttpError;
    ///
    /// let error = HttpError::new(StatusCode::BAD_REQUEST, &HeaderMap::new()).with_body("no such sku");
    /// assert_eq!(error.body(), Some("no such sku"));
    /// assert_eq!(error.to_string(), "400 Bad Request: no such sku");
    /// ```
    #[must_use]
    pub fn with_body(mut self, body: impl AsRef<[u8]>) -> Self {
        if let Failure::Answered(answer) = &mut self.failure {
            answer.body = Some(ResponseBody::beginning_of(body.as_ref()));
        }
        self
    }

    /// The response's status; `None` if there was no response.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match &self.failure {
            Failure::Answered(answer) => Some(answer.status),
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => error.status(),
            Failure::Rejected(_) => None,
        }
    }

    fn answer(&self) -> Option<&Answer> {
        match &self.failure {
            Failure::Answered(answer) => Some(answer),
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(_) => None,
            Failure::Rejected(_) => None,
        }
    }

    /// The response's headers; none if there was no response, or if `reqwest` had dropped them.
    ///
    /// For a `when` function, if a service has its own fields:
    ///
    /// ```
    /// use std::time::Duration;
    /// use http::{HeaderMap, HeaderValue, StatusCode};
    /// use persevere::http::HttpError;
    /// use persevere::{Classify, Verdict};
    ///
    /// /// Waits until "x-quota-free-in" seconds have passed.
    /// fn by_quota(error: &HttpError) -> Verdict {
    ///     let free_in = error.headers().get("x-quota-free-in");
    ///     match free_in.and_then(|seconds| seconds.to_str().ok()?.parse().ok()) {
    ///         Some(seconds) => Verdict::THROTTLED.with_retry_after(Duration::from_secs(seconds)),
    ///         None => error.classify(),
    ///     }
    /// }
    ///
    /// let headers = HeaderMap::from_iter([("x-quota-free-in".parse()?, HeaderValue::from(7))]);
    /// let error = HttpError::new(StatusCode::CONFLICT, &headers);
    /// assert_eq!(by_quota(&error), Verdict::THROTTLED.with_retry_after(Duration::from_secs(7)));
    /// # Ok::<(), http::header::InvalidHeaderName>(())
    /// ```
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        self.answer().map_or(&NONE, |answer| &answer.headers)
    }

    /// The beginning of the response's body as text; `None` unless the error was made by
    /// `ResponseExt::error_for_retry_with_body` or given one by [`with_body`](Self::with_body).
    ///
    /// It has at most [`BODY_LIMIT`](Self::BODY_LIMIT) bytes of the body, with invalid UTF-8 replaced
    /// by U+FFFD.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.answer()?.body.as_ref().map(ResponseBody::text)
    }

    /// The wait that the response asked for, counted from when it was read: from `Retry-After`, a
    /// [related header](crate::http::retry_after), or the fields for a rate limit.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.answer()?.verdict.retry_after()
    }
}

/// Classified by the HTTP rule, as a [`Response`](::http::Response) is; without a response, as the
/// client's own error.
#[cfg(feature = "http")]
impl Classify for HttpError {
    fn classify(&self) -> Verdict {
        match &self.failure {
            Failure::Answered(answer) => answer.verdict,
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => error.classify(),
            Failure::Rejected(rejection) => rejection.classify(),
        }
    }
}

/// Lets functions with this error have a `timeout`, a `deadline` or a layer.
#[cfg(feature = "http")]
impl From<Rejection> for HttpError {
    fn from(rejection: Rejection) -> Self {
        #[cfg(feature = "chaos")]
        if let Rejection::Fault(fault) = rejection {
            let status = fault.status().and_then(|code| StatusCode::from_u16(code).ok());
            if let Some(status) = status {
                return Self::new(status, &HeaderMap::new());
            }
        }
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

/// Removes the parts of a URL that may be secret. Setting credentials fails only for URLs without any.
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
            Failure::Answered(answer) => write!(f, "{answer}"),
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

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status.as_str())?;
        if let Some(reason) = self.status.canonical_reason() {
            write!(f, " {reason}")?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " from {origin}")?;
        }
        if let Some(wait) = self.verdict.retry_after() {
            match wait.subsec_nanos() {
                0 => write!(f, ", retry after {} s", wait.as_secs())?,
                _ => write!(f, ", retry after {:.1} s", wait.as_secs_f64())?,
            }
        }
        match &self.body {
            Some(body) if !body.text().is_empty() => write!(f, ": {body}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("HttpError");
        match &self.failure {
            Failure::Answered(answer) => {
                shown.field("status", &answer.status).field("origin", &answer.origin);
                shown.field("retry_after", &answer.verdict.retry_after());
                shown.field("body", &answer.body).finish_non_exhaustive()
            }
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => shown.field("source", error).finish(),
            Failure::Rejected(rejection) => shown.field("source", rejection).finish(),
        }
    }
}

/// Joins the source chain: `reqwest`'s own message omits the cause.
#[cfg(feature = "reqwest")]
fn root_cause(error: &reqwest::Error) -> Option<&(dyn Error + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source()).last()
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.failure {
            Failure::Answered(_) => None,
            #[cfg(feature = "reqwest")]
            Failure::Reqwest(error) => Some(error),
            Failure::Rejected(rejection) => Some(rejection),
        }
    }
}
