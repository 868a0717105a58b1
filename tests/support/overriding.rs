//! Installing overrides, which are the process's, from one test at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use persevere::overrides::{Overrides, overrides};

/// Holds the process's overrides for one test; clears them when it is dropped.
pub(crate) struct Overriding(
    #[allow(dead_code, reason = "held, not read")] MutexGuard<'static, ()>,
);

impl Overriding {
    pub(crate) fn with(table: &str) -> Self {
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        overrides().clear();
        let held = Self(alone);
        held.install(table);
        held
    }

    #[allow(clippy::unused_self, reason = "only one that holds them may change them")]
    pub(crate) fn install(&self, table: &str) {
        overrides().install(table.parse::<Overrides>().unwrap());
    }
}

impl Drop for Overriding {
    fn drop(&mut self) {
        overrides().clear();
    }
}
