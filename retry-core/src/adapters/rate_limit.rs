//! Rate-limit fields: the rest of a quota, and when it is renewed.

use std::time::{Duration, SystemTime};

use ::http::{HeaderMap, StatusCode};

use super::retry_after::rounded_up;

/// The fields of one service: the rest of the quota, and when it is renewed.
///
/// | fields | whose |
/// |---|---|
/// | `RateLimit-…` | drafts 00 to 06 of `draft-ietf-httpapi-ratelimit-headers`, in seconds from now; GitLab, as a time |
/// | `X-RateLimit-…` | GitHub, as a time; Envoy and Reddit, in seconds from now; OpenRouter, as a time in milliseconds |
/// | `X-Rate-Limit-…` | X (Twitter), as a time |
const FIELDS: [[&str; 2]; 3] = [
    ["ratelimit-remaining", "ratelimit-reset"],
    ["x-ratelimit-remaining", "x-ratelimit-reset"],
    ["x-rate-limit-remaining", "x-rate-limit-reset"],
];

/// The time until a used-up quota is renewed, for a response that throttles: a 429, or a 403 that says
/// explicitly that nothing is left, as GitHub's primary limit does. Ambiguous fields are ignored: a
/// misread wait is worse than none.
pub(super) fn wait(
    status: StatusCode,
    headers: &HeaderMap,
    now: &dyn Fn() -> SystemTime,
) -> Option<Duration> {
    let silence_will_do = match status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::FORBIDDEN => false,
        _ => return None,
    };
    let of_fields = |[remaining, reset]: &[&str; 2]| {
        let nothing_left = match headers.get(*remaining) {
            Some(remaining) => number(remaining.to_str().ok()?) == Some(0),
            None => silence_will_do,
        };
        let reset = number(headers.get(*reset)?.to_str().ok()?)?;
        if nothing_left { until(reset, now) } else { None }
    };
    of_structured_field(headers).or_else(|| FIELDS.iter().find_map(of_fields))
}

fn number(value: &str) -> Option<u64> {
    rounded_up(value.trim_ascii(), Duration::from_secs).map(|wait| wait.as_secs())
}

/// The magnitude of a reset decides what it means, since the meanings do not overlap: no quota has a
/// period of 30 years, and none was renewed before 2001.
///
/// | number | meaning |
/// |---|---|
/// | up to 86 400 | seconds from now, a day at most |
/// | 10⁹ to 10¹¹ | seconds of Unix time, from 2001 on |
/// | 10¹² to 10¹⁴ | milliseconds of Unix time, from 2001 on |
/// | in between | unknown: it could be milliseconds from now |
fn until(reset: u64, now: &dyn Fn() -> SystemTime) -> Option<Duration> {
    let since_epoch = match reset {
        0..=86_400 => return Some(Duration::from_secs(reset)),
        1_000_000_000..100_000_000_000 => Duration::from_secs(reset),
        1_000_000_000_000..100_000_000_000_000 => Duration::from_millis(reset),
        _ => return None,
    };
    let reset = SystemTime::UNIX_EPOCH.checked_add(since_epoch)?;
    Some(reset.duration_since(now()).unwrap_or(Duration::ZERO))
}

/// The field `RateLimit` of later drafts: `"burst";r=0;t=30, "daily";r=500;t=3600` from the eighth
/// on; `limit=10, remaining=0, reset=30` in the seventh. Both count seconds from now. If several quotas
/// are used up, the longest wait counts.
fn of_structured_field(headers: &HeaderMap) -> Option<Duration> {
    let values = || headers.get_all("ratelimit").iter().filter_map(|value| value.to_str().ok());
    let used_up = |parameters: &mut dyn Iterator<Item = &str>, remaining: &str, reset: &str| {
        let (mut left, mut wait) = (None, None);
        for parameter in parameters {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.trim_ascii() {
                name if name == remaining => left = Some(value.trim_ascii() == "0"),
                name if name == reset => wait = rounded_up(value.trim_ascii(), Duration::from_secs),
                _ => {}
            }
        }
        wait.filter(|_| left == Some(true))
    };
    values()
        .filter_map(|value| {
            let by_item = outside_quotes(value, ',')
                .filter_map(|item| used_up(&mut outside_quotes(item, ';').skip(1), "r", "t"))
                .max();
            by_item.or_else(|| used_up(&mut outside_quotes(value, ','), "remaining", "reset"))
        })
        .max()
}

fn outside_quotes(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
}
