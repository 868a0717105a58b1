//! The table in force, which is replaced while callers look for their entries.

use std::sync::atomic::Ordering;

use super::replaced::{Replaced, Table};
use crate::matched::{Matched, Position};
use crate::sync::AtomicU32;
use crate::tally::Tally;
use crate::two_threads;

/// Changes nothing if it is 0; has an entry for the caller of these models if it is even.
#[derive(Clone, Copy)]
struct Numbered(u32);

/// The table whose entry ends.
const ENDS: u32 = 4;

impl Numbered {
    /// Each table has its entry in another position.
    fn position(self) -> Position {
        Position::of(self.has_entry().then_some(self.0 as usize))
    }

    const fn has_entry(self) -> bool {
        self.0 > 0 && self.0 % 2 == 0
    }
}

impl Table for Numbered {
    fn is_empty(&self) -> bool {
        self.0 == 0
    }

    fn has_end(&self) -> bool {
        self.0 == ENDS
    }
}

struct Shared {
    tables: Tally,
    table: Replaced<Numbered>,
    /// What the caller's function remembers.
    matched: Matched,
    /// The number of tables that are installed in turn: whoever sees it has heard of them.
    installed: AtomicU32,
}

impl Shared {
    /// Touched before the threads begin.
    fn new(table: u32) -> Self {
        let shared = Self {
            tables: Tally::new(),
            table: Replaced::new(Numbered(0)),
            matched: Matched::new(),
            installed: AtomicU32::new(0),
        };
        assert_eq!(shared.find(), None);
        assert!(!shared.table.has_end());
        shared.install(table);
        shared
    }

    fn install(&self, table: u32) {
        self.table.change(&self.tables, |in_force| *in_force = Numbered(table));
        self.installed.fetch_add(1, Ordering::Release);
    }

    /// As a failure does: the table that has an entry for the caller, if it has one.
    fn find(&self) -> Option<u32> {
        if !self.tables.is_any() {
            // Touched before the threads begin.
            assert!(self.matched.in_generation(u32::MAX).is_none());
            return None;
        }
        let generation = self.table.generation();
        if generation == 0 {
            return None;
        }
        self.table.find(
            generation,
            Some(&self.matched),
            |table| table.position(),
            |table, position| {
                assert_eq!(position, table.position(), "it is that of this table");
                position.index().map(|_| table.0)
            },
        )
    }
}

#[test]
fn a_table_that_was_installed_is_found_by_the_next_failure() {
    two_threads(
        || Shared::new(1),
        |shared, thread| {
            if thread == 0 {
                shared.install(2);
                return;
            }
            // One failure may be in between, and may remember what it finds.
            let first = shared.find();
            assert!([None, Some(2)].contains(&first), "{first:?}");
            if shared.installed.load(Ordering::Acquire) == 2 {
                assert_eq!(shared.find(), Some(2));
            }
        },
        |shared, _| assert_eq!(shared.find(), Some(2)),
    );
}

#[test]
fn a_table_that_was_removed_is_not_found_any_more() {
    two_threads(
        || Shared::new(2),
        |shared, thread| {
            if thread == 0 {
                shared.install(0);
                return;
            }
            let first = shared.find();
            assert!([None, Some(2)].contains(&first), "{first:?}");
            if shared.installed.load(Ordering::Acquire) == 2 {
                assert_eq!(shared.find(), None);
            }
        },
        |shared, _| {
            assert_eq!(shared.find(), None);
            assert!(!shared.tables.is_any());
        },
    );
}

#[test]
fn what_is_remembered_of_one_table_is_not_looked_up_in_another() {
    two_threads(
        || {
            let shared = Shared::new(2);
            assert_eq!(shared.find(), Some(2));
            shared
        },
        |shared, thread| {
            if thread == 0 {
                shared.install(ENDS);
            } else {
                let found = shared.find();
                assert!([Some(2), Some(ENDS)].contains(&found), "{found:?}");
            }
        },
        |shared, _| assert_eq!(shared.find(), Some(ENDS)),
    );
}

#[test]
fn two_that_are_installed_at_once_count_as_one() {
    two_threads(
        || Shared::new(0),
        |shared, thread| {
            shared.install(if thread == 0 { 1 } else { 2 });
            let found = shared.find();
            assert!([None, Some(2)].contains(&found), "{found:?}");
        },
        |shared, _| {
            assert!(shared.tables.is_any());
            assert_eq!(shared.find().is_some(), shared.table.read().table.has_entry());
            shared.install(0);
            assert!(!shared.tables.is_any());
            assert_eq!(shared.find(), None);
        },
    );
}

#[test]
fn one_that_is_installed_as_another_is_removed_is_in_force_or_neither_is() {
    two_threads(
        || Shared::new(1),
        |shared, thread| shared.install(if thread == 0 { 0 } else { 2 }),
        |shared, _| {
            let is_empty = shared.table.read().table.is_empty();
            assert_eq!(shared.tables.is_any(), !is_empty);
            assert_eq!(shared.find(), (!is_empty).then_some(2));
        },
    );
}

/// Otherwise an entry that is over stayed in force for it.
#[test]
fn who_finds_a_generation_finds_out_about_its_end() {
    two_threads(
        || Shared::new(2),
        |shared, thread| {
            if thread == 0 {
                shared.install(ENDS);
            } else if shared.table.generation() == 2 {
                assert!(shared.table.has_end());
            }
        },
        |shared, _| assert!(shared.table.has_end()),
    );
}
