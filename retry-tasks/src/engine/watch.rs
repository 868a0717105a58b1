//! Whether a clock can be trusted to say that a lease has run out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::row::moment::Moment;

/// A jump of the clock by more than this makes leases look run out that are not, and so does an answer
/// that takes longer: others may have waited for theirs just as long.
const JUMP: Duration = Duration::from_secs(1);

/// Compares the clock by which leases run out with one that never jumps. After a jump ahead, and after
/// the engine stood still, nobody is taken for lost until those who live have had the time to renew
/// their leases.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    last: Option<(Moment, Instant)>,
    held_off_until: Option<Instant>,
    /// The longest span that a lease was asked for here.
    span: Duration,
}

impl Watch {
    /// Remembers how long leases last.
    pub(crate) fn lasts(&self, span: Duration) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.span = seen.span.max(span);
    }

    /// Whether leases that have run out by the clock have run out. It showed `now` when it was asked
    /// at the first of these instants, and answered at the second.
    pub(crate) fn trusts(&self, now: Moment, asked: Instant, answered: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stood_still = answered.saturating_duration_since(asked) > JUMP;
        let has_jumped = seen.last.is_some_and(|(last, at)| {
            now.since(last) > answered.saturating_duration_since(at).saturating_add(JUMP)
        });
        if stood_still || has_jumped {
            seen.held_off_until = answered.checked_add(seen.span);
        }
        seen.last = Some((now, answered));
        seen.held_off_until.is_none_or(|until| answered >= until)
    }

    /// The clock did not answer, and so nobody could renew a lease.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_unanswered(&self, at: Instant) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.held_off_until = at.checked_add(seen.span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_ahead_takes_nobody_for_lost() {
        let watch = Watch::default();
        watch.lasts(Duration::from_secs(15));
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let trusts = |shown: i64, passed: u32| {
            let answered = start + second * passed;
            watch.trusts(Moment(shown * 1_000_000), answered, answered)
        };
        assert!(trusts(100, 0));
        assert!(trusts(105, 5), "as time passes");
        assert!(!trusts(3_710, 10), "an hour ahead");
        assert!(!trusts(3_724, 24), "within a lease from then");
        assert!(trusts(3_725, 25), "after that");
        assert!(trusts(100, 30), "a jump back: leases only last longer");
        assert!(trusts(105, 35));
    }

    #[test]
    fn an_engine_that_stood_still_has_nobody_taken_for_lost() {
        let watch = Watch::default();
        watch.lasts(Duration::from_secs(3));
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let trusts = |asked: u32, answered: u32| {
            let now = Moment(i64::from(answered) * 1_000_000);
            watch.trusts(now, start + second * asked, start + second * answered)
        };
        assert!(trusts(0, 1), "a second is no standstill");
        assert!(!trusts(2, 8), "six are one");
        assert!(!trusts(10, 10), "within a lease from then");
        assert!(trusts(11, 11), "after that");
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn an_engine_that_did_not_answer_has_nobody_taken_for_lost() {
        let watch = Watch::default();
        watch.lasts(Duration::from_secs(3));
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        watch.is_unanswered(start);
        let trusts = |at: u32| watch.trusts(Moment(0), start + second * at, start + second * at);
        assert_eq!([0, 2, 3].map(trusts), [false, false, true]);
    }
}
