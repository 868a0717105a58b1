//! [`TimeWindow`]: how the calls within a span of time went.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::tally::{Ended, Tally};
use crate::sliding_window::SlidingWindow;
use crate::striped::{Padded, Striped};
use crate::sync::AtomicU64;
use crate::tick::Tick;

/// Calls within the last so much time.
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

    pub(crate) fn record(&self, ended: Ended, now: Tick) {
        self.window.advance(now, || self.counts());
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
        let [succeeded, failed, slow] =
            self.window.with_growth(now, || self.counts(), |growth| growth);
        Tally { calls: succeeded.saturating_add(failed), failed, slow }
    }

    fn counts(&self) -> [u64; 3] {
        let [failed, slow] = [&self.failed, &self.slow].map(|it| it.0.load(Ordering::Relaxed));
        [self.succeeded.sum(), failed, slow]
    }
}
