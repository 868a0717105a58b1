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
        Self { retries, previous_delay }
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
        Self::new(self.retries.saturating_add(1), Some(delay))
    }
}
