//! Whether a clock can be trusted to say that a lease has run out.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::row::moment::Moment;

/// A jump of the clock by more than this makes leases look run out that are not.
const JUMP: Duration = Duration::from_secs(1);

/// Compares the clock by which leases run out with one that never jumps. After a jump ahead, nobody is
/// taken for lost until those who live have had the time to renew their leases.
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

    /// Whether leases that have run out by the clock, which shows `now`, have run out.
    pub(crate) fn trusts(&self, now: Moment, steady: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has_jumped = seen.last.is_some_and(|(last, at)| {
            now.since(last) > steady.saturating_duration_since(at).saturating_add(JUMP)
        });
        if has_jumped {
            seen.held_off_until = steady.checked_add(seen.span);
        }
        seen.last = Some((now, steady));
        seen.held_off_until.is_none_or(|until| steady >= until)
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
            watch.trusts(Moment(shown * 1_000_000), start + second * passed)
        };
        assert!(trusts(100, 0));
        assert!(trusts(105, 5), "as time passes");
        assert!(!trusts(3_710, 10), "an hour ahead");
        assert!(!trusts(3_724, 24), "within a lease from then");
        assert!(trusts(3_725, 25), "after that");
        assert!(trusts(100, 30), "a jump back: leases only last longer");
        assert!(trusts(105, 35));
    }
}
