//! [`Probes`]: the calls that a half-open circuit lets through, and how they ended.

use std::time::Duration;

use super::tally::{CallEnd, Tally};

/// The settings of probes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Probing {
    /// How many decide.
    pub(crate) probes: u32,
    /// How long all of them may take before other calls become probes instead.
    pub(crate) timeout: Duration,
}

/// The probes of the present half-open state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    /// How often the circuit has opened since it was last closed.
    pub(super) openings: u32,
    /// Those that were let out, and not taken back.
    out: u32,
    /// How those that have ended went.
    pub(super) ended: Tally,
}

impl Probes {
    pub(super) const NONE: Self =
        Self { openings: 0, out: 0, ended: Tally { calls: 0, failed: 0, slow: 0 } };

    /// The circuit becomes half-open.
    pub(super) fn begin(&mut self) {
        self.out = 0;
        self.ended = Tally::default();
    }

    /// Whether as many were let out as decide.
    pub(super) const fn are_all_out(&self, probing: Probing) -> bool {
        self.out >= probing.probes
    }

    /// A call becomes a probe.
    pub(super) fn let_out(&mut self) {
        self.out += 1;
    }

    /// A probe was dropped, and does not count.
    pub(super) fn take_back(&mut self) {
        self.out = self.out.saturating_sub(1);
    }

    /// The probes that have not ended in time do not count: others may be let out instead.
    pub(super) fn replace_late_ones(&mut self) {
        self.out = u32::try_from(self.ended.calls).unwrap_or(u32::MAX);
    }

    /// The tally of the ended probes and this one.
    pub(super) fn ended_with(&self, ended: CallEnd) -> Tally {
        let Tally { calls, failed, slow } = self.ended;
        Tally {
            calls: calls + 1,
            failed: failed + u64::from(ended.failed),
            slow: slow + u64::from(ended.slow),
        }
    }
}
