//! The HTTP rule.

use std::time::{Duration, SystemTime};

use ::http::{HeaderMap, Response, StatusCode};

use super::{rate_limit, retry_after};
use crate::classify::{Classify, Verdict};
use crate::time::clock;

/// 429 (Too Many Requests) is throttled; 408 (Request Timeout), 425 (Too Early) and every 5xx are
/// transient; every other status is permanent. With headers, a 403 can be throttled and a 413 transient
/// (see the [`Response`]).
///
/// ```
/// use http::StatusCode;
/// use persevere::{Classify, Verdict};
/// assert_eq!(StatusCode::TOO_MANY_REQUESTS.classify(), Verdict::THROTTLED);
/// assert_eq!(StatusCode::SERVICE_UNAVAILABLE.classify(), Verdict::TRANSIENT);
/// assert_eq!(StatusCode::NOT_FOUND.classify(), Verdict::PERMANENT);
/// ```
#[cfg(feature = "http")]
impl Classify for StatusCode {
    fn classify(&self) -> Verdict {
        match *self {
            Self::TOO_MANY_REQUESTS => Verdict::THROTTLED,
            Self::REQUEST_TIMEOUT | Self::TOO_EARLY => Verdict::TRANSIENT,
            status if status.is_server_error() => Verdict::TRANSIENT,
            _ => Verdict::PERMANENT,
        }
    }
}

/// Classified by its status, and by the headers that name a wait: for `on_ok`, in a function that
/// returns a response.
///
/// | response | verdict |
/// |---|---|
/// | 403 that says how long to wait | throttled |
/// | 413 that says how long to wait | transient |
/// | any other | that of the status |
///
/// The wait comes from `Retry-After` or a [related header](crate::http::retry_after); for a 429 or 403
/// also from the fields for rate limits, if a quota is used up.
///
/// ```
/// use std::time::Duration;
/// use http::{Response, StatusCode, header::RETRY_AFTER};
/// use persevere::{Classify, Verdict};
///
/// let response = Response::builder()
///     .status(StatusCode::FORBIDDEN)
///     .header(RETRY_AFTER, "7")
///     .body(())
///     .unwrap();
/// let verdict = Verdict::THROTTLED.with_retry_after(Duration::from_secs(7));
/// assert_eq!(response.classify(), verdict);
/// ```
#[cfg(feature = "http")]
impl<B> Classify for Response<B> {
    fn classify(&self) -> Verdict {
        of_response(self.status(), self.headers())
    }
}

/// The verdict on a response with that status and those headers.
pub(super) fn of_response(status: StatusCode, headers: &HeaderMap) -> Verdict {
    of_response_at(status, headers, &clock::wall)
}

fn of_response_at(
    status: StatusCode,
    headers: &HeaderMap,
    now: &dyn Fn() -> SystemTime,
) -> Verdict {
    let wait = retry_after::read(headers, now).or_else(|| rate_limit::wait(status, headers, now));
    let verdict = match status {
        // GitHub's secondary limits, in its documentation "Rate limits for the REST API".
        StatusCode::FORBIDDEN if wait.is_some() => Verdict::THROTTLED,
        // RFC 9110 section 15.5.14: with this header, the condition is temporary.
        StatusCode::PAYLOAD_TOO_LARGE if wait.is_some() => Verdict::TRANSIENT,
        _ => status.classify(),
    };
    with_retry_after(verdict, wait)
}

