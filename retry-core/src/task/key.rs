//! What keeps tasks of a name apart, and in which order they begin.

use std::fmt;

/// Which of several due tasks begins first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// After all others.
    Low,
    /// In the order in which they are due.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// Until when a task's key keeps others of the same key away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUntil {
    /// Until the task has ended, in whatever way.
    Ended,
    /// Until the task begins. The next one of that key waits until it has ended.
    Started,
}

/// A key that one task of a name may have at a time. `Debug` does not show it: it is made of arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// The key itself.
    pub text: String,
    /// Until when it is taken.
    pub until: KeyUntil,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("until", &self.until).finish_non_exhaustive()
    }
}
