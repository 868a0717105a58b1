//! [`Pace`]: what spaces the attempts on an upstream.

use std::time::Duration;

use super::Rate;
use super::gates::{GateRef, OwnedGate};
use super::pause::Paused;
use super::wait::Waiter;
use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::layers::bulkhead::nested;
use crate::layers::hedge::HedgeBudget;
use crate::layers::shared::Shared;

/// What spaces the attempts on an upstream: its rate, or the pause that it was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace<'u> {
    Rate(&'u Rate),
    /// And the longest wait.
    Gate(GateRef<'u>, Duration),
}

/// As [`Pace`], of a caller that may outlive the upstream.
#[derive(Clone, Debug)]
pub(crate) enum OwnedPace {
    Rate(Shared<'static, Rate>),
    Gate(OwnedGate, Duration),
}

/// A caller that waits, of an upstream that it borrows.
pub(crate) type Waits<'u> = Waiter<&'u Rate>;

/// A caller that waits, and keeps what it waits for.
pub(crate) type OwnedWaits = Waiter<Shared<'static, Rate>>;

impl<'u> Pace<'u> {
    /// By what calls within an attempt know it.
    pub(crate) fn address(self) -> usize {
        match self {
            Self::Rate(rate) => rate.address(),
            Self::Gate(gate, _) => gate.address(),
        }
    }

    /// Whether this runs within an attempt that has taken a turn.
    pub(crate) fn is_nested(self) -> bool {
        nested::is_held(self.address())
    }

    /// Takes a turn, or a place where callers wait for it: `Some`. Not asked for by a call within an attempt.
    pub(crate) fn ask(
        self,
        remaining: impl FnOnce() -> Option<Duration>,
    ) -> Result<Option<Waits<'u>>, Rejection> {
        match self {
            _ if self.is_nested() => Ok(None),
            Self::Rate(rate) => Ok(rate.ask(rate, remaining)?.map(Waiter::queued)),
            Self::Gate(gate, max_wait) => match gate.find() {
                Some(gate) => Ok(gate.ask(max_wait, remaining())?.map(Waiter::held)),
                None => Ok(None),
            },
        }
    }

    /// Takes a turn that is free, once `pay` has paid for what needs it: else it is not made.
    // It is paid for first, since that can be given back, and a turn can not.
    pub(crate) fn take_paid<P>(self, pay: impl FnOnce() -> Option<P>) -> Option<P> {
        if !self.is_free() {
            return None;
        }
        let permit = pay()?;
        self.try_take().then_some(permit)
    }

    /// Whether a turn is free.
    fn is_free(self) -> bool {
        match self {
            Self::Rate(rate) => rate.available() > 0,
            Self::Gate(gate, _) => gate.find().is_none_or(|gate| gate.is_open()),
        }
    }

    /// Takes a turn, if one is free.
    fn try_take(self) -> bool {
        match self {
            Self::Rate(rate) => rate.try_acquire().is_ok(),
            Self::Gate(gate, _) => gate.find().is_none_or(|gate| gate.is_open()),
        }
    }

    /// Nobody begins for `pause`.
    pub(crate) fn hold(self, pause: Duration) -> Paused {
        match self {
            Self::Rate(rate) => rate.pause(pause),
            Self::Gate(gate, _) => gate.make().hold(pause),
        }
    }
}

impl OwnedPace {
    pub(crate) fn borrowed(&self) -> Pace<'_> {
        match self {
            Self::Rate(rate) => Pace::Rate(rate),
            Self::Gate(gate, max_wait) => Pace::Gate(gate.borrowed(), *max_wait),
        }
    }

    /// As [`Pace::ask`].
    pub(crate) fn ask(
        &self,
        remaining: impl FnOnce() -> Option<Duration>,
    ) -> Result<Option<OwnedWaits>, Rejection> {
        match self {
            _ if self.borrowed().is_nested() => Ok(None),
            Self::Rate(rate) => Ok(rate.ask(rate.clone(), remaining)?.map(Waiter::queued)),
            Self::Gate(gate, max_wait) => match gate.borrowed().find() {
                Some(gate) => Ok(gate.ask(*max_wait, remaining())?.map(Waiter::held)),
                None => Ok(None),
            },
        }
    }
}

/// Extra attempts of a hedge on an upstream: each takes a turn that is free, or is not made.
#[derive(Debug)]
pub struct Paced<'u, B> {
    pub(crate) pace: Option<Pace<'u>>,
    pub(crate) budget: B,
}

impl<B: HedgeBudget> HedgeBudget for Paced<'_, B> {
    type Permit = B::Permit;

    fn try_acquire(&mut self) -> Option<B::Permit> {
        match self.pace.filter(|pace| !pace.is_nested()) {
            Some(pace) => pace.take_paid(|| self.budget.try_acquire()),
            None => self.budget.try_acquire(),
        }
    }

    fn succeeded(&mut self, permit: B::Permit) {
        self.budget.succeeded(permit);
    }

    fn failed(&mut self, permit: B::Permit, verdict: Verdict) {
        self.budget.failed(permit, verdict);
    }
}
