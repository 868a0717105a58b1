//! [`Replaced`]: a table that others take the place of, and how a caller finds that it is another one.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use crate::events::site::matched::{Matched, Position};
use crate::primitives::sync::{AtomicBool, AtomicU32, RwLock, RwLockReadGuard};
use crate::primitives::tally::Tally;

/// What is known of a table from outside of its lock.
pub(super) trait Table {
    /// Whether it changes nothing.
    fn is_empty(&self) -> bool;

    /// Whether an entry ends at some time.
    fn has_end(&self) -> bool;
}

pub(super) struct Replaced<T> {
    /// Counts the tables; 0 while an empty one is in force.
    generation: AtomicU32,
    /// Whether an entry has an end: otherwise nobody reads a clock for it.
    has_end: AtomicBool,
    held: RwLock<Held<T>>,
}

pub(super) struct Held<T> {
    /// That of the last table that was not empty.
    generation: u32,
    pub(super) table: T,
}

impl<T> Replaced<T> {
    /// `nothing` is an empty one.
    pub(super) const fn new(nothing: T) -> Self {
        Self {
            generation: AtomicU32::new(0),
            has_end: AtomicBool::new(false),
            held: RwLock::new(Held { generation: 0, table: nothing }),
        }
    }

    /// That of the table in force; 0 if it is empty.
    #[inline]
    pub(super) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether an entry of the table of the [`generation`](Self::generation) that was loaded before, or of one
    /// after it, ends.
    #[inline]
    pub(super) fn has_end(&self) -> bool {
        self.has_end.load(Ordering::Acquire)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Held<T>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `at` returns for the position of a caller that `search` finds in the table of `generation`, or in
    /// one after it. What was searched once is `remembered`.
    pub(super) fn find<S>(
        &self,
        generation: u32,
        remembered: Option<&Matched>,
        search: impl FnOnce(&T) -> Position,
        at: impl FnOnce(&T, Position) -> Option<S>,
    ) -> Option<S> {
        let position_in =
            |generation| remembered.and_then(|matched| matched.in_generation(generation));
        if position_in(generation) == Some(Position::NONE) {
            return None;
        }
        let held = self.read();
        let position = position_in(held.generation).unwrap_or_else(|| {
            let position = search(&held.table);
            if let Some(matched) = remembered {
                matched.remember(held.generation, position);
            }
            position
        });
        at(&held.table, position)
    }
}

impl<T: Table> Replaced<T> {
    /// Makes another table of the one in force, which is one of the `tables` if it is not empty.
    pub(super) fn change<O>(&self, tables: &Tally, change: impl FnOnce(&mut T) -> O) -> O {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let outcome = change(&mut held.table);
        // Before the generation: who finds this one finds out about its end.
        self.has_end.store(held.table.has_end(), Ordering::Release);
        let was_empty = self.generation.load(Ordering::Relaxed) == 0;
        let is_empty = held.table.is_empty();
        if is_empty {
            self.generation.store(0, Ordering::Release);
        } else {
            // The count skips 0, which means that no table is in force, when it wraps around.
            held.generation = held.generation.wrapping_add(1).max(1);
            self.generation.store(held.generation, Ordering::Release);
        }
        match (was_empty, is_empty) {
            (true, false) => tables.add(),
            (false, true) => tables.remove(),
            _ => {}
        }
        outcome
    }
}
