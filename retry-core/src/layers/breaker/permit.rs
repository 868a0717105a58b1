//! [`Permit`]: the leave to make one call through a circuit breaker.

use rand::Rng;

use super::CircuitBreaker;
use super::circuit::Turn;
use super::state::State;
use crate::classify::outcome::Outcome;
use crate::classify::stopped;
use crate::classify::{Classify, Verdict};
use crate::primitives::random::ThreadRandom;
use crate::time::clock::Instant;
use crate::time::tick::Tick;

/// The leave to make one call, from [`CircuitBreaker::try_acquire`].
///
/// It is told how the call has ended. Dropped untold, because the call's future was dropped or it
/// panicked, it counts as neither success nor failure, and a probe's place is free again. Unless it
/// is the deadline of an annotated function, or of a retried closure, around it that drops the call:
/// that is a failure.
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
#[must_use = "dropped, it says that the call was not made"]
pub struct Permit<'b> {
    breaker: &'b CircuitBreaker,
    turn: Turn,
    /// When the call began, if slow calls matter.
    began: Tick,
}

impl<'b> Permit<'b> {
    pub(super) const fn new(breaker: &'b CircuitBreaker, turn: Turn, began: Tick) -> Self {
        Self { breaker, turn, began }
    }

    /// What [`new`](Self::new) makes a permit of again: the probe keeps its place.
    pub(super) fn into_turn(self) -> Turn {
        let turn = self.turn;
        std::mem::forget(self);
        turn
    }

    /// The call has succeeded.
    #[inline]
    pub fn succeeded(self) {
        self.end(false, Tick::now, &mut ThreadRandom);
    }

    /// As [`succeeded`](Self::succeeded), by the caller's clock and random source, which spreads
    /// the open duration should this be the last of the probes.
    pub fn succeeded_at<R: Rng + ?Sized>(self, now: Instant, rng: &mut R) {
        self.end(false, || Tick::of(now), rng);
    }

    /// The call has failed.
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

    /// As [`failed`](Self::failed), by the caller's clock and random source, which spreads the
    /// open duration.
    pub fn failed_at<R: Rng + ?Sized>(self, verdict: Verdict, now: Instant, rng: &mut R) {
        let counts = self.breaker.counts_as_failure(verdict);
        self.end(counts, || Tick::of(now), rng);
    }

    /// The call has ended so: [`succeeded`](Self::succeeded), or [`failed`](Self::failed) as its
    /// error says.
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
    fn end<R: Rng + ?Sized>(self, failed: bool, now: impl Fn() -> Tick, rng: &mut R) {
        let Self { breaker, turn, began } = self;
        std::mem::forget(self); // told, and not to be given back
        breaker.end(turn, began, failed, now, rng);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if stopped::is_cut() {
            self.breaker.end(self.turn, self.began, true, Tick::now, &mut ThreadRandom);
        } else if self.turn.is(State::HalfOpen) {
            self.breaker.give_back(self.turn);
        }
    }
}
