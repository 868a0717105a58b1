//! [`Circuit`]: the states of a circuit breaker and the ways between them.
//!
//! Whether a call goes through is read from one atomic word. Every way from state to state, and
//! everything about probes, is done under a lock: it is rare, and then plain to read.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::probes::{Probes, Probing};
use super::state::State;
use super::tally::{CallEnd, Tally};
use crate::primitives::sync::{AtomicU64, Mutex};
use crate::time::tick::Tick;

/// One stay in a state: the state, and a number that is another each time a state begins. By it, a call
/// that ends is known to have begun in the present stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Epoch {
    const STATE_BITS: u32 = 3;
    /// The first epoch is closed.
    const FIRST: Self = Self(0);

    #[allow(clippy::cast_possible_truncation, reason = "three bits")]
    const fn state_index(self) -> usize {
        (self.0 & 7) as usize
    }

    pub(crate) const fn state(self) -> State {
        State::ALL[self.state_index()]
    }

    pub(crate) const fn is(self, state: State) -> bool {
        self.state_index() == state as usize
    }

    /// Whether every call goes through.
    pub(crate) const fn lets_all_through(self) -> bool {
        self.is(State::Closed) || self.is(State::ForcedClosed) || self.is(State::Disabled)
    }

    const fn next(self, state: State) -> Self {
        let number = (self.0 >> Self::STATE_BITS).wrapping_add(1);
        Self(number << Self::STATE_BITS | state as u64)
    }
}

/// A change of state, and how long the circuit is open now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) open_for: Option<Duration>,
}

/// Why a call does not go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The circuit stays open for this time.
    Open(Duration),
    /// All probes are under way.
    Probing,
    /// The circuit was forced open.
    Forced,
}

/// The state, and what has happened in it.
#[derive(Debug)]
pub(crate) struct Circuit {
    epoch: AtomicU64,
    /// When the open state began. Written before the epoch that it belongs to, as its end is.
    opened_at: AtomicU64,
    /// When the open state ends.
    open_until: AtomicU64,
    /// Half-open: from when another probe may begin.
    probes_from: AtomicU64,
    probes: Mutex<Probes>,
}

impl Circuit {
    pub(crate) const fn new() -> Self {
        Self {
            epoch: AtomicU64::new(Epoch::FIRST.0),
            opened_at: AtomicU64::new(0),
            open_until: AtomicU64::new(0),
            probes_from: AtomicU64::new(0),
            probes: Mutex::new(Probes::NONE),
        }
    }

