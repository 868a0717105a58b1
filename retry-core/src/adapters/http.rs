//! The HTTP rule.

use ::http::StatusCode;

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
