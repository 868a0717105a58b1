//! [`Then`]: the task that follows one which succeeds.

use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Delivery, Due, Key, KeyUntil, NewTask, Priority};

/// A task that [`Delivery::then`] has noted, to say when and how it is to run.
///
/// It is noted already: there is nothing to await.
pub struct Then<'d> {
    delivery: &'d Delivery,
    /// Which of those noted it is.
    index: usize,
}

#[expect(clippy::return_self_not_must_use, reason = "it is noted, whatever becomes of this")]
impl<'d> Then<'d> {
    pub(super) fn new(delivery: &'d Delivery, index: usize) -> Self {
        Self { delivery, index }
    }

    fn with(self, change: impl FnOnce(&mut NewTask)) -> Self {
        // It is missing once the attempt has ended, if something has kept this beyond that.
        if let Some(new) = self.delivery.followers().get_mut(self.index) {
            change(new);
        }
        self
    }

    /// Due that long after this task's end, by the database's clock.
    pub fn delay(self, span: Duration) -> Self {
        self.with(|new| new.due = Due::In(span))
    }

    /// Due at that time.
    pub fn at(self, time: SystemTime) -> Self {
        self.with(|new| new.due = Due::At(time))
    }

    /// From when it is due, the span within which its first attempt must begin.
    pub fn start_within(self, span: Duration) -> Self {
        self.with(|new| new.start_within = Some(span))
    }

    /// From when it is due, the span within which all its attempts lie: instead of the task's own.
    pub fn deadline(self, span: Duration) -> Self {
        self.with(|new| new.deadline = Some(span))
    }

    /// While a task of its name and this key has not ended, it is not stored. Keys have at most 512
    /// bytes.
    pub fn unique(self, key: impl fmt::Display) -> Self {
        let text = key.to_string();
        self.with(|new| new.key = Some(Key { text, until: KeyUntil::Ended }))
    }

    /// As [`unique`](Self::unique), while the other one has not begun.
    pub fn unique_until_started(self, key: impl fmt::Display) -> Self {
        let text = key.to_string();
        self.with(|new| new.key = Some(Key { text, until: KeyUntil::Started }))
    }

    /// Its place among tasks that are due.
    pub fn priority(self, priority: Priority) -> Self {
        self.with(|new| new.priority = priority)
    }
}

impl fmt::Debug for Then<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Then").finish_non_exhaustive()
    }
}
