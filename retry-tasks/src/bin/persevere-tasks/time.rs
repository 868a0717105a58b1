//! Times as they are read and written: UTC, as RFC 3339 has them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The last second that RFC 3339 has a text for.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// A time in seconds. One that has no text is said to be before or after all that have.
pub(crate) fn seconds(time: SystemTime) -> String {
    match json(time) {
        Some(_) => humantime::format_rfc3339_seconds(time).to_string(),
        None if time < UNIX_EPOCH => "before 1970".to_owned(),
        None => "after 9999".to_owned(),
    }
}

/// A time in microseconds; `None` if it is before 1970 or after 9999.
pub(crate) fn json(time: SystemTime) -> Option<String> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    (since <= LAST).then(|| humantime::format_rfc3339_micros(time).to_string())
}

/// A span in whole milliseconds, or in whole seconds where it is longer than 10 s.
pub(crate) fn span(span: Duration) -> String {
    let whole = if span < Duration::from_secs(10) {
        Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    } else {
        Duration::from_secs(span.as_secs())
    };
    humantime::format_duration(whole).to_string()
}

/// A time, or a span before now.
pub(crate) fn since(text: &str) -> Result<SystemTime, String> {
    if let Ok(time) = humantime::parse_rfc3339_weak(text) {
        return Ok(time);
    }
    let span = humantime::parse_duration(text).ok();
    let time = span.and_then(|span| SystemTime::now().checked_sub(span));
    time.ok_or_else(|| {
        "write a time, such as 2026-05-01T08:00:00Z, or how long ago, such as 2h".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_without_a_text_are_shown_all_the_same() {
        let far = LAST + Duration::from_secs(1);
        assert_eq!(seconds(UNIX_EPOCH + Duration::from_millis(1_500)), "1970-01-01T00:00:01Z");
        assert_eq!(seconds(UNIX_EPOCH + LAST), "9999-12-31T23:59:59Z");
        assert_eq!(seconds(UNIX_EPOCH + far), "after 9999");
        assert_eq!(seconds(UNIX_EPOCH - far), "before 1970");
        assert_eq!(json(UNIX_EPOCH - far), None);
        assert_eq!(span(Duration::from_micros(1_234_567)), "1s 234ms");
        assert_eq!(span(Duration::from_micros(61_234_567)), "1m 1s");
        assert!(!span(Duration::MAX).is_empty());
    }

    #[test]
    fn since_is_a_time_or_a_span() {
        let time = since("2026-05-01T08:00:00Z").expect("a time");
        assert_eq!(seconds(time), "2026-05-01T08:00:00Z");
        assert_eq!(since("2026-05-01 08:00:00"), Ok(time));
        assert!(since("2h").expect("a span") < SystemTime::now());
        for wrong in ["", "yesterday", "99999999999999999999y", "2026-13-01T00:00:00Z"] {
            assert!(since(wrong).is_err(), "{wrong}");
        }
    }
}
