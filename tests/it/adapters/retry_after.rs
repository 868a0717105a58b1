//! `Retry-After`: every form that counts, and everything that must not.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use persevere::http::{HttpError, parse_retry_after, retry_after, retry_after_at};
use persevere::{Classify, Verdict};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// Sunday, 6 November 1994, 08:49:37 GMT: the date in RFC 9110.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + 784_111_777 * SECOND
}

fn parse(value: &str) -> Option<Duration> {
    parse_retry_after(value, now())
}

fn headers(values: &[&[u8]]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(RETRY_AFTER, HeaderValue::from_bytes(value).unwrap());
    }
    headers
}

#[test]
fn seconds() {
    assert_eq!(parse("0"), Some(Duration::ZERO));
    assert_eq!(parse("120"), Some(120 * SECOND));
    assert_eq!(parse("007"), Some(7 * SECOND));
    assert_eq!(parse(" 7"), Some(7 * SECOND));
    assert_eq!(parse("7\t "), Some(7 * SECOND));
    assert_eq!(parse("\n7\r"), Some(7 * SECOND));
    assert_eq!(parse("120s"), Some(120 * SECOND));
}

#[test]
fn a_part_of_a_second_is_rounded_up() {
    for (value, wait) in [
        ("0.0", 0),
        ("0.493", 1),
        ("2.0", 2),
        ("2.000", 2),
        ("299.997", 300),
        ("1.5s", 2),
        ("0.000000000000000000000000000001", 1),
    ] {
        assert_eq!(parse(value), Some(wait * SECOND), "{value}");
    }
}

#[test]
fn of_fields_that_were_joined_the_longest_wait_counts() {
    let minute = "Sun, 06 Nov 1994 08:50:37 GMT";
    for (value, wait) in [
        ("120, 120", 120),
        ("120,120", 120),
        ("7, 9", 9),
        ("9, 7", 9),
        ("soon, 7", 7),
        (&format!("{minute}, {minute}"), 60),
        (&format!("{minute}, 7"), 60),
        (&format!("61, {minute}"), 61),
        ("Sunday, 06-Nov-94 08:50:37 GMT, Sun Nov  6 08:50:38 1994", 61),
    ] {
        assert_eq!(parse(value), Some(wait * SECOND), "{value}");
    }
}

