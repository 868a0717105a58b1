//! The retry budget of Finagle and Linkerd: a number of retries in proportion to the calls.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::layers::window::{SlidingWindow, Slot};
use crate::primitives::striped::{Padded, Striped};
use crate::primitives::sync::AtomicU64;
use crate::time::tick::Tick;

/// Calls and retries within the last `expiry`.
#[derive(Debug)]
pub(crate) struct Ratio {
    pub(super) per_call: f64,
    pub(super) min_per_second: u32,
    pub(super) expiry: Duration,
    window: SlidingWindow<2>,
    calls: Striped,
    /// Less those that were given back.
    withdrawn: Padded<AtomicU64>,
}

/// Where [`Ratio::counts`] has the withdrawals.
const WITHDRAWN: usize = 1;

impl Ratio {
    pub(crate) const fn new(per_call: f64, min_per_second: u32, expiry: Duration) -> Self {
        Self {
            per_call,
            min_per_second,
            expiry,
            window: SlidingWindow::new(expiry),
            calls: Striped::new(),
            withdrawn: Padded(AtomicU64::new(0)),
        }
    }

    pub(crate) fn deposit(&self, now: Tick) {
        self.window.advance(now, || self.counts());
        self.calls.increment();
    }

    /// The slot that a retry is withdrawn in, if one is left. Under the window's lock, so that two
    /// never spend the last one both.
    pub(crate) fn try_withdraw(&self, now: Tick) -> Option<Slot> {
        self.window.with_growth(
            now,
            || self.counts(),
            |growth, slot| {
                let granted = self.left(growth) >= 1;
                granted.then(|| {
                    self.withdrawn.0.fetch_add(1, Ordering::Relaxed);
                    slot
                })
            },
        )
    }

    /// Takes back a withdrawal of that slot. Once the slot has left the window, that changes
    /// nothing: the retry would else be credited against another one's withdrawal.
    pub(crate) fn give_back(&self, slot: Slot) {
        self.window.take_back(slot, WITHDRAWN, || {
            self.withdrawn.0.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// How many retries would be granted now.
    pub(crate) fn retries(&self, now: Tick) -> u64 {
        self.window.with_growth(now, || self.counts(), |growth, _| self.left(growth))
    }

    pub(crate) fn clear(&self) {
        self.window.clear(|| self.counts());
    }

    /// Whether nothing is counted in the window.
    pub(crate) fn is_empty(&self, now: Tick) -> bool {
        self.window.with_growth(now, || self.counts(), |growth, _| growth) == [0, 0]
    }

    fn counts(&self) -> [u64; 2] {
        [self.calls.sum(), self.withdrawn.0.load(Ordering::Relaxed)]
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "counts of calls within seconds; float to integer casts saturate"
    )]
    fn left(&self, [calls, withdrawn]: [u64; 2]) -> u64 {
        let reserve = f64::from(self.min_per_second) * self.expiry.as_secs_f64();
        let earned = self.per_call * calls as f64 + reserve;
        let whole = (earned + 1e-6).floor() as u64; // 0.29 · 100 is not quite 29
        // What was withdrawn before the window was cleared may have been given back since: less than nothing.
        let withdrawn = if i64::try_from(withdrawn).is_err() { 0 } else { withdrawn };
        whole.saturating_sub(withdrawn)
    }
}
