//! The `Retry-After` header, RFC 9110 section 10.2.3, and its relatives in milliseconds.

use std::time::{Duration, SystemTime};

use ::http::HeaderMap;
use ::http::header::{HeaderName, RETRY_AFTER};

use super::http_date;
use crate::time::clock;

/// Headers with the same meaning in milliseconds: more precise, so they come first, as in the clients
/// that know them. Those of `OpenAI` and Anthropic look for the first before `Retry-After`
/// (`_parse_retry_after_header` in their `_base_client.py`); Azure's for the first two
/// (`throttlingRetryStrategy` in `core-rest-pipeline`); the AWS SDKs for the third
/// (`aws-smithy-runtime`).
static IN_MILLISECONDS: [HeaderName; 3] = [
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("x-ms-retry-after-ms"),
    HeaderName::from_static("x-amz-retry-after"),
];

/// The wait that the response asks for, from now: its `retry-after-ms`, `x-ms-retry-after-ms` or
/// `x-amz-retry-after` header, in milliseconds, or else its `Retry-After`.
///
/// See [`parse_retry_after`] for the syntax. Of several headers of one name, the longest wait counts,
/// so that no retry comes too early.
///
/// ```
/// use std::time::Duration;
/// use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
/// use persevere::http::retry_after;
///
/// let mut headers = HeaderMap::new();
/// assert_eq!(retry_after(&headers), None);
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_secs(7)));
/// headers.insert("retry-after-ms", HeaderValue::from_static("6500"));
/// assert_eq!(retry_after(&headers), Some(Duration::from_millis(6500)));
/// ```
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    read(headers, &clock::wall)
}

/// As [`retry_after`], counted from `now`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
///
/// let mut headers = HeaderMap::new();
/// headers.insert(RETRY_AFTER, HeaderValue::from_static("Thu, 01 Jan 1970 00:01:00 GMT"));
/// let wait = persevere::http::retry_after_at(&headers, SystemTime::UNIX_EPOCH);
/// assert_eq!(wait, Some(Duration::from_secs(60)));
/// ```
#[must_use]
pub fn retry_after_at(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    read(headers, &|| now)
}

/// As [`retry_after`], counted from `now`, which is called only if the header has a date.
pub(super) fn read(headers: &HeaderMap, now: &dyn Fn() -> SystemTime) -> Option<Duration> {
    let longest = |name: &HeaderName, read: &dyn Fn(&str) -> Option<Duration>| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(joined).filter_map(read).max()
    };
    IN_MILLISECONDS
        .iter()
        .find_map(|name| longest(name, &|wait| rounded_up(wait, Duration::from_millis)))
        .or_else(|| longest(&RETRY_AFTER, &|wait| one(wait, now)))
}

/// Reads a `Retry-After` value: a number of seconds, or an HTTP date in any of its three forms
/// (RFC 9110 section 5.6.7), counted from `now`.
///
/// It accepts what servers really send, and never waits less than they meant:
///
/// | value | wait |
/// |---|---|
/// | `0.493`, `2.0` | 1 s, 2 s: fractions are rounded up |
/// | `120s` | 120 s |
/// | `7, 9`: fields that a proxy has joined | 9 s, the longest |
/// | a date that has passed | zero |
/// | more seconds than a [`Duration`] holds | [`Duration::MAX`] |
/// | a date with the wrong weekday or none, with a day of one digit, with second 60, in another case; with `UTC`, `+0000` or another offset for `GMT` | that time |
/// | a date without a zone, unless in the form that has none; any other text; a negative number | `None` |
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use persevere::http::parse_retry_after;
///
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
/// assert_eq!(parse_retry_after("120", now), Some(Duration::from_secs(120)));
/// for date in [
///     "Sun, 06 Nov 1994 08:49:47 GMT",
///     "Sunday, 06-Nov-94 08:49:47 GMT",
///     "Sun Nov  6 08:49:47 1994",
///     "Mon, 6 Nov 1994 09:49:47 +0100",
/// ] {
///     assert_eq!(parse_retry_after(date, now), Some(Duration::from_secs(10)));
/// }
/// assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
/// assert_eq!(parse_retry_after("soon", now), None);
/// assert_eq!(parse_retry_after("-1", now), None);
/// ```
#[must_use]
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    joined(value).filter_map(|wait| one(wait, &|| now)).max()
}

/// The values that a proxy may have joined into one (RFC 9110 section 5.3). The weekday of a date,
/// which has a comma of its own, becomes a part without meaning.
fn joined(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim_ascii)
}

fn one(wait: &str, now: &dyn Fn() -> SystemTime) -> Option<Duration> {
    let seconds = wait.strip_suffix(['s', 'S']).unwrap_or(wait);
    rounded_up(seconds, Duration::from_secs).or_else(|| {
        let date = http_date::parse(wait)?;
        Some(date.duration_since(now()).unwrap_or(Duration::ZERO))
    })
}

/// A number of units, rounded up; at most [`Duration::MAX`].
pub(super) fn rounded_up(number: &str, unit: fn(u64) -> Duration) -> Option<Duration> {
    let is_digits =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let part = u64::from(fraction.bytes().any(|digit| digit != b'0'));
    let units = whole.parse::<u64>().ok().and_then(|whole| whole.checked_add(part));
    Some(units.map_or(Duration::MAX, unit))
}
