//! [`Adaptive`]: a limit that follows what the other side can take.

use super::change::Change;
use crate::time::tick::Tick;

/// How an attempt ended, to an adaptive bulkhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The other side gave an answer: a success, or a permanent failure. Only the time of a call's first
    /// attempt is a sample: that of a later one would include waits.
    Answered { is_first: bool },
    /// It failed, and may succeed later: one of many that do, or a sign of overload.
    Failed,
    /// It was cut, or the other side asked for fewer requests.
    Dropped,
    /// Nobody knows: its caller did not wait for the end.
    Unknown,
}

/// By what a limit is raised, and lowered besides at drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Additive increase, multiplicative decrease.
    Drops,
    /// The ratio of the latency without load to that of now.
    Gradient,
}

/// The attempts that ended since the last decision about the limit: about one round trip's.
#[derive(Clone, Copy, Debug)]
struct RoundTrip {
    ended: usize,
    failed: usize,
    /// The largest number of calls in flight.
    busiest: usize,
    samples: u64,
    /// Their latencies' sum.
    ticks: u64,
}

impl RoundTrip {
    const NONE: Self = Self { ended: 0, failed: 0, busiest: 0, samples: 0, ticks: 0 };
}

/// A limit between two bounds, and the calls in flight under it. It changes under the bulkhead's lock.
///
/// Each permit has a stamp, of when it was granted: its number, or for [`Rule::Gradient`] the time. An attempt
/// counts only if it began after the last decrease: those in flight at that moment were all sent at the
/// limit before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adaptive {
    lowest: usize,
    highest: usize,
    rule: Rule,
    limit: usize,
    /// The limit that was reported last.
    reported: usize,
    in_flight: usize,
    /// Whether the limit has never been lowered: until then it doubles each round trip.
    is_starting: bool,
    granted: u64,
    /// The first stamp after the last decrease.
    lowered: u64,
    round_trip: RoundTrip,
    /// The latency without load, in ticks; zero until it is known.
    baseline: f64,
}

/// The latency of this many times the baseline is still no sign of overload.
const TOLERANCE: f64 = 1.5;

/// The log₂ of a stamp's tick, in nanoseconds: 2¹⁴ ns are 16 µs, and 32 bits of them 19 hours.
const TICK: u32 = 14;

impl Adaptive {
    pub(crate) const fn new(lowest: usize, highest: usize) -> Self {
        Self {
            lowest,
            highest,
            rule: Rule::Drops,
            limit: lowest,
            reported: lowest,
            in_flight: 0,
            is_starting: true,
            granted: 0,
            lowered: 0,
            round_trip: RoundTrip::NONE,
            baseline: 0.0,
        }
    }

    pub(crate) const fn by_gradient(self) -> Self {
        Self { rule: Rule::Gradient, ..self }
    }

    /// One that has granted that many permits.
    #[cfg(test)]
    pub(crate) fn with_granted(self, granted: u64) -> Self {
        Self { granted, ..self }
    }

    /// As it was made, but for the calls in flight.
    pub(crate) fn reset(&mut self) {
        let rule = self.rule;
        *self = Self {
            rule,
            in_flight: self.in_flight,
            granted: self.granted,
            lowered: self.lowered,
            ..Self::new(self.lowest, self.highest)
        };
    }

    /// Whether it has learnt nothing, and no call is in flight.
    pub(crate) fn is_as_new(&self) -> bool {
        let Self { in_flight, limit, is_starting, round_trip, .. } = self;
        let RoundTrip { ended, samples, .. } = round_trip;
        *in_flight == 0
            && *limit == self.lowest
            && *is_starting
            && *ended == 0
            && *samples == 0
            && self.baseline == 0.0
    }

