//! [`Stopwatch`]: how long the first attempt of a race takes.

use super::latencies::Latency;
use super::plan::HedgePlan;
use crate::time::clock::{self, Instant};

/// A race's plan, to which the latency of the first attempt is reported once, also when the race is
/// dropped.
#[derive(Debug)]
pub(super) struct Stopwatch<P: HedgePlan> {
    pub(super) plan: P,
    /// When the first attempt began, if that is measured, until it has been reported.
    began: Option<Instant>,
}

impl<P: HedgePlan> Stopwatch<P> {
    pub(super) const fn new(plan: P) -> Self {
        Self { plan, began: None }
    }

    /// The first attempt begins now.
    pub(super) fn start(&mut self) {
        self.began = self.plan.measures().then(clock::now);
    }

    /// The first attempt has succeeded.
    pub(super) fn succeeded(&mut self) {
        self.stop(Latency::Exactly);
    }

    /// The first attempt has failed, or was dropped.
    pub(super) fn cut(&mut self) {
        self.stop(Latency::LongerThan);
    }

    fn stop(&mut self, latency: fn(std::time::Duration) -> Latency) {
        if let Some(began) = self.began.take() {
            self.plan.record(latency(clock::now().saturating_duration_since(began)));
        }
    }
}

impl<P: HedgePlan> Drop for Stopwatch<P> {
    fn drop(&mut self) {
        self.cut();
    }
}
