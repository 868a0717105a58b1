//! The HTTP rule.

use std::time::Duration;

use ::http::{HeaderMap, Response, StatusCode};

use super::retry_after::retry_after;
use crate::classify::{Classify, Verdict};

/// 429 (Too Many Requests) is throttled; 408 (Request Timeout) and every 5xx are transient; all
/// else is permanent.
///
/// ```
/// use http::StatusCode;
/// use retry_core::{Classify, Verdict};
/// assert_eq!(StatusCode::TOO_MANY_REQUESTS.classify(), Verdict::THROTTLED);
/// assert_eq!(StatusCode::SERVICE_UNAVAILABLE.classify(), Verdict::TRANSIENT);
/// assert_eq!(StatusCode::NOT_FOUND.classify(), Verdict::PERMANENT);
/// ```
impl Classify for StatusCode {
    fn classify(&self) -> Verdict {
        match *self {
            Self::TOO_MANY_REQUESTS => Verdict::THROTTLED,
            Self::REQUEST_TIMEOUT => Verdict::TRANSIENT,
            status if status.is_server_error() => Verdict::TRANSIENT,
            _ => Verdict::PERMANENT,
        }
    }
}

/// By its status, with its `Retry-After`: for `on_ok`, where a response is what was returned.
///
/// ```
/// use std::time::Duration;
/// use http::{Response, StatusCode, header::RETRY_AFTER};
/// use retry_core::{Classify, Verdict};
///
/// let response = Response::builder()
///     .status(StatusCode::SERVICE_UNAVAILABLE)
///     .header(RETRY_AFTER, "7")
///     .body(())
///     .unwrap();
/// let verdict = Verdict::TRANSIENT.with_retry_after(Duration::from_secs(7));
/// assert_eq!(response.classify(), verdict);
/// ```
impl<B> Classify for Response<B> {
    fn classify(&self) -> Verdict {
        of_response(self.status(), self.headers())
    }
}

/// The verdict on a response with that status and those headers.
pub(super) fn of_response(status: StatusCode, headers: &HeaderMap) -> Verdict {
    with_retry_after(status.classify(), retry_after(headers))
}

/// That verdict, with the wait that was asked for, if any was.
pub(super) fn with_retry_after(verdict: Verdict, wait: Option<Duration>) -> Verdict {
    match wait {
        Some(wait) => verdict.with_retry_after(wait),
        None => verdict,
    }
}
