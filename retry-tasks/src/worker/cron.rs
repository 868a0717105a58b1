//! [`Cron`]: when a schedule ticks.

use std::time::{Duration, SystemTime};

use cronexpr::{Crontab, FallbackTimezoneOption, MakeTimestamp, ParseOptions, parse_crontab_with};

use crate::row::moment::Moment;

/// Four years from here, near the end of the year 9990, the calendar ends.
const LAST: Moment = Moment(253_118_649_600 * 1_000_000);

/// Ticks are whole minutes.
const MINUTE: Duration = Duration::from_mins(1);

/// When a schedule ticks.
#[derive(Clone, Debug)]
pub(super) struct Cron(Crontab);

impl Cron {
    /// Reads an expression of five fields, and a time zone unless it is UTC.
    pub(super) fn parse(expression: &str) -> Result<Self, String> {
        let mut options = ParseOptions::default();
        options.fallback_timezone_option = FallbackTimezoneOption::UTC;
        parse_crontab_with(expression, options).map(Self).map_err(|error| {
            // The expression, a mark below it, and then what is wrong.
            let text = error.to_string();
            text.rsplit_once("^ ").map_or(text.as_str(), |(_, reason)| reason).to_owned()
        })
    }

    /// The first tick after that time. `None` if there is none within four years.
    pub(super) fn after(&self, time: SystemTime) -> Option<SystemTime> {
        let moment = Moment::not_before(time);
        if moment >= LAST {
            return None;
        }
        let from = MakeTimestamp::from_microsecond(moment.0).ok()?;
        let tick = self.0.find_next(from).ok()?;
        Some(Moment(tick.timestamp().as_microsecond()).time())
    }

    /// The last tick after `earlier` and not after `now`, if there is one.
    pub(super) fn last(&self, earlier: SystemTime, now: SystemTime) -> Option<SystemTime> {
        let has_come = |tick: Option<SystemTime>| tick.filter(|&tick| tick <= now);
        // The first tick after `low` has come, that after `high` has not: the last one is between.
        let (mut low, mut high) = (earlier, now);
        let mut last = has_come(self.after(low))?;
        while let Ok(span) = high.duration_since(low)
            && span >= MINUTE / 2
        {
            let middle = low + span / 2;
            match has_come(self.after(middle)) {
                Some(tick) => (low, last) = (middle, tick),
                None => high = middle,
            }
        }
        Some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since 1970.
    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn seconds(time: Option<SystemTime>) -> Option<u64> {
        time.map(|time| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs())
    }

    const DAY: u64 = 86_400;

    #[test]
    fn without_a_zone_it_is_utc() {
        let nightly = Cron::parse("0 3 * * *").unwrap();
        assert_eq!(seconds(nightly.after(at(0))), Some(3 * 3_600));
        assert_eq!(seconds(nightly.after(at(3 * 3_600))), Some(DAY + 3 * 3_600));
        let in_berlin = Cron::parse("0 3 * * * Europe/Berlin").unwrap();
        assert_eq!(seconds(in_berlin.after(at(0))), Some(2 * 3_600));
    }

    #[test]
    fn an_hour_that_the_clocks_skip_has_no_tick_and_one_that_they_repeat_has_two() {
        let cron = Cron::parse("30 2 * * * Europe/Berlin").unwrap();
        // 31 March 2024, 1 o'clock UTC: from 2 to 3 in Berlin.
        let before = 1_711_846_800 - 1_800;
        assert_eq!(seconds(cron.after(at(before))), Some(1_711_846_800 + DAY - 1_800));
        // 27 October 2024, 1 o'clock UTC: from 3 back to 2.
        let first = seconds(cron.after(at(1_729_990_800 - 3_600))).unwrap();
        assert_eq!(first, 1_729_990_800 - 1_800);
        assert_eq!(seconds(cron.after(at(first))), Some(first + 3_600));
    }

    #[test]
    fn the_last_tick_is_found_whatever_has_passed() {
        let minutely = Cron::parse("* * * * *").unwrap();
        let yearly = Cron::parse("0 0 1 1 *").unwrap();
        for (earlier, now) in [(0, 59), (0, 60), (0, 61), (60, 119), (60, 1_711_846_859)] {
            let last = seconds(minutely.last(at(earlier), at(now)));
            let expected = now / 60 * 60;
            assert_eq!(last, (expected > earlier).then_some(expected), "{earlier} {now}");
        }
        assert_eq!(seconds(yearly.last(at(0), at(364 * DAY))), None);
        assert_eq!(seconds(yearly.last(at(0), at(800 * DAY))), Some(730 * DAY));
        assert_eq!(seconds(yearly.last(at(9), at(8))), None, "a clock that went back");
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        let wrong = |expression| Cron::parse(expression).unwrap_err();
        assert_eq!(wrong("61 * * * *"), "value must be in range 0..=59; found 61");
        assert_eq!(wrong("0 3 * *"), "missing days of week");
        assert_eq!(wrong(""), "cannot be empty");
        assert!(wrong("0 3 * * * Europe/Atlantis").starts_with("failed to find timezone Europe"));
    }

    #[test]
    fn no_text_and_no_time_makes_it_panic() {
        use proptest::test_runner::TestRunner;

        let mut runner = TestRunner::deterministic();
        let texts = "[0-9*/,\\-#LWHž ]{0,20}( [A-Za-z/]{0,9})?";
        runner
            .run(&(texts, proptest::num::u64::ANY), |(text, time)| {
                if let Ok(cron) = Cron::parse(&text) {
                    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(time));
                    let time = time.unwrap_or_else(SystemTime::now);
                    let _ = cron.last(SystemTime::UNIX_EPOCH, time);
                }
                Ok(())
            })
            .unwrap();
        let never = Cron::parse("0 0 30 2 *").unwrap();
        assert_eq!(never.after(at(0)), None);
    }
}
