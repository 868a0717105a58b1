//! HTTP dates, RFC 9110 section 5.6.7, read as leniently as it encourages recipients to.

use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Parses a date in any of the three forms, without the redundant weekday and its comma:
///
/// - `06 Nov 1994 08:49:37 GMT`
/// - `06-Nov-94 08:49:37 GMT`
/// - `Nov  6 08:49:37 1994`
///
/// Case is ignored, and leading zeros are optional. The zone is `GMT`, `UTC`, `UT`, `Z` or an offset
/// such as `+0000`; a date that lacks its zone is rejected, since it may be in local time. Second 60
/// is the one after 59.
pub(super) fn parse(date: &str) -> Option<SystemTime> {
    let words: Vec<&str> = date.split_ascii_whitespace().collect();
    let words = match &words[..] {
        [first, rest @ ..] if named(&WEEKDAYS, first).is_some() => rest,
        words => words,
    };
    let (day, month, year, time, zone) = match *words {
        [day, month, year, time, zone] => (day, month, year, time, zone),
        [date, time, zone] => {
            let mut parts = date.splitn(3, '-');
            (parts.next()?, parts.next()?, parts.next()?, time, zone)
        }
        [month, day, time, year] => (day, month, year, time, "GMT"),
        _ => return None,
    };
    let (day, month) = (number(day, 1..=2)?, named(&MONTHS, month)?);
    let mut parts = time.splitn(3, ':').map(|part| number(part, 1..=2));
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let leap = u64::from(second == 60);
    let second = second - u32::from(second == 60);
    let year = match number(year, 2..=4)? {
        year @ 0..=69 => 2000 + year, // as `httpdate`, and RFC 6265 section 5.1.1
        year @ 70..=99 => 1900 + year,
        year => year,
    };
    // `httpdate` computes the calendar, but insists on the right weekday: try all seven.
    let local = WEEKDAYS.iter().find_map(|weekday| {
        let date =
            format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT");
        httpdate::parse_http_date(&date).ok()
    })?;
    let (is_east, offset) = offset(zone)?;
    let time = if is_east { local.checked_sub(offset)? } else { local.checked_add(offset)? };
    time.checked_add(Duration::from_secs(leap))
}

/// The index of the name in `names` that `word` begins with, abbreviated or in full.
fn named(names: &[&'static str], word: &str) -> Option<&'static str> {
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let short = word.get(..3).filter(|_| is_word)?;
    names.iter().find(|name| name.eq_ignore_ascii_case(short)).copied()
}

fn number(digits: &str, length: RangeInclusive<usize>) -> Option<u32> {
    let fits = length.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { digits.parse().ok() } else { None }
}

/// Whether the zone is ahead of Greenwich, and the difference.
fn offset(zone: &str) -> Option<(bool, Duration)> {
    if ["GMT", "UTC", "UT", "Z"].iter().any(|name| name.eq_ignore_ascii_case(zone)) {
        return Some((true, Duration::ZERO));
    }
    let (is_east, digits) = match zone.strip_prefix('+') {
        Some(digits) => (true, digits),
        None => (false, zone.strip_prefix('-')?),
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = number(minutes.strip_prefix(':').unwrap_or(minutes), 2..=2)?;
    let minutes = u64::from(60 * number(hours, 2..=2)? + minutes);
    Some((is_east, Duration::from_secs(60 * minutes)))
}
