//! [`CountWindow`]: how the last calls went, up to a fixed number.

use std::sync::atomic::Ordering;

use super::tally::{CallEnd, Tally};
use crate::primitives::striped::Padded;
use crate::primitives::sync::{AtomicI32, AtomicU8, AtomicU64, LONGEST};

/// The last calls, up to a fixed number, in a lock-free ring.
///
/// Each slot holds how one call went. Whoever writes one learns what was there before and corrects
/// the counts by the difference, so they are right once all writers are done, in whatever order
/// they went. Another clean call changes nothing in a window that holds only clean ones;
/// `unclean` is zero then.
#[derive(Debug)]
pub(crate) struct CountWindow {
    length: u32,
    counts: Padded<Counts>,
    /// As many as the longest window needs, in the static.
    slots: [AtomicU8; LONGEST],
}

#[derive(Debug)]
struct Counts {
    /// Calls written so far.
    written: AtomicU64,
    /// Slots that are empty, or hold a call that failed or was slow.
    unclean: AtomicI32,
    /// Signed, since a writer's correction may overtake that of the writer before it.
    failed: AtomicI32,
    slow: AtomicI32,
}

const EMPTY: u8 = 0;
const CALL: u8 = 1;
const FAILED: u8 = 2;
const SLOW: u8 = 4;

impl CountWindow {
    /// `length` must be from 1 to [`LONGEST`].
    #[allow(clippy::cast_possible_wrap, reason = "it is at most `LONGEST`")]
    pub(crate) const fn new(length: u32) -> Self {
        Self {
            length,
            counts: Padded(Counts {
                written: AtomicU64::new(0),
                unclean: AtomicI32::new(length as i32),
                failed: AtomicI32::new(0),
                slow: AtomicI32::new(0),
            }),
            slots: [const { AtomicU8::new(EMPTY) }; LONGEST],
        }
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length as u64
    }

    /// Whether the window is full of clean calls: one relaxed load.
    pub(crate) fn is_clean(&self) -> bool {
        self.counts.0.unclean.load(Ordering::Relaxed) == 0
    }

    /// Whether the window holds calls that failed or were slow: a clean one may then be the call
    /// that makes it enough of them.
    #[allow(clippy::cast_possible_truncation, reason = "it is below `LONGEST`")]
    pub(crate) fn record(&self, ended: CallEnd) -> bool {
        let place = self.counts.0.written.fetch_add(1, Ordering::Relaxed) % u64::from(self.length);
        let failed = if ended.failed { FAILED } else { 0 };
        let slow = if ended.slow { SLOW } else { 0 };
        self.write(place as usize, CALL | failed | slow);
        let Counts { failed, slow, .. } = &self.counts.0;
        [failed, slow].iter().any(|count| count.load(Ordering::Relaxed) > 0)
    }

    /// Empties every slot. A call that is recorded at the same time may stay.
    pub(crate) fn clear(&self) {
        self.counts.0.written.store(0, Ordering::Relaxed);
        for place in 0..self.length as usize {
            self.write(place, EMPTY);
        }
    }

    fn write(&self, place: usize, now: u8) {
        let before = self.slots[place].swap(now, Ordering::Relaxed);
        let correct = |count: &AtomicI32, is: fn(u8) -> bool| {
            let by = i32::from(is(now)) - i32::from(is(before));
            if by != 0 {
                count.fetch_add(by, Ordering::Relaxed);
            }
        };
        let Counts { unclean, failed, slow, .. } = &self.counts.0;
        correct(failed, |slot| slot & FAILED != 0);
        correct(slow, |slot| slot & SLOW != 0);
        correct(unclean, |slot| slot != CALL);
    }

    pub(crate) fn tally(&self) -> Tally {
        let count = |count: &AtomicI32| u64::try_from(count.load(Ordering::Relaxed)).unwrap_or(0);
        let Counts { written, failed, slow, .. } = &self.counts.0;
        let calls = written.load(Ordering::Relaxed).min(u64::from(self.length));
        Tally { calls, failed: count(failed), slow: count(slow) }
    }
}
