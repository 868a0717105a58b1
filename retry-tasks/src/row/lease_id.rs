//! What names a lease of a task.

/// Which lease of its row this is: the row counts them from 1. What is written about a task names
/// its lease, and is discarded once there is a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub(crate) i64);
