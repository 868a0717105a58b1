//! The `Retry-After` header, RFC 9110 section 10.2.3.

use std::time::{Duration, SystemTime};

use ::http::HeaderMap;
use ::http::header::RETRY_AFTER;

/// How long the response asks to wait from now: its `Retry-After` header.
///
/// See [`parse_retry_after`] for the forms. Of several headers, the first that can be read counts.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(retry_core::http::retry_after(&headers), None);
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
/// assert_eq!(retry_core::http::retry_after(&headers), Some(Duration::from_secs(7)));
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry_after_at(headers, now())
}

/// The wall clock's time.
fn now() -> SystemTime {
    #[cfg(all(feature = "wasm", target_family = "wasm"))]
    let now = web_time::web::SystemTimeExt::to_std(web_time::SystemTime::now());
    #[cfg(not(all(feature = "wasm", target_family = "wasm")))]
    let now = SystemTime::now();
    now
}

/// As [`retry_after`], counted from `now`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("Thu, 01 Jan 1970 00:01:00 GMT"));
/// let wait = retry_core::http::retry_after_at(&headers, SystemTime::UNIX_EPOCH);
/// assert_eq!(wait, Some(Duration::from_secs(60)));
/// ```
#[must_use]
pub fn retry_after_at(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    headers
        .get_all(RETRY_AFTER)
        .iter()
        .find_map(|value| parse_retry_after(value.to_str().ok()?, now))
}

/// Reads a `Retry-After` value: a number of seconds, or an HTTP date in any of its three forms
/// (RFC 9110 section 5.6.7), counted from `now`.
///
/// A date that has passed means zero. Seconds beyond what a [`Duration`] holds mean its greatest.
/// Anything else, negative and fractional numbers included, is `None`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use retry_core::http::parse_retry_after;
///
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
/// assert_eq!(parse_retry_after("120", now), Some(Duration::from_secs(120)));
/// for date in [
///     "Sun, 06 Nov 1994 08:49:47 GMT",
///     "Sunday, 06-Nov-94 08:49:47 GMT",
///     "Sun Nov  6 08:49:47 1994",
/// ] {
///     assert_eq!(parse_retry_after(date, now), Some(Duration::from_secs(10)));
/// }
/// assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
/// assert_eq!(parse_retry_after("soon", now), None);
/// assert_eq!(parse_retry_after("-1", now), None);
/// ```
#[must_use]
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim_matches([' ', '\t']);
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}
