//! A moment on an engine's clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Microseconds since 1970, UTC. Sums stay within it: what would be later is the last moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(pub(crate) i64);

impl Moment {
    /// That span later, rounded up: what waits for it is never early.
    pub(crate) fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(micros(span)))
    }

    /// The span from `earlier` until this; none if that is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The last moment that is not after `time`'s microsecond has ended.
    pub(crate) fn not_before(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(micros(since)),
            Err(error) => Self(-floored(error.duration())),
        }
    }

    /// The moment that [`time`](Self::time) has shown.
    pub(crate) fn exact(time: SystemTime) -> Self {
        let whole = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self(whole(since)),
            Err(error) => {
                let before = i128::try_from(error.duration().as_micros()).unwrap_or(i128::MAX);
                Self(i64::try_from(-before).unwrap_or(i64::MIN))
            }
        }
    }

    /// The machine's own clock.
    pub(crate) fn wall() -> Self {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Self(floored(since)),
            Err(error) => Self(-floored(error.duration())),
        }
    }

    /// As a time of the standard library; the last one that it has, where that is before this.
    pub(crate) fn time(self) -> SystemTime {
        let span = Duration::from_micros(self.0.unsigned_abs());
        let time =
            if self.0 < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
        time.unwrap_or(UNIX_EPOCH)
    }
}

/// Half of what fits, so that no engine's sum of a moment and a span can overflow.
const LONGEST: i64 = i64::MAX / 2;

/// Whole microseconds, rounded up, at most 146,000 years.
pub(crate) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_nanos().div_ceil(1_000)).unwrap_or(LONGEST).min(LONGEST)
}

fn floored(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(LONGEST).min(LONGEST)
}

/// Whole milliseconds, rounded up; as many as fit.
pub(crate) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_up_and_stay_within_the_clock() {
        let now = Moment(1_000);
        assert_eq!(now.after(Duration::from_nanos(1)), Moment(1_001));
        assert_eq!(now.after(Duration::from_micros(5)), Moment(1_005));
        assert_eq!(now.after(Duration::MAX), Moment(1_000 + LONGEST));
        assert_eq!(now.since(Moment(2_000)), Duration::ZERO);
        assert_eq!(now.since(Moment(400)), Duration::from_micros(600));
    }

    #[test]
    fn a_moment_that_was_shown_is_known_again() {
        for moment in [i64::MIN, -LONGEST - 1, -1, 0, 1, LONGEST + 1, i64::MAX].map(Moment) {
            assert_eq!(Moment::exact(moment.time()), moment);
        }
    }

    #[test]
    fn times_survive_the_way_there_and_back() {
        let time = UNIX_EPOCH + Duration::from_micros(1_790_000_000_000_001);
        assert_eq!(Moment::not_before(time).time(), time);
        let earlier = UNIX_EPOCH - Duration::from_micros(17);
        assert_eq!(Moment::not_before(earlier).time(), earlier);
        assert!(Moment::wall().time() <= SystemTime::now());
    }
}
