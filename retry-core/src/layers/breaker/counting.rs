//! Counting how calls ended, and changing the circuit by that.

use rand::Rng;

use super::circuit::{Epoch, Opening};
use super::state::State;
use super::tally::CallEnd;
use super::{CircuitBreaker, Window};
use crate::classify::Verdict;
use crate::time::tick::Tick;

impl CircuitBreaker {
    pub(super) fn counts_as_failure(&self, verdict: Verdict) -> bool {
        verdict.retries() || self.settings.permanent_failures_count
    }

    /// A call has ended that began at `began`, in `epoch`.
    #[inline]
    pub(super) fn end<R: Rng + ?Sized>(
        &self,
        epoch: Epoch,
        began: Tick,
        failed: bool,
        now: impl Fn() -> Tick,
        rng: &mut R,
    ) {
        let changes_nothing = match &self.window {
            Window::Count(window) => {
                !failed
                    && self.settings.slow.is_none()
                    && !epoch.is(State::HalfOpen)
                    && window.is_clean()
            }
            Window::Time(_) => false,
        };
        if !changes_nothing {
            self.count_in(epoch, began, failed, now, rng);
        }
    }

    fn count_in<R: Rng + ?Sized>(
        &self,
        epoch: Epoch,
        began: Tick,
        failed: bool,
        now: impl Fn() -> Tick,
        rng: &mut R,
    ) {
        let at = match (&self.window, self.settings.slow) {
            (Window::Count(_), None) => Tick::FIRST, // no clock is needed
            _ => now(),
        };
        let slow = self.settings.slow.is_some_and(|slow| at.since(began) >= slow.after);
        let ended = CallEnd { failed, slow };
        if epoch.is(State::HalfOpen) {
            return self.probed(epoch, ended, now, rng);
        }
        if self.circuit.epoch() != epoch || epoch.is(State::Disabled) {
            return;
        }
        let is_due = match &self.window {
            Window::Count(window) => {
                (!ended.is_clean() || !window.is_clean()) && window.record(ended)
            }
            Window::Time(window) => window.record(ended, at),
        };
        if (is_due || !ended.is_clean()) && epoch.is(State::Closed) {
            self.trip_if_failing(epoch, now, rng);
        }
    }

    #[cold]
    fn trip_if_failing<R: Rng + ?Sized>(&self, epoch: Epoch, now: impl Fn() -> Tick, rng: &mut R) {
        let least = self.least_calls();
        let tally = match &self.window {
            Window::Count(window) => window.tally(),
            Window::Time(window) => {
                window.watch(now(), |tally| tally.calls < least && self.settings.is_failing(tally))
            }
        };
        if tally.calls >= least && self.settings.is_failing(tally) {
            let open_for = self.settings.open.jittered_delay(0, rng);
            self.report(self.circuit.trip(epoch, open_for, now));
        }
    }

    /// The minimum number of calls, or what the window holds if that is less.
    fn least_calls(&self) -> u64 {
        let minimum = u64::from(self.settings.minimum_calls);
        match &self.window {
            Window::Count(window) => minimum.min(window.length()),
            Window::Time(_) => minimum,
        }
    }

    #[cold]
    fn probed<R: Rng + ?Sized>(
        &self,
        epoch: Epoch,
        ended: CallEnd,
        now: impl Fn() -> Tick,
        rng: &mut R,
    ) {
        let settings = &self.settings;
        let mut lasts = None;
        let change = loop {
            let opening = Opening { now: &now, lasts };
            let is_failing = |tally| settings.is_failing(tally);
            let clear = || self.clear();
            match self.circuit.probed(epoch, ended, settings.probing, is_failing, opening, clear) {
                Ok(change) => break change,
                Err(undrawn) => lasts = Some(settings.open.jittered_delay(undrawn.openings, rng)),
            }
        };
        self.report(change);
    }

    /// Empties the window.
    pub(super) fn clear(&self) {
        match &self.window {
            Window::Count(window) => window.clear(),
            Window::Time(window) => window.clear(),
        }
    }
}
