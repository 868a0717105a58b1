//! The retry budget of Finagle and Linkerd: so many retries for so many calls.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::sliding_window::SlidingWindow;
use crate::striped::{Padded, Striped};
use crate::sync::AtomicU64;
use crate::tick::Tick;

/// Calls and retries within the last `expiry`.
#[derive(Debug)]
pub(crate) struct Ratio {
    pub(super) per_call: f64,
    pub(super) min_per_second: u32,
    pub(super) expiry: Duration,
    window: SlidingWindow<3>,
    calls: Striped,
    withdrawn: Padded<AtomicU64>,
    /// Withdrawn for a retry that never came to its end.
    given_back: AtomicU64,
}

impl Ratio {
    pub(crate) const fn new(per_call: f64, min_per_second: u32, expiry: Duration) -> Self {
        Self {
            per_call,
            min_per_second,
            expiry,
            window: SlidingWindow::new(expiry),
            calls: Striped::new(),
            withdrawn: Padded(AtomicU64::new(0)),
            given_back: AtomicU64::new(0),
        }
    }

    pub(crate) fn deposit(&self, now: Tick) {
        self.window.advance(now, || self.counts());
        self.calls.increment();
    }

    /// Under the window's lock, so that two never spend the last retry both.
    pub(crate) fn try_withdraw(&self, now: Tick) -> bool {
        self.window.with_growth(
            now,
            || self.counts(),
            |growth| {
                let granted = self.left(growth) >= 1;
                if granted {
                    self.withdrawn.0.fetch_add(1, Ordering::Relaxed);
                }
                granted
            },
        )
    }

    pub(crate) fn give_back(&self) {
        self.given_back.fetch_add(1, Ordering::Relaxed);
    }

    /// How many retries would be granted now.
    pub(crate) fn retries(&self, now: Tick) -> u64 {
        self.window.with_growth(now, || self.counts(), |growth| self.left(growth))
    }

    fn counts(&self) -> [u64; 3] {
        let withdrawn = self.withdrawn.0.load(Ordering::Relaxed);
        [self.calls.sum(), withdrawn, self.given_back.load(Ordering::Relaxed)]
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "counts of calls within seconds; float to integer casts saturate"
    )]
    fn left(&self, [calls, withdrawn, given_back]: [u64; 3]) -> u64 {
        let reserve = f64::from(self.min_per_second) * self.expiry.as_secs_f64();
        let earned = self.per_call * calls as f64 + reserve;
        let whole = (earned + 1e-6).floor() as u64; // 0.29 · 100 is not quite 29
        whole.saturating_sub(withdrawn.saturating_sub(given_back))
    }
}
