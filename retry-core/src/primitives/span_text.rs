//! Spans of time as people read them in a log line.

use std::fmt;
use std::time::Duration;

/// Displays a duration in two units at most: `250 ms`, `4.3 s`, `1 min 53 s`, `2 h 5 min`.
#[derive(Clone, Copy, Debug)]
pub struct SpanText(pub Duration);

impl fmt::Display for SpanText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let millis = self.0.as_millis();
        if self.0.is_zero() {
            f.write_str("0 s")
        } else if millis == 0 {
            f.write_str("under 1 ms")
        } else if seconds == 0 {
            write!(f, "{millis} ms")
        } else if millis < 59_950 {
            let tenths = (millis + 50) / 100;
            match tenths % 10 {
                0 => write!(f, "{} s", tenths / 10),
                rest => write!(f, "{}.{rest} s", tenths / 10),
            }
        } else if seconds < 3_600 {
            let seconds = seconds.max(60); // 59.95 s and up
            two(f, seconds / 60, "min", seconds % 60, "s")
        } else {
            two(f, seconds / 3_600, "h", seconds % 3_600 / 60, "min")
        }
    }
}

fn two(
    f: &mut fmt::Formatter<'_>,
    large: u64,
    unit: &str,
    small: u64,
    small_unit: &str,
) -> fmt::Result {
    write!(f, "{large} {unit}")?;
    if small > 0 { write!(f, " {small} {small_unit}") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_in_two_units_at_most() {
        let text = |millis| SpanText(Duration::from_millis(millis)).to_string();
        assert_eq!(text(0), "0 s");
        assert_eq!(SpanText(Duration::from_nanos(1)).to_string(), "under 1 ms");
        assert_eq!(text(250), "250 ms");
        assert_eq!(text(2_000), "2 s");
        assert_eq!(text(4_318), "4.3 s");
        assert_eq!(text(59_949), "59.9 s");
        assert_eq!(text(59_950), "1 min");
        assert_eq!(text(113_330), "1 min 53 s");
        assert_eq!(text(7_500_000), "2 h 5 min");
        assert_eq!(SpanText(Duration::MAX).to_string(), "5124095576030431 h");
    }
}
