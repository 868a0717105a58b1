//! Priorities as they are stored.

use persevere_core::task::Priority;

pub(crate) const HIGHEST_FIRST: [Priority; 3] = [Priority::High, Priority::Normal, Priority::Low];

/// As it is stored.
pub(crate) const fn number(priority: Priority) -> i16 {
    match priority {
        Priority::High => 0,
        Priority::Normal => 1,
        Priority::Low => 2,
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
/// The one that is stored; what no release has written is the normal one.
pub(crate) fn stored(number: i64) -> Priority {
    match number {
        0 => Priority::High,
        2 => Priority::Low,
        _ => Priority::Normal,
    }
}
