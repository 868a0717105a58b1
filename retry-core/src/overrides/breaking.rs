//! [`Breaking`]: a table in force that breaks attempts.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Overrides;

/// How many there are: without any, an attempt finds out by one load.
static TABLES: AtomicUsize = AtomicUsize::new(0);

/// Whether any attempt may be broken.
#[inline]
#[must_use]
pub fn is_any() -> bool {
    TABLES.load(Ordering::Acquire) > 0
}

/// Counts one, for as long as it is in force.
pub(super) struct Breaking(());

impl Breaking {
    /// If `table` has an entry that does.
    pub(super) fn of(table: &Overrides) -> Option<Self> {
        table.has_chaos().then(|| {
            TABLES.fetch_add(1, Ordering::Release);
            Self(())
        })
    }
}

impl Drop for Breaking {
    fn drop(&mut self) {
        TABLES.fetch_sub(1, Ordering::Release);
    }
}
