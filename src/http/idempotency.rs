//! Which requests may be sent twice.

use http::{HeaderMap, Method, Response, StatusCode};
use persevere_core::{Class, Classify as _};

/// Whether a request has the same effect if it arrives twice: its method is idempotent (RFC 9110
/// section 9.2.2: GET, HEAD, OPTIONS, TRACE, PUT, DELETE), or it carries an `Idempotency-Key`
/// header, by which the server recognizes a repetition.
///
/// ```
/// use http::{HeaderMap, HeaderValue, Method};
/// use persevere::http::is_idempotent;
///
/// let mut headers = HeaderMap::new();
/// assert!(is_idempotent(&Method::PUT, &headers));
/// assert!(!is_idempotent(&Method::POST, &headers));
/// headers.insert("idempotency-key", HeaderValue::from_static("7f3a"));
/// assert!(is_idempotent(&Method::POST, &headers));
/// ```
#[must_use]
pub fn is_idempotent(method: &Method, headers: &HeaderMap) -> bool {
    method.is_idempotent() || headers.contains_key("idempotency-key")
}

/// Whether a response means that nothing was done, so that even a request which is not idempotent may
/// be sent again.
///
/// These are 408 (RFC 9110 section 15.5.9: the server did not get a complete request), 425 (RFC 8470
/// section 5.2: it was unwilling to process the request), 429 (RFC 6585 section 4: the caller is
/// over its limit) and 503 (RFC 9110 section 15.6.4: it cannot handle the request for now); and 403
/// and 413 that name a wait, since they refuse the request until then. After any other status, the
/// request may have been carried out: a gateway that answers 502 or 504 may have forwarded it.
///
/// ```
/// use http::Response;
/// use persevere::http::was_refused;
///
/// let busy = Response::builder().status(503).body(())?;
/// assert!(was_refused(&busy));
/// let late = Response::builder().status(504).body(())?;
/// assert!(!was_refused(&late));
/// # Ok::<(), http::Error>(())
/// ```
#[must_use]
pub fn was_refused<B>(response: &Response<B>) -> bool {
    status_refuses(response.status(), || response.classify().class())
}

/// As [`was_refused`], by the status and, if that does not decide, by the response's class.
pub(crate) fn status_refuses(status: StatusCode, class: impl FnOnce() -> Class) -> bool {
    match status {
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_EARLY
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::SERVICE_UNAVAILABLE => true,
        StatusCode::FORBIDDEN | StatusCode::PAYLOAD_TOO_LARGE => class() != Class::Permanent,
        _ => false,
    }
}