    /// The present epoch: one load, which acquires what was written before the epoch began.
    pub(crate) fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }

    /// How long the circuit is still open. No longer, if the clock has gone back to before it opened.
    pub(crate) fn open_in(&self, now: Tick) -> Duration {
        if has_gone_back(now, Tick::from_bits(self.opened_at.load(Ordering::Relaxed))) {
            return Duration::ZERO;
        }
        Tick::from_bits(self.open_until.load(Ordering::Relaxed)).since(now)
    }

    /// Whether another probe may begin, by the clock.
    fn may_probe(&self, probing: Probing, now: Tick) -> bool {
        let from = Tick::from_bits(self.probes_from.load(Ordering::Relaxed));
        now >= from || has_gone_back(now.plus(probing.timeout), from)
    }

    /// Admits a call, in the epoch that is returned. Without a lock, unless it may be a probe.
    pub(crate) fn admit(
        &self,
        probing: Probing,
        now: impl FnOnce() -> Tick,
    ) -> (Result<Epoch, Refusal>, Option<Change>) {
        let epoch = self.epoch();
        let refusal = match epoch.state() {
            State::Closed | State::ForcedClosed | State::Disabled => return (Ok(epoch), None),
            State::ForcedOpen => Refusal::Forced,
            State::Open => {
                let now = now();
                match self.open_in(now) {
                    Duration::ZERO => return self.admit_probe(probing, now),
                    left => Refusal::Open(left),
                }
            }
            State::HalfOpen => {
                let now = now();
                if self.may_probe(probing, now) {
                    return self.admit_probe(probing, now);
                }
                Refusal::Probing
            }
        };
        (Err(refusal), None)
    }

    fn admit_probe(&self, probing: Probing, now: Tick) -> (Result<Epoch, Refusal>, Option<Change>) {
        let mut probes = self.lock();
        let epoch = self.epoch();
        let mut change = None;
        match epoch.state() {
            State::Closed | State::ForcedClosed | State::Disabled => return (Ok(epoch), None),
            State::ForcedOpen => return (Err(Refusal::Forced), None),
            State::Open => {
                let left = self.open_in(now);
                if !left.is_zero() {
                    return (Err(Refusal::Open(left)), None);
                }
                probes.begin();
                change = Some(self.begin(epoch, State::HalfOpen));
            }
            State::HalfOpen => {
                if probes.are_all_out(probing) {
                    if !self.may_probe(probing, now) {
                        return (Err(Refusal::Probing), None);
                    }
                    probes.replace_late_ones();
                    self.begin(epoch, State::HalfOpen);
                }
            }
        }
        probes.let_out();
        if probes.are_all_out(probing) {
            self.probes_from.store(now.plus(probing.timeout).bits(), Ordering::Relaxed);
        }
        (Ok(self.epoch()), change)
    }

    /// A probe was dropped: another call may be one instead.
    pub(crate) fn give_back(&self, epoch: Epoch) {
        let mut probes = self.lock();
        if self.epoch() == epoch {
            probes.take_back();
            self.probes_from.store(0, Ordering::Relaxed);
        }
    }

    /// A probe has ended. When all have, `is_failing` decides by their tally whether the circuit opens
    /// again, as `opening` says; otherwise it closes, once `clear` has emptied the window.
    ///
    /// # Errors
    ///
    /// If it is to open, and `opening` does not say for how long: nothing is counted then.
    pub(crate) fn probed(
        &self,
        epoch: Epoch,
        ended: CallEnd,
        probing: Probing,
        is_failing: impl FnOnce(Tally) -> bool,
        opening: Opening<impl FnOnce() -> Tick>,
        clear: impl FnOnce(),
    ) -> Result<Option<Change>, Undrawn> {
        let mut probes = self.lock();
        if self.epoch() != epoch {
            return Ok(None);
        }
        let all = probes.ended_with(ended);
        if all.calls < u64::from(probing.probes) {
            probes.ended = all;
            return Ok(None);
        }
        if is_failing(all) {
            let Some(open_for) = opening.lasts else {
                return Err(Undrawn { openings: probes.openings });
            };
            return Ok(Some(self.open(&mut probes, epoch, open_for, opening.now)));
        }
        probes.openings = 0;
        clear();
        Ok(Some(self.begin(epoch, State::Closed)))
    }

    /// Too many calls of that closed epoch failed: opens the circuit, if it is still in that epoch, for
    /// the first time since it was last closed.
    pub(crate) fn trip(
        &self,
        epoch: Epoch,
        open_for: Duration,
        now: impl FnOnce() -> Tick,
    ) -> Option<Change> {
        let mut probes = self.lock();
        (self.epoch() == epoch).then(|| self.open(&mut probes, epoch, open_for, now))
    }

    fn open(
        &self,
        probes: &mut Probes,
        epoch: Epoch,
        open_for: Duration,
        now: impl FnOnce() -> Tick,
    ) -> Change {
        probes.openings = probes.openings.saturating_add(1);
        let now = now();
        self.opened_at.store(now.bits(), Ordering::Relaxed);
        self.open_until.store(now.plus(open_for).bits(), Ordering::Relaxed);
        Change { open_for: Some(open_for), ..self.begin(epoch, State::Open) }
    }

    /// Goes to that state, whatever the present one is; `clear` empties the window.
    pub(crate) fn force(&self, state: State, clear: impl FnOnce()) -> Option<Change> {
        let mut probes = self.lock();
        let epoch = self.epoch();
        probes.openings = 0;
        clear();
        let change = self.begin(epoch, state);
        (change.from != change.to).then_some(change)
    }

    /// Begins the next epoch, under the lock. What must be seen by those who see it was written
    /// before.
    fn begin(&self, epoch: Epoch, state: State) -> Change {
        self.probes_from.store(0, Ordering::Relaxed);
        self.epoch.store(epoch.next(state).0, Ordering::Release);
        Change { from: epoch.state(), to: state, open_for: None }
    }

    fn lock(&self) -> impl std::ops::DerefMut<Target = Probes> + '_ {
        self.probes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the clock has gone back since `then`: a test has paused it, and let it jump ahead, and another test
/// sees it as it is. A thread that has read the clock, and was held up since, is no sign of that.
fn has_gone_back(now: Tick, then: Tick) -> bool {
    then.since(now) > Duration::from_secs(1)
}

/// When the circuit opens, and how long it stays so, if that has been drawn: the random source may
/// be the caller's and do what it likes, so it is not asked under the lock.
pub(crate) struct Opening<N> {
    pub(crate) now: N,
    pub(crate) lasts: Option<Duration>,
}

/// How long the circuit is to stay open must be drawn first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undrawn {
    /// How often it has opened since it was last closed.
    pub(crate) openings: u32,
}
