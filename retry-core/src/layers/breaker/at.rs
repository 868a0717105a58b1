//! A [`CircuitBreaker`] and its permits on the caller's clock.

use std::time::Duration;

use rand::Rng;

use super::{CircuitBreaker, Permit, Tally};
use crate::classify::Verdict;
use crate::classify::rejection::Rejection;
use crate::layers::at::At;
use crate::time::clock::Instant;
use crate::time::tick::Tick;

impl CircuitBreaker {
    /// This circuit breaker at the moment `now`, by the caller's clock: see [`At`].
    pub const fn at(&self, now: Instant) -> At<&Self> {
        At { viewed: self, now }
    }
}

impl<'b> At<&'b CircuitBreaker> {
    /// [`CircuitBreaker::try_acquire`], at this moment.
    ///
    /// # Errors
    ///
    /// With [`Rejection::CircuitOpen`] if no call may be made at this moment.
    pub fn try_acquire(self) -> Result<Permit<'b>, Rejection> {
        self.viewed.acquire(|| Tick::of(self.now))
    }

    /// [`CircuitBreaker::retry_in`], at this moment.
    pub fn retry_in(self) -> Duration {
        self.viewed.refuses_for(|| Tick::of(self.now))
    }

    /// [`CircuitBreaker::tally`], at this moment.
    pub fn tally(self) -> Tally {
        self.viewed.count(|| Tick::of(self.now))
    }
}

impl Permit<'_> {
    /// This permit at the moment `now`, by the caller's clock: see [`At`].
    pub const fn at(self, now: Instant) -> At<Self> {
        At { viewed: self, now }
    }
}

impl At<Permit<'_>> {
    /// [`Permit::succeeded`], at this moment. Should this be the last probe, the jitter of the
    /// open duration is drawn from `rng`.
    pub fn succeeded<R: Rng + ?Sized>(self, rng: &mut R) {
        self.viewed.end(false, || Tick::of(self.now), rng);
    }

    /// [`Permit::failed`], at this moment. Should the circuit open, the jitter of the open duration
    /// is drawn from `rng`.
    pub fn failed<R: Rng + ?Sized>(self, verdict: Verdict, rng: &mut R) {
        let counts = self.viewed.breaker.counts_as_failure(verdict);
        self.viewed.end(counts, || Tick::of(self.now), rng);
    }
}
