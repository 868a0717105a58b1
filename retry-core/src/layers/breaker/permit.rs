//! [`Permit`]: what a circuit breaker grants for one call.

use rand::Rng;

use super::CircuitBreaker;
use super::circuit::Epoch;
use super::state::State;
use crate::classify::outcome::Outcome;
use crate::classify::stopped;
use crate::classify::{Classify, Verdict};
use crate::primitives::random::ThreadRandom;
use crate::time::tick::Tick;

/// A permit for one call, from [`CircuitBreaker::try_acquire`].
///
/// Report to it how the call ended. If it is dropped without a report, because the call's future was
/// dropped or the call panicked, the call counts as neither success nor failure, and another probe
/// may be let through instead. But if the deadline of an annotated function or a retried closure around the
/// call drops it, that is a failure.
///
/// ```
/// use persevere::{CircuitBreaker, Rejection};
///
/// static BREAKER: CircuitBreaker = CircuitBreaker::new();
///
/// fn ask() -> Result<u8, Rejection> {
///     let permit = BREAKER.try_acquire()?;
///     let answer = 42; // the call
///     permit.succeeded();
///     Ok(answer)
/// }
///
/// assert_eq!(ask(), Ok(42));
/// assert_eq!(BREAKER.tally().calls, 1);
/// ```
#[derive(Debug)]
#[must_use = "dropped without a report, a permit counts for nothing"]
pub struct Permit<'b> {
    pub(super) breaker: &'b CircuitBreaker,
    pub(super) epoch: Epoch,
    /// When the call began, if slow calls matter.
    pub(super) began: Tick,
}

impl<'b> Permit<'b> {
    pub(super) const fn new(breaker: &'b CircuitBreaker, epoch: Epoch, began: Tick) -> Self {
        Self { breaker, epoch, began }
    }

    /// The epoch alone, from which [`new`](Self::new) makes the permit again: a probe stays a probe.
    pub(super) fn into_epoch(self) -> Epoch {
        let epoch = self.epoch;
        std::mem::forget(self);
        epoch
    }

    /// The call begins now, and not when the permit was granted.
    #[inline]
    pub(crate) fn begin_anew(&mut self) {
        if self.began != Tick::FIRST {
            self.began = Tick::now();
        }
    }

    /// Reports that the call has succeeded.
    #[inline]
    pub fn succeeded(self) {
        self.end(false, Tick::now, &mut ThreadRandom);
    }

    /// Reports that the call has failed.
    ///
    /// A permanent failure counts as a success, unless the circuit breaker counts those too: the
    /// other side was well enough to say no.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Verdict};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// BREAKER.try_acquire().expect("it is closed").failed(Verdict::PERMANENT);
    /// BREAKER.try_acquire().expect("it is closed").failed(Verdict::THROTTLED);
    /// assert_eq!((BREAKER.tally().calls, BREAKER.tally().failed), (2, 1));
    /// ```
    pub fn failed(self, verdict: Verdict) {
        let counts = self.breaker.counts_as_failure(verdict);
        self.end(counts, Tick::now, &mut ThreadRandom);
    }

    /// Reports the call's outcome: [`succeeded`](Self::succeeded), or [`failed`](Self::failed) with
    /// its error's verdict.
    ///
    /// ```
    /// use std::io;
    /// use persevere::CircuitBreaker;
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// let permit = BREAKER.try_acquire().expect("it is closed");
    /// let outcome: io::Result<()> = Err(io::ErrorKind::TimedOut.into()); // the call
    /// permit.record(&outcome);
    /// assert_eq!(BREAKER.tally().failed, 1);
    /// ```
    pub fn record<O>(self, outcome: &O)
    where
        O: Outcome,
        O::Error: Classify,
    {
        match outcome.as_result() {
            Ok(_) => self.succeeded(),
            Err(error) => self.failed(error.classify()),
        }
    }

    #[inline]
    pub(super) fn end<R: Rng + ?Sized>(self, failed: bool, now: impl Fn() -> Tick, rng: &mut R) {
        let Self { breaker, epoch, began } = self;
        std::mem::forget(self); // reported, so there is nothing to give back
        breaker.end(epoch, began, failed, now, rng);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if stopped::is_cut() {
            self.breaker.end(self.epoch, self.began, true, Tick::now, &mut ThreadRandom);
        } else if self.epoch.is(State::HalfOpen) {
            self.breaker.give_back(self.epoch);
        }
    }
}
