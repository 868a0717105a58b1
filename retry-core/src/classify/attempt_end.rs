//! [`AttemptEnd`]: how an attempt ended, where more than its outcome matters.

use std::cell::Cell;

use crate::classify::Verdict;
use crate::classify::stopped::Stopped;

/// How an attempt ended: for a race of attempts, and for layers that ask what cut it short.
#[derive(Debug)]
pub struct AttemptEnd<O> {
    /// What the function returns if no retry follows.
    pub outcome: O,
    /// What cut it short, if anything did.
    pub rejected: Option<Stopped>,
    /// The verdict of the race's judge, so that it is not asked twice; `None` for a success.
    pub verdict: Cell<Option<Verdict>>,
}

impl<O> AttemptEnd<O> {
    /// An attempt that ended by itself.
    #[inline]
    pub const fn new(outcome: O) -> Self {
        Self { outcome, rejected: None, verdict: Cell::new(None) }
    }

    /// An attempt that was cut short, with the outcome made from that.
    #[inline]
    pub const fn cut(outcome: O, stopped: Stopped) -> Self {
        Self { outcome, rejected: Some(stopped), verdict: Cell::new(None) }
    }
}