#[test]
fn huge_seconds_saturate() {
    assert_eq!(parse("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
    assert_eq!(parse("18446744073709551616"), Some(Duration::MAX));
    assert_eq!(parse("18446744073709551615.5"), Some(Duration::MAX));
    assert_eq!(parse(&"9".repeat(10_000)), Some(Duration::MAX));
}

#[test]
fn dates_in_all_three_forms() {
    for date in [
        "Sun, 06 Nov 1994 08:50:37 GMT",  // IMF-fixdate
        "Sunday, 06-Nov-94 08:50:37 GMT", // RFC 850
        "Sun Nov  6 08:50:37 1994",       // asctime
    ] {
        assert_eq!(parse(date), Some(60 * SECOND), "{date}");
        assert_eq!(parse(&format!("  {date}\t")), Some(60 * SECOND), "{date} with spaces");
        let exactly_then = now() + 60 * SECOND;
        assert_eq!(parse_retry_after(date, exactly_then), Some(Duration::ZERO), "{date}");
        let after = now() + 61 * SECOND;
        assert_eq!(parse_retry_after(date, after), Some(Duration::ZERO), "{date} has passed");
        let between = now() + Duration::from_millis(59_500);
        assert_eq!(parse_retry_after(date, between), Some(Duration::from_millis(500)), "{date}");
    }
    assert_eq!(parse("Mon, 07 Nov 1994 08:49:37 GMT"), Some(86_400 * SECOND));
    assert_eq!(parse("Thu, 29 Feb 1996 00:00:00 GMT"), Some(41_440_223 * SECOND));
}

#[test]
fn a_date_of_the_far_future_is_taken_as_it_is() {
    let wait = parse("Fri, 31 Dec 9999 23:59:59 GMT");
    assert_eq!(wait, Some(Duration::from_secs(253_402_300_799 - 784_111_777)));
    let before_the_epoch = SystemTime::UNIX_EPOCH - SECOND;
    let wait = parse_retry_after("Thu, 01 Jan 1970 00:00:00 GMT", before_the_epoch);
    assert_eq!(wait, Some(SECOND));
}

#[test]
fn junk_is_ignored() {
    for junk in [
        "",
        " ",
        "\t",
        "-1",
        "-0",
        "+5",
        ".5",
        "5.",
        "1.5.5",
        "-0.5",
        "1. 5",
        "1e3",
        "0x10",
        "7 s",
        "7ss",
        "s",
        ",",
        "1 2",
        "soon",
        "NaN",
        "inf",
        "null",
        "٧",
        "７",
        "7\u{a0}",
        "\u{2007}7",
        "7\0",
    ] {
        assert_eq!(parse(junk), None, "{junk:?}");
    }
    for broken_date in [
        "Sun, 06 Nov 1994 08:50:37",           // no zone: whose time is it?
        "Sun, 06 Nov 1994 08:50:37 EST",       // a zone that not everybody understands alike
        "Sun, 06 Nov 1994 08:50:37 +00",       // half an offset
        "Sun, 06 Nov 1994 25:50:37 GMT",       // no such hour
        "Sun, 06 Nov 1994 08:61:37 GMT",       // no such minute
        "Sun, 06 Nov 1994 08:50:61 GMT",       // no such second
        "Sun, 00 Nov 1994 08:50:37 GMT",       // no such day
        "Sun, 06 Now 1994 08:50:37 GMT",       // no such month
        "Wed, 29 Feb 1995 08:50:37 GMT",       // not a leap year
        "Sun, 06 Nov 19940 08:50:37 GMT",      // no such year
        "1994-11-06T08:50:37Z",                // ISO 8601
        "Sun, 06 Nov 1994 08:50:37 GMT extra", // too long
        "Sun, 06 Nov 1994, 08:50:37 GMT",      // in two parts
    ] {
        assert_eq!(parse(broken_date), None, "{broken_date:?}");
    }
}

/// As they are seen in the wild.
#[test]
fn dates_are_read_leniently() {
    for (date, wait) in [
        ("Mon, 06 Nov 1994 08:50:37 GMT", 60), // it was a Sunday
        ("06 Nov 1994 08:50:37 GMT", 60),      // no weekday
        ("Mon Nov  7 08:50:37 1994", 86_460),
        ("Tue Nov  6 08:50:37 1994", 60),
        ("Saturday, 06-Nov-94 08:50:37 GMT", 60),
        ("Sun, 06 Nov 1994 08:50:37 UTC", 60),
        ("Sun, 06 Nov 1994 08:50:37 Z", 60),
        ("Sun, 06 Nov 1994 08:50:37 +0000", 60),
        ("Sun, 06 Nov 1994 08:50:37 -0000", 60),
        ("Sun, 06 Nov 1994 08:50:37 +00:00", 60),
        ("Sun, 06 Nov 1994 10:20:37 +0130", 60),
        ("Sun, 06 Nov 1994 03:50:37 -0500", 60),
        ("Sun, 6 Nov 1994 08:50:37 GMT", 60),
        ("Sun, 6-Nov-94 8:50:37 GMT", 60),
        ("Sun Nov 6 08:50:37 1994", 60),
        ("Sun, 06 Nov 1994 08:49:60 GMT", 23),
        ("Sun Nov  6 08:49:60 1994", 23),
        ("Sun, 06 Nov 94 08:50:37 GMT", 60),
        ("Sun, 06-Nov-1994 08:50:37 GMT", 60),
        ("sun, 06 NOV 1994 08:50:37 gmt", 60),
        ("Sun, 06 November 1994 08:50:37 GMT", 60),
        ("Sun,06 Nov 1994  08:50:37  GMT", 60),
    ] {
        assert_eq!(parse(date), Some(wait * SECOND), "{date}");
    }
}

#[test]
fn milliseconds_come_before_seconds() {
    let wait = |fields: &[(&'static str, &'static str)]| {
        let fields = fields
            .iter()
            .map(|&(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        retry_after_at(&fields.collect(), now()).map(|wait| wait.as_millis())
    };
    assert_eq!(wait(&[("retry-after-ms", "1500")]), Some(1_500));
    assert_eq!(wait(&[("x-ms-retry-after-ms", "12500")]), Some(12_500));
    assert_eq!(wait(&[("x-amz-retry-after", "2500")]), Some(2_500));
    assert_eq!(wait(&[("retry-after", "2"), ("retry-after-ms", "1500")]), Some(1_500));
    assert_eq!(wait(&[("retry-after", "2"), ("x-ms-retry-after-ms", "12500")]), Some(12_500));
    assert_eq!(wait(&[("x-ms-retry-after-ms", "9"), ("retry-after-ms", "7")]), Some(7));
    assert_eq!(wait(&[("retry-after-ms", "1500.25")]), Some(1_501));
    assert_eq!(wait(&[("retry-after-ms", "10, 20")]), Some(20));
    for junk in ["-1", "soon", "", "Sun, 06 Nov 1994 08:50:37 GMT"] {
        assert_eq!(wait(&[("retry-after-ms", junk), ("retry-after", "2")]), Some(2_000), "{junk}");
        assert_eq!(wait(&[("retry-after-ms", junk)]), None, "{junk}");
    }
}

#[test]
fn the_header_is_read_whatever_its_case() {
    let mut headers = HeaderMap::new();
    assert_eq!(retry_after_at(&headers, now()), None);
    headers.insert("rEtRy-aFtEr", HeaderValue::from_static("7"));
    assert_eq!(retry_after_at(&headers, now()), Some(7 * SECOND));
    assert_eq!(retry_after(&headers), Some(7 * SECOND));
    headers.insert(RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:38 GMT"));
    assert_eq!(retry_after_at(&headers, now()), Some(SECOND));
    assert_eq!(retry_after(&headers), Some(Duration::ZERO), "long past");
}

#[test]
fn of_several_headers_the_longest_wait_counts() {
    let wait = |values: &[&[u8]]| retry_after_at(&headers(values), now());
    assert_eq!(wait(&[b"7", b"9"]), Some(9 * SECOND));
    assert_eq!(wait(&[b"9", b"7"]), Some(9 * SECOND));
    assert_eq!(wait(&[b"7, 9", b"8"]), Some(9 * SECOND));
    assert_eq!(wait(&[b"soon", b"7"]), Some(7 * SECOND));
    assert_eq!(wait(&[b"soon", b"-1"]), None);
}

#[test]
fn bytes_that_are_no_text_are_ignored() {
    let wait = |values: &[&[u8]]| retry_after_at(&headers(values), now());
    assert_eq!(wait(&[b"\xff\xfe"]), None);
    assert_eq!(wait(&[b"7\xff"]), None);
    assert_eq!(wait(&["٧".as_bytes()]), None);
    assert_eq!(wait(&[b"\xff", b"7"]), Some(7 * SECOND));
}

#[test]
fn an_http_error_carries_it_in_its_verdict() {
    let error = HttpError::new(StatusCode::SERVICE_UNAVAILABLE, &headers(&[b"7"]));
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(error.retry_after(), Some(7 * SECOND));
    assert_eq!(error.classify(), Verdict::TRANSIENT.with_retry_after(7 * SECOND));
    assert_eq!(error.to_string(), "503 Service Unavailable, retry after 7 s");

    let error = HttpError::new(StatusCode::TOO_MANY_REQUESTS, &headers(&[b"soon"]));
    assert_eq!(error.retry_after(), None);
    assert_eq!(error.classify(), Verdict::THROTTLED);
    assert_eq!(error.to_string(), "429 Too Many Requests");

    let error = HttpError::new(StatusCode::from_u16(599).unwrap(), &headers(&[]));
    assert_eq!(error.classify(), Verdict::TRANSIENT);
    assert_eq!(error.to_string(), "599"); // without a reason of its own

    let error = HttpError::new(StatusCode::NOT_FOUND, &headers(&[b"7"]));
    assert!(!error.classify().is_retryable(), "a wait does not make it pass");
}

proptest! {
    #[test]
    fn any_number_of_seconds_is_read(seconds: u64) {
        prop_assert_eq!(parse(&seconds.to_string()), Some(Duration::from_secs(seconds)));
    }

    /// Never earlier than was asked, and less than a second later.
    #[test]
    fn a_fraction_is_never_cut(seconds in 0_u32..1_000_000, digits in "[0-9]{1,30}") {
        let wait = parse(&format!("{seconds}.{digits}")).unwrap().as_secs();
        let is_whole = digits.chars().all(|digit| digit == '0');
        prop_assert_eq!(wait, u64::from(seconds) + u64::from(!is_whole));
    }

    /// In all forms, whatever the weekday.
    #[test]
    fn any_date_is_read(seconds in 0_u32..2_000_000_000, weekday in 0_usize..7) {
        let date = now() + seconds * SECOND;
        let text = httpdate::fmt_http_date(date);
        let (_, rest) = text.split_once(", ").unwrap();
        let weekday = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][weekday];
        prop_assert_eq!(parse(&format!("{weekday}, {rest}")), Some(seconds * SECOND));
        let utc = rest.replace("GMT", "+0000");
        prop_assert_eq!(parse(&format!("{weekday}, {utc}")), Some(seconds * SECOND));
    }

    /// Only digits mean anything, so what has none means nothing.
    #[test]
    fn no_text_panics(value in ".*", seconds: u32) {
        let now = SystemTime::UNIX_EPOCH + seconds * SECOND;
        if parse_retry_after(&value, now).is_some() {
            prop_assert!(value.contains(|c: char| c.is_ascii_digit()));
        }
    }

    /// Near misses of dates and numbers, where a parser that slices would slip.
    #[test]
    fn no_broken_date_panics(
        value in "(Sun|Sunday|Thursday)?,? ?[0-9]{0,3}[ -]?(Nov|Now|é)?[ -]?[0-9]{0,5} ?\
                  [0-9]{0,2}:?[0-9]{0,2}:?[0-9]{0,2}( GMT| [+-][0-9é]{0,5})?( [0-9]{4})?",
    ) {
        let wait = parse(&value);
        prop_assert!(wait.is_none() || value.is_ascii());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let Ok(header) = HeaderValue::from_bytes(&bytes) else { return Ok(()) };
        let headers = HeaderMap::from_iter([(RETRY_AFTER, header)]);
        let readable = str::from_utf8(&bytes).ok().and_then(parse);
        prop_assert_eq!(retry_after_at(&headers, now()), readable);
    }
}