    /// The limit stays between these from now on. Those in flight stay.
    #[cfg_attr(
        not(feature = "overrides"),
        allow(dead_code, reason = "nothing is changed from outside")
    )]
    pub(crate) fn hold_between(&mut self, lowest: usize, highest: usize) {
        (self.lowest, self.highest) = (lowest, highest);
        self.limit = self.limit.clamp(lowest, highest);
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) const fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The number of free permits.
    pub(crate) const fn free(&self) -> usize {
        self.limit.saturating_sub(self.in_flight)
    }

    /// Takes a permit, if one is free.
    pub(crate) fn try_take(&mut self) -> bool {
        let is_free = self.in_flight < self.limit;
        if is_free {
            self.in_flight += 1;
            self.round_trip.busiest = self.round_trip.busiest.max(self.in_flight);
        }
        is_free
    }

    pub(crate) fn give_back(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// The stamp of an attempt that begins `now`, which only the gradient's rule asks.
    pub(crate) fn stamp(&mut self, now: impl FnOnce() -> Tick) -> u32 {
        if self.rule == Rule::Drops {
            self.granted += 1;
        }
        short(self.present(now))
    }

    /// An attempt has ended, whose permit has that stamp. Gives the change of the limit that is to be reported.
    pub(crate) fn ended(
        &mut self,
        stamp: u32,
        end: End,
        now: impl FnOnce() -> Tick,
    ) -> Option<Change> {
        let before = self.limit;
        self.count(stamp, end, now);
        if self.limit == before { None } else { self.change() }
    }

    #[cold]
    fn change(&mut self) -> Option<Change> {
        let change = Change::between(self.reported, self.limit)?;
        self.reported = change.to;
        Some(change)
    }

    fn count(&mut self, stamp: u32, end: End, now: impl FnOnce() -> Tick) {
        if end == End::Unknown {
            return;
        }
        let present = self.present(now);
        // Permits are younger than half of the short stamps' range is long.
        let age = u64::from(short(present).wrapping_sub(stamp));
        if present.saturating_sub(age) < self.lowered {
            return; // sent at the limit before: it says nothing of this one
        }
        let round_trip = &mut self.round_trip;
        round_trip.ended += 1;
        match end {
            End::Answered { is_first } => {
                if is_first {
                    round_trip.samples += 1;
                    round_trip.ticks += age;
                }
            }
            End::Failed => {
                round_trip.failed += 1;
                // Single failures are no sign of overload: more than a tenth of a round trip is.
                if round_trip.failed * 10 > self.limit.max(10) {
                    self.lower(present);
                }
            }
            End::Dropped => self.lower(present),
            End::Unknown => {}
        }
        let fewest = match self.rule {
            Rule::Drops => 1,
            Rule::Gradient => 10, // for a mean
        };
        if self.round_trip.ended >= self.limit.max(fewest) {
            self.decide(present);
        }
    }

    /// The stamp of now, in full.
    fn present(&self, now: impl FnOnce() -> Tick) -> u64 {
        match self.rule {
            Rule::Drops => self.granted,
            Rule::Gradient => now().bits() >> TICK,
        }
    }

    /// Lowers the limit by a tenth.
    fn lower(&mut self, present: u64) {
        self.lower_to(self.limit - self.limit.div_ceil(10), present);
    }

    fn lower_to(&mut self, limit: usize, present: u64) {
        self.limit = limit.max(self.lowest);
        self.is_starting = false;
        self.lowered = present.saturating_add(1);
        self.begin_round_trip();
    }

    fn begin_round_trip(&mut self) {
        self.round_trip = RoundTrip { busiest: self.in_flight, ..RoundTrip::NONE };
    }

    /// A round trip has ended.
    fn decide(&mut self, present: u64) {
        let RoundTrip { busiest, samples, ticks, .. } = self.round_trip;
        // A limit that is not used proves nothing by not being exceeded.
        let is_used = busiest * 2 >= self.limit;
        let limit = match self.rule {
            Rule::Drops if self.is_starting => self.limit.saturating_mul(2),
            Rule::Drops => self.limit.saturating_add(1),
            Rule::Gradient => self.by_latency(samples, ticks, is_used),
        };
        if limit < self.limit {
            self.lower_to(limit, present);
        } else {
            if is_used {
                self.limit = limit.min(self.highest);
            }
            self.begin_round_trip();
        }
    }

    /// What the round trip's mean latency makes of the limit.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "counts of calls and ticks of 16 µs; float to integer casts saturate"
    )]
    fn by_latency(&mut self, samples: u64, ticks: u64, is_used: bool) -> usize {
        if samples == 0 {
            return self.limit;
        }
        let latency = (ticks as f64 / samples as f64).max(1.0);
        let is_lowest = self.limit == self.lowest;
        if self.baseline == 0.0 || latency < self.baseline || is_lowest {
            self.baseline = latency; // at the lowest limit, it is the service's own
        } else if !is_used {
            // So is it while there is little load. While there is more, the baseline stands still: it would
            // else follow an overload up.
            self.baseline += (latency - self.baseline) / 10.0;
        }
        let gradient = (TOLERANCE * self.baseline / latency).clamp(0.5, 1.0);
        let limit = self.limit as f64;
        ((limit * gradient + limit.sqrt()) as usize).max(self.lowest)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "the lower half")]
const fn short(stamp: u64) -> u32 {
    stamp as u32
}
