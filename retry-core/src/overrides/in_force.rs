//! The table in force, and how a caller finds its entry in it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use super::Overrides;
use crate::events::caller::Caller;
use crate::events::site::matched::Position;
use crate::events::site::{Site, sites};
use crate::policy::partial::PartialPolicy;

/// Counts the tables installed; 0 while none is in force, so that a failure finds out by one load.
static GENERATION: AtomicU32 = AtomicU32::new(0);

static TABLE: RwLock<InForce> = RwLock::new(InForce {
    generation: 0,
    table: Overrides::new(),
    resolved: Mutex::new(Vec::new()),
});

/// The closures that have failed since the table was installed; annotated functions list themselves.
static NAMES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());

fn names() -> MutexGuard<'static, BTreeSet<&'static str>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct InForce {
    /// The generation of the last table that was not empty.
    generation: u32,
    table: Overrides,
    /// What annotated functions that have failed have found in it, each once.
    resolved: Mutex<Vec<PartialPolicy>>,
}

impl InForce {
    /// The position in `resolved` of what the table has for the function.
    fn resolve(&self, name: &str) -> Position {
        let Some(settings) = self.table.get(name) else { return Position::NONE };
        let mut resolved = self.resolved();
        let known = resolved.iter().position(|known| *known == settings);
        Position::of(Some(known.unwrap_or_else(|| {
            resolved.push(settings);
            resolved.len() - 1
        })))
    }

    fn resolved(&self) -> MutexGuard<'_, Vec<PartialPolicy>> {
        self.resolved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts `table` into force, replacing the current one.
pub(super) fn replace(mut table: Overrides) {
    let is_empty = table.is_empty();
    let mut in_force = TABLE.write().unwrap_or_else(PoisonError::into_inner);
    if is_empty {
        GENERATION.store(0, Ordering::Release);
    } else {
        // The count skips 0, which means that no table is in force, when it wraps around.
        in_force.generation = in_force.generation.wrapping_add(1).max(1);
        GENERATION.store(in_force.generation, Ordering::Release);
    }
    std::mem::swap(&mut in_force.table, &mut table);
    in_force.resolved().clear();
    names().clear();
    drop(in_force); // so that the old table, perhaps a large one, is freed outside of the lock
}

/// A copy of the table in force.
pub(super) fn table() -> Overrides {
    TABLE.read().unwrap_or_else(PoisonError::into_inner).table.clone()
}

/// A copy of the table in force, and the functions known to have failed.
pub(super) fn table_and_names() -> (Overrides, Vec<&'static str>) {
    let in_force = TABLE.read().unwrap_or_else(PoisonError::into_inner);
    let annotated = sites().map(Site::name);
    (in_force.table.clone(), annotated.chain(names().iter().copied()).collect())
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
    let generation = in_force.generation;
    let Some(matched) = remembered else {
        let name = caller.name().full();
        names().insert(name);
        return in_force.table.get(name);
    };
    let position = position_in(generation).unwrap_or_else(|| {
        let position = in_force.resolve(caller.name().full());
        matched.remember(generation, position);
        position
    });
    in_force.resolved().get(position.index()?).copied()
}
