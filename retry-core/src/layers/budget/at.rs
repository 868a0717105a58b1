//! A [`Budget`] and its permits on the caller's clock.

use rand::Rng;

use super::{Available, Budget, Cause, Permit};
use crate::classify::Verdict;
use crate::layers::at::At;
use crate::time::clock::Instant;
use crate::time::tick::Tick;

impl Budget {
    /// This budget at the moment `now`, by the caller's clock: see [`At`].
    pub const fn at(&self, now: Instant) -> At<&Self> {
        At { viewed: self, now }
    }
}

impl<'b> At<&'b Budget> {
    /// [`Budget::begin`], at this moment.
    pub fn begin(self) {
        self.viewed.deposit(self.tick());
    }

    /// [`Budget::succeeded`], at this moment.
    pub fn succeeded(self) {
        self.viewed.succeed(self.tick());
    }

    /// [`Budget::failed`], at this moment.
    pub fn failed(self, verdict: Verdict) {
        self.viewed.fail(verdict, self.tick());
    }

    /// [`Budget::try_acquire`], at this moment. [`Budget::adaptive`] draws from `rng`.
    pub fn try_acquire<R: Rng + ?Sized>(self, cause: Cause, rng: &mut R) -> Option<Permit<'b>> {
        self.viewed.acquire(cause, self.tick(), rng)
    }

    /// [`Budget::available`], at this moment.
    pub fn available(self) -> Available {
        self.viewed.left(self.tick())
    }

    fn tick(self) -> impl FnOnce() -> Tick {
        move || Tick::of(self.now)
    }
}

impl Permit<'_> {
    /// This permit at the moment `now`, by the caller's clock: see [`At`].
    pub const fn at(self, now: Instant) -> At<Self> {
        At { viewed: self, now }
    }
}

impl At<Permit<'_>> {
    /// [`Permit::succeeded`], at this moment.
    pub fn succeeded(self) {
        self.viewed.succeed(|| Tick::of(self.now));
    }

    /// [`Permit::failed`], at this moment.
    pub fn failed(self, verdict: Verdict) {
        self.viewed.fail(verdict, || Tick::of(self.now));
    }
}
