//! Client-side throttling, after the Google SRE book.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::layers::window::SlidingWindow;
use crate::primitives::striped::Striped;
use crate::time::tick::Tick;

/// What has become of the attempts within the window.
#[derive(Debug)]
pub(crate) struct Adaptive {
    pub(super) multiplier: f64,
    window: SlidingWindow<2>,
    accepted: Striped,
    /// Failed, or refused here.
    others: Striped,
}

impl Adaptive {
    pub(crate) const fn new(multiplier: f64, window: Duration) -> Self {
        Self {
            multiplier,
            window: SlidingWindow::new(window),
            accepted: Striped::new(),
            others: Striped::new(),
        }
    }

    pub(crate) fn accept(&self, now: Tick) {
        self.window.advance(now, || self.counts());
        self.accepted.increment();
    }

    pub(crate) fn fail(&self, now: Tick) {
        self.window.advance(now, || self.counts());
        self.others.increment();
    }

    /// Whether a retry may follow. A refusal is a request that was not accepted, as in the book:
    /// the longer an outage lasts, the fewer retries come through. `rng` is asked without a lock: it
    /// may be anybody's.
    pub(crate) fn admits<R: Rng + ?Sized>(&self, now: Tick, rng: &mut R) -> bool {
        let refusal = self.refusal(now);
        let is_refused = refusal > 0.0 && rng.random::<f64>() < refusal;
        if is_refused {
            self.others.increment();
        }
        !is_refused
    }

    /// The probability of a refusal now: `max(0, (requests − K · accepts) / (requests + 1))`.
    #[allow(clippy::cast_precision_loss, reason = "a probability needs no 64 bits")]
    pub(crate) fn refusal(&self, now: Tick) -> f64 {
        let growth = self.window.with_growth(now, || self.counts(), |growth, _| growth);
        let [accepts, others] = growth.map(|count| count as f64);
        let requests = accepts + others;
        ((requests - self.multiplier * accepts) / (requests + 1.0)).max(0.0)
    }

    pub(crate) fn clear(&self) {
        self.window.clear(|| self.counts());
    }

    /// Whether nothing is counted in the window.
    pub(crate) fn is_empty(&self, now: Tick) -> bool {
        self.window.with_growth(now, || self.counts(), |growth, _| growth) == [0, 0]
    }

    fn counts(&self) -> [u64; 2] {
        [self.accepted.sum(), self.others.sum()]
    }
}