/// That verdict, with the wait that the response asks for, if any.
pub(super) fn with_retry_after(verdict: Verdict, wait: Option<Duration>) -> Verdict {
    match wait {
        Some(wait) => verdict.with_retry_after(wait),
        None => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn verdict(status: u16, headers: &[(&'static str, &'static str)]) -> Verdict {
        let headers = headers
            .iter()
            .map(|&(name, value)| (name.parse().unwrap(), ::http::HeaderValue::from_static(value)));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        of_response_at(StatusCode::from_u16(status).unwrap(), &headers.collect(), &|| now)
    }

    const fn seconds(verdict: Verdict, wait: u64) -> Verdict {
        verdict.with_retry_after(Duration::from_secs(wait))
    }

    #[test]
    fn a_quota_that_is_used_up_says_when_it_is_set_anew() {
        let remaining = |value| ("x-ratelimit-remaining", value);
        let throttled = Verdict::THROTTLED;
        for (headers, wait) in [
            // The drafts, from the eighth on.
            (&[("ratelimit", r#""default";r=0;t=30"#)][..], Some(30)),
            (&[("ratelimit", r#""default"; r=0; t=30;pk=:dHJ=:"#)], Some(30)),
            (&[("ratelimit", r#""burst";r=0;t=30,"daily";r=0;t=40"#)], Some(40)),
            (&[("ratelimit", r#""burst";r=0;t=30,"daily";r=9;t=40"#)], Some(30)),
            (&[("ratelimit", r#""a,b;r=0;t=9";r=1;t=40"#)], None),
            (&[("ratelimit", r#""default";r=50;t=30"#)], None),
            (&[("ratelimit", r#""default";r=0"#)], None),
            (&[("ratelimit", r#""default";t=30"#)], None),
            (&[("ratelimit", r#""default";r=0;t=soon"#)], None),
            (&[("ratelimit-policy", r#""default";q=100;w=10"#)], None),
            // The seventh.
            (&[("ratelimit", "limit=10, remaining=0, reset=30")], Some(30)),
            (&[("ratelimit", "limit=10, remaining=1, reset=30")], None),
            // The earlier ones, and similar fields: seconds from now, or a time.
            (&[("ratelimit-reset", "30")], Some(30)),
            (&[("ratelimit-remaining", "0"), ("ratelimit-reset", "30")], Some(30)),
            (&[("ratelimit-remaining", "1"), ("ratelimit-reset", "30")], None),
            (&[remaining("0"), ("x-ratelimit-reset", "1700000060")], Some(60)),
            (&[remaining("0"), ("x-ratelimit-reset", "1700000060000")], Some(60)),
            (&[remaining("0.0"), ("x-ratelimit-reset", "299.5")], Some(300)),
            (&[remaining("0"), ("x-ratelimit-reset", "1600000000")], Some(0)),
            (&[("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", "1700000060")], Some(60)),
            // Ambiguous.
            (&[remaining("7"), ("x-ratelimit-reset", "1700000060")], None),
            (&[remaining("-1"), ("x-ratelimit-reset", "1700000060")], None),
            (&[remaining("0"), ("x-ratelimit-reset", "600000")], None),
            (&[remaining("0"), ("x-ratelimit-reset", "6m0s")], None),
            (&[remaining("0"), ("x-ratelimit-reset", "-1")], None),
            (&[remaining("0")], None),
        ] {
            let expected = wait.map_or(throttled, |wait| seconds(throttled, wait));
            assert_eq!(verdict(429, headers), expected, "{headers:?}");
        }
        let both = [("retry-after", "5"), ("ratelimit", r#""default";r=0;t=30"#)];
        assert_eq!(verdict(429, &both), seconds(throttled, 5), "Retry-After comes first");
    }

    #[test]
    fn the_size_of_a_reset_tells_what_it_means() {
        for (reset, wait) in [
            ("86400", Some(86_400)), // a day
            ("86401", None),
            ("999999999", None),
            ("1000000000", Some(0)),                     // seconds, in 2001
            ("99999999999", Some(99_999_999_999 - NOW)), // and in 5138
            ("100000000000", None),
            ("999999999999", None),
            ("1000000000000", Some(0)), // milliseconds, in 2001
            ("99999999999000", Some(99_999_999_999 - NOW)),
            ("100000000000000", None),
            ("99999999999999999999", None),
        ] {
            let expected =
                wait.map_or(Verdict::THROTTLED, |wait| seconds(Verdict::THROTTLED, wait));
            assert_eq!(verdict(429, &[("x-ratelimit-reset", reset)]), expected, "{reset}");
        }
    }

    #[test]
    fn only_what_throttles_is_asked_for_its_quota() {
        let exhausted = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1700000060")];
        assert_eq!(verdict(403, &exhausted), seconds(Verdict::THROTTLED, 60));
        assert_eq!(verdict(403, &[("x-ratelimit-reset", "1700000060")]), Verdict::PERMANENT);
        for status in [404, 413] {
            assert_eq!(verdict(status, &exhausted), Verdict::PERMANENT, "{status}");
        }
        assert_eq!(verdict(503, &exhausted), Verdict::TRANSIENT);
    }
}
