//! [`Layers`]: what an upstream has, for status pages and tests.

use std::time::Duration;

use super::Counts;
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::Rate;
use crate::layers::rate::gates::GateRef;
use crate::time::tick::Tick;

/// The layers of an [`Upstream`](super::Upstream), for status pages and tests: from
/// [`Upstream::layers`](super::Upstream::layers).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Layers<'a> {
    /// What limits its retries.
    pub budget: &'a Budget,
    /// What refuses its calls while it is down.
    pub breaker: Option<&'a CircuitBreaker>,
    /// What limits how many of its calls run at a time.
    pub bulkhead: Option<&'a Bulkhead>,
    /// What limits how many of its attempts begin in a time.
    pub rate: Option<&'a Rate>,
    /// What counts its calls and their retries.
    pub counts: Option<&'a Counts>,
    /// What keeps its pause, where it has pushback and no rate.
    pub(super) gate: Option<GateRef<'a>>,
}

impl Layers<'_> {
    /// What is left of the pause that the service has asked for, which holds all of its callers; `None` if there
    /// is none, or it is over.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Budget, Rate, Upstream};
    ///
    /// static RATE: Rate = Rate::per_second(50);
    /// static MAPS: Upstream =
    ///     Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE).with_pushback();
    ///
    /// assert_eq!(MAPS.layers().pause_left(), None);
    /// RATE.hold(Duration::from_secs(30));
    /// assert!(MAPS.layers().pause_left() > Some(Duration::from_secs(25)));
    /// ```
    #[must_use]
    pub fn pause_left(&self) -> Option<Duration> {
        match self.rate {
            Some(rate) => rate.pause_left(),
            None => self.gate?.find()?.pause_left(Tick::now()),
        }
    }

    /// Whether anything keeps a pause.
    #[cfg(feature = "metrics")]
    pub(crate) const fn may_pause(&self) -> bool {
        self.rate.is_some() || self.gate.is_some()
    }
}
