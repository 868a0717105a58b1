//! [`TimeWindow`]: how the calls within a span of time went.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::tally::{CallEnd, Tally};
use crate::layers::window::SlidingWindow;
use crate::primitives::striped::{Padded, Striped};
use crate::primitives::sync::AtomicU64;
use crate::time::tick::Tick;

/// The calls within a span of time that ends now.
#[derive(Debug)]
pub(crate) struct TimeWindow {
    window: SlidingWindow<3>,
    succeeded: Striped,
    failed: Padded<AtomicU64>,
    slow: Padded<AtomicU64>,
}

impl TimeWindow {
    /// `length` must not be zero.
    pub(crate) const fn new(length: Duration) -> Self {
        Self {
            window: SlidingWindow::new(length),
            succeeded: Striped::new(),
            failed: Padded(AtomicU64::new(0)),
            slow: Padded(AtomicU64::new(0)),
        }
    }

    /// Whether a look at the tally is due even if the call was clean: the first call of a slot may
    /// find that the successes before it are too old by now, and one in a window that is watched,
    /// that its calls are enough.
    #[inline]
    pub(crate) fn record(&self, ended: CallEnd, now: Tick) -> bool {
        if self.window.is_due(now) {
            self.record_and_look(ended, now);
            return true;
        }
        self.add(ended);
        false
    }

    #[cold]
    #[inline(never)]
    fn record_and_look(&self, ended: CallEnd, now: Tick) {
        self.window.move_on(now, || self.counts());
        self.add(ended);
    }

    #[inline]
    fn add(&self, ended: CallEnd) {
        if ended.failed {
            self.failed.0.fetch_add(1, Ordering::Relaxed);
        } else {
            self.succeeded.increment();
        }
        if ended.slow {
            self.slow.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn clear(&self) {
        self.window.clear(|| self.counts());
    }

    pub(crate) fn tally(&self, now: Tick) -> Tally {
        self.window.with_growth(now, || self.counts(), |growth, _| tally_of(growth))
    }

    /// As [`tally`](Self::tally), and a look is due after each call as long as `lacks_calls`: as
    /// long as no more than the number of calls keeps the circuit closed.
    pub(crate) fn watch(&self, now: Tick, lacks_calls: impl FnOnce(Tally) -> bool) -> Tally {
        let mut tally = Tally::default();
        self.window.watch_if(
            now,
            || self.counts(),
            |growth| {
                tally = tally_of(growth);
                lacks_calls(tally)
            },
        );
        tally
    }

    fn counts(&self) -> [u64; 3] {
        let [failed, slow] = [&self.failed, &self.slow].map(|it| it.0.load(Ordering::Relaxed));
        [self.succeeded.sum(), failed, slow]
    }
}

fn tally_of([succeeded, failed, slow]: [u64; 3]) -> Tally {
    Tally { calls: succeeded.saturating_add(failed), failed, slow }
}
