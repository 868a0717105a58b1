//! [`History`]: what a decision looks back on.

use std::time::Duration;

/// What has happened in a call before the failure at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct History {
    /// Retries made so far; also the index, counted from 0, of the next one.
    pub retries: u32,
    /// The wait before the last attempt; `None` if that was the first.
    pub previous_delay: Option<Duration>,
    /// Those of the retries that followed failures of the kind at hand; counted only if that kind has a
    /// limit of its own ([`Verdict::at_most`](crate::Verdict::at_most)).
    pub retries_of_kind: u32,
}

impl History {
    /// Nothing yet: the failure at hand is the first attempt's.
    pub const NEW: Self = Self::new(0, None);

    /// A history that was kept elsewhere: `retries` made so far, and the wait before the last
    /// attempt, which is `None` if that was the first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::engine::History;
    ///
    /// let after_one_retry = History::new(1, Some(Duration::from_secs(2)));
    /// assert_eq!(after_one_retry, History::NEW.with_retry(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub const fn new(retries: u32, previous_delay: Option<Duration>) -> Self {
        Self { retries, previous_delay, retries_of_kind: 0 }
    }

    /// This history with one more retry, made after a wait of `delay`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::engine::History;
    ///
    /// let history = History::NEW.with_retry(Duration::from_secs(2));
    /// assert_eq!(history.retries, 1);
    /// assert_eq!(history.previous_delay, Some(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub const fn with_retry(self, delay: Duration) -> Self {
        let retries_of_kind = self.retries_of_kind;
        let next = Self::new(self.retries.saturating_add(1), Some(delay));
        Self { retries_of_kind, ..next }
    }

    /// This history with that number of retries after failures of the kind at hand.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rand::{SeedableRng, rngs::SmallRng};
    /// use persevere::engine::{Decision, Failure, GiveUp, History, decide};
    /// use persevere::{Policy, Verdict};
    ///
    /// let deadlock = Failure::new(&Policy::DEFAULT, Verdict::TRANSIENT.at_most(2));
    /// let history = History::new(4, Some(Duration::from_secs(16)));
    /// let mut rng = SmallRng::seed_from_u64(7);
    /// let mut after = |of_kind| decide(&deadlock, &history.with_retries_of_kind(of_kind), &mut rng);
    /// assert!(matches!(after(1), Decision::Retry(_)));
    /// assert_eq!(after(2), Decision::GiveUp(GiveUp::Exhausted));
    /// ```
    #[must_use]
    pub const fn with_retries_of_kind(self, retries: u32) -> Self {
        Self { retries_of_kind: retries, ..self }
    }
}
