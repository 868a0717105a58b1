//! A [`Rate`] on the caller's clock.

use std::time::Duration;

use super::Rate;
use crate::classify::rejection::Rejection;
use crate::layers::at::At;
use crate::time::clock::Instant;
use crate::time::tick::Tick;

impl Rate {
    /// This rate at the moment `now`, by the caller's clock: see [`At`]. Nobody waits on that clock: a caller that
    /// is refused asks again after the time that its [`Rejection`] has.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use persevere::{Rate, Rejection};
    ///
    /// static RATE: Rate = Rate::per_second(50);
    ///
    /// let now = Instant::now();
    /// assert_eq!(RATE.at(now).try_acquire(), Ok(()));
    /// let retry_in = Duration::from_millis(20);
    /// assert_eq!(RATE.at(now).try_acquire(), Err(Rejection::RateLimited { retry_in }));
    /// assert_eq!(RATE.at(now + retry_in).try_acquire(), Ok(()));
    /// ```
    pub const fn at(&self, now: Instant) -> At<&Self> {
        At { viewed: self, now }
    }
}

impl At<&Rate> {
    /// [`Rate::try_acquire`], at this moment.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn try_acquire(self) -> Result<(), Rejection> {
        self.viewed.take(Tick::of(self.now))
    }

    /// [`Rate::available`], at this moment.
    #[must_use]
    pub fn available(self) -> u32 {
        self.viewed.free(Tick::of(self.now))
    }

    /// [`Rate::hold`], at this moment.
    pub fn hold(self, pause: Duration) {
        self.viewed.hold_from(Tick::of(self.now), pause);
    }

    /// [`Rate::pause_left`], at this moment.
    #[must_use]
    pub fn pause_left(self) -> Option<Duration> {
        self.viewed.pause.left(Tick::of(self.now))
    }
}
