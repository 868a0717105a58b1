//! The table in force, and how a caller finds its entry in it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use super::Overrides;
use super::pattern::Pattern;
use crate::events::caller::Caller;
use crate::events::site::matched::Position;
use crate::events::site::{Site, sites};
use crate::policy::partial::PartialPolicy;

/// Counts the tables installed; 0 while none is in force, so that a failure finds out by one load.
static GENERATION: AtomicU32 = AtomicU32::new(0);

static TABLE: RwLock<InForce> = RwLock::new(InForce { generation: 0, entries: Vec::new() });

/// The closures that have failed since the table was installed; annotated functions list themselves.
static NAMES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

fn names() -> MutexGuard<'static, BTreeSet<&'static str>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct InForce {
    /// The generation of the last table that was not empty.
    generation: u32,
    /// The table's patterns, the most specific first.
    entries: Vec<(Pattern, PartialPolicy)>,
}

impl InForce {
    fn table(&self) -> Overrides {
        Overrides { entries: self.entries.iter().cloned().collect() }
    }

    /// The index of the entry for the function.
    fn index_of(&self, name: &str) -> Option<usize> {
        let exactly = Pattern::new(name);
        let names = self.entries.partition_point(|(known, _)| !known.has_star());
        let matching = || {
            let mut patterns = self.entries.iter().skip(names);
            Some(names + patterns.position(|(pattern, _)| pattern.matches(name))?)
        };
        self.entries.binary_search_by(|(known, _)| known.cmp(&exactly)).ok().or_else(matching)
    }
}

/// Puts `table` into force, replacing the current one.
pub(super) fn replace(table: Overrides) {
    let is_empty = table.is_empty();
    let mut entries = table.entries.into_iter().collect();
    let mut in_force = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    if is_empty {
        GENERATION.store(0, Ordering::Release);
    } else {
        // The count skips 0, which means that no table is in force, when it wraps around.
        in_force.generation = in_force.generation.wrapping_add(1).max(1);
        GENERATION.store(in_force.generation, Ordering::Release);
    }
    std::mem::swap(&mut in_force.entries, &mut entries);
    names().clear();
    drop(in_force); // so that the old table, perhaps a large one, is freed outside of the lock
}

/// A copy of the table in force.
pub(super) fn table() -> Overrides {
    TABLE.read().unwrap_or_else(PoisonError::into_inner).table()
}

/// A copy of the table in force, and the functions known to have failed.
pub(super) fn table_and_names() -> (Overrides, Vec<&'static str>) {
    let in_force = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let annotated = sites().map(Site::name);
    (in_force.table(), annotated.chain(names().iter().copied()).collect())
}

/// The override for the function; one load if no table is in force.
pub(crate) fn of(caller: Caller) -> Option<PartialPolicy> {
    let generation = GENERATION.load(Ordering::Acquire);
    if generation == 0 {
        return None;
    }
    let remembered = match caller {
        Caller::Function(site) => Some(site().matched()),
        Caller::Closure(_) => None,
    };
    let position_in = |generation| remembered.and_then(|matched| matched.in_generation(generation));
    if position_in(generation) == Some(Position::NONE) {
        return None;
    }
    let in_force = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let InForce { generation, entries } = &*in_force;
    let position = position_in(*generation).unwrap_or_else(|| {
        let name = caller.name().full();
        let position = Position::of(in_force.index_of(name));
        match remembered {
            Some(matched) => matched.remember(*generation, position),
            None => {
                names().insert(name);
            }
        }
        position
    });
    entries.get(position.index()?).map(|(_, policy)| *policy)
}
