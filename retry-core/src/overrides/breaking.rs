//! [`Breaking`]: a table in force that breaks attempts.

use super::Overrides;
use crate::primitives::tally::Tally;

/// How many there are: without any, an attempt finds out by one load.
static TABLES: Tally = Tally::new();

/// Whether any attempt may be broken.
#[inline]
#[must_use]
pub fn is_any() -> bool {
    TABLES.is_any()
}

/// Counts one, for as long as it is in force.
pub(super) struct Breaking(());

impl Breaking {
    /// If `table` has an entry that does.
    pub(super) fn of(table: &Overrides) -> Option<Self> {
        table.has_chaos().then(|| {
            TABLES.add();
            Self(())
        })
    }
}

impl Drop for Breaking {
    fn drop(&mut self) {
        TABLES.remove();
    }
}
