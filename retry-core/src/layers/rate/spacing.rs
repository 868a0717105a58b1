//! [`Spacing`]: the interval and the burst of a rate, and what follows from them.

use std::time::Duration;

use super::pacer::{APART, HELD, LAST, LONGEST_HOLD};
use crate::primitives::nanoseconds::Nanoseconds;

/// How far apart turns are, and how many may be taken at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spacing {
    /// The time that a turn takes to come back, in nanoseconds.
    pub(super) interval: u64,
    /// How far the word may lie ahead of the clock: all turns of a burst but one.
    pub(super) tolerance: u64,
}

impl Spacing {
    pub(super) const fn new(interval: Duration, burst: u32) -> Self {
        let interval = Nanoseconds::of(interval).count();
        let interval = if interval > LAST { LAST } else { interval };
        let tolerance = interval.saturating_mul(burst.saturating_sub(1) as u64);
        Self { interval, tolerance: if tolerance > LAST { LAST } else { tolerance } }
    }

    /// The moment in a word. No turn puts it further ahead than a whole burst. If it is by far, the clock has
    /// gone back, as that of another test does, and the rest is forgotten.
    #[inline]
    pub(super) fn paid_off(self, word: u64, now: u64) -> u64 {
        let held = if word & HELD == 0 { 0 } else { Nanoseconds::of(LONGEST_HOLD).count() };
        let furthest = self.furthest(now).saturating_add(held);
        let paid_off = word & LAST;
        let apart = Nanoseconds::of(APART).count();
        if paid_off > furthest.saturating_add(apart) { furthest } else { paid_off }
    }

    /// How far turns alone can put the word.
    #[inline]
    pub(super) fn furthest(self, now: u64) -> u64 {
        now.saturating_add(self.tolerance).saturating_add(self.interval)
    }

    /// The word after a turn that is taken now.
    #[inline]
    pub(super) fn after_turn(self, paid_off: u64, now: u64) -> u64 {
        paid_off.max(now).saturating_add(self.interval).min(LAST)
    }

    /// The moment at which a caller has its turn that `ahead` others are before.
    #[inline]
    pub(super) fn turn(self, paid_off: u64, ahead: u64) -> u64 {
        let theirs = ahead.saturating_mul(self.interval);
        paid_off.saturating_add(theirs).saturating_sub(self.tolerance)
    }

    /// `paid_off`, by another spacing: as many turns are taken as before, a whole burst at most; and a pause
    /// ends when it did.
    pub(super) fn respaced(self, paid_off: u64, now: u64, to: Self) -> u64 {
        if paid_off > self.furthest(now) {
            return paid_off.saturating_sub(self.tolerance).saturating_add(to.tolerance).min(LAST);
        }
        let ahead = u128::from(paid_off.saturating_sub(now));
        let ahead = ahead * u128::from(to.interval) / u128::from(self.interval.max(1));
        let ahead = u64::try_from(ahead).unwrap_or(LAST);
        if ahead == 0 {
            paid_off.min(now)
        } else {
            to.furthest(now).min(now.saturating_add(ahead)).min(LAST)
        }
    }
}
