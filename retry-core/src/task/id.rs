//! [`TaskId`]: what names a task.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// A task's id: a UUID of version 7, which sorts by the time of its making.
///
/// It is the same for every attempt, so it serves as an idempotency key for the other side.
///
/// ```
/// use persevere_core::task::TaskId;
///
/// let id = TaskId::new();
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert!("not an id".parse::<TaskId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(Uuid);

impl TaskId {
    /// An id that no other task has.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The 128 bits of it.
    ///
    /// ```
    /// use persevere_core::task::TaskId;
    ///
    /// let id = TaskId::new();
    /// assert_eq!(TaskId::from_u128(id.as_u128()), id);
    /// ```
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    /// The id with these bits, such as a hash of what the task is for: a second task of the same id
    /// is not stored.
    ///
    /// ```
    /// use persevere_core::task::TaskId;
    ///
    /// assert_eq!(TaskId::from_u128(7).to_string(), "00000000-0000-0000-0000-000000000007");
    /// ```
    #[must_use]
    pub const fn from_u128(bits: u128) -> Self {
        Self(Uuid::from_u128(bits))
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is no task's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTaskId;

impl fmt::Display for InvalidTaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a task's id is a UUID, such as 01976d1e-8f4a-7c1b-9f0e-3b2a1c4d5e6f")
    }
}

impl std::error::Error for InvalidTaskId {}

impl FromStr for TaskId {
    type Err = InvalidTaskId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidTaskId)
    }
}
