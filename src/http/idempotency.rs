//! Which requests may be sent twice.

use http::{HeaderMap, Method};

/// Whether a request has the same effect if it arrives twice: its method is idempotent (RFC 9110
/// section 9.2.2: GET, HEAD, OPTIONS, TRACE, PUT, DELETE), or it carries an `Idempotency-Key`
/// header, by which the server tells copies apart.
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
