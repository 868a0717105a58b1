//! The table in force, and how a caller finds what it changes.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

#[cfg(feature = "chaos")]
use super::breaking::Breaking;
#[cfg(not(target_family = "wasm"))]
use super::ending;
use super::layer::Asked;
use super::resolver::{Key, Resolver};
use super::{Overrides, Settings, report, resize, scope};
use crate::events::caller::Caller;
use crate::events::site::matched::Position;
use crate::events::site::{Site, sites};
use crate::layers::upstream::{Listed, upstreams as listed};
use crate::policy::partial::Sizes;

/// How many tables there are: the one in force, if it is not empty, and those of scopes. Without any, a
/// failure finds out by one load.
pub(super) static TABLES: AtomicUsize = AtomicUsize::new(0);

/// Counts the tables installed; 0 while none is in force.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Whether an entry of the table in force has an end: otherwise nobody reads a clock for it.
static HAS_END: AtomicBool = AtomicBool::new(false);

static TABLE: RwLock<InForce> = RwLock::new(InForce {
    generation: 0,
    resolver: Resolver::nothing(),
    #[cfg(feature = "chaos")]
    breaking: None,
});

struct InForce {
    /// The generation of the last table that was not empty.
    generation: u32,
    resolver: Resolver,
    /// While an entry breaks attempts.
    #[cfg(feature = "chaos")]
    breaking: Option<Breaking>,
}

impl InForce {
    /// Publishes that the table is another one now.
    fn publish(&mut self) {
        HAS_END.store(self.resolver.has_end(), Ordering::Release);
        #[cfg(feature = "chaos")]
        {
            self.breaking = Breaking::of(self.resolver.table());
        }
        let was_empty = GENERATION.load(Ordering::Relaxed) == 0;
        let is_empty = self.resolver.table().is_empty();
        if is_empty {
            GENERATION.store(0, Ordering::Release);
        } else {
            // The count skips 0, which means that no table is in force, when it wraps around.
            self.generation = self.generation.wrapping_add(1).max(1);
            GENERATION.store(self.generation, Ordering::Release);
        }
        match (was_empty, is_empty) {
            (true, false) => _ = TABLES.fetch_add(1, Ordering::Release),
            (false, true) => _ = TABLES.fetch_sub(1, Ordering::Release),
            _ => {}
        }
    }
}

fn read() -> RwLockReadGuard<'static, InForce> {
    TABLE.read().unwrap_or_else(PoisonError::into_inner)
}

fn write() -> RwLockWriteGuard<'static, InForce> {
    TABLE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Puts `table` into force, replacing the current one.
pub(super) fn replace(table: Overrides) {
    let mut resolver = Resolver::begin(table);
    let mut in_force = write();
    std::mem::swap(&mut in_force.resolver, &mut resolver);
    in_force.publish();
    drop(in_force); // so that the old table, perhaps a large one, is freed outside of the lock
    resize::bring_in_line();
    #[cfg(not(target_family = "wasm"))]
    ending::watch();
}

/// Removes the entries that have ended, if there may be any.
pub(super) fn end_entries() {
    if HAS_END.load(Ordering::Acquire) && read().resolver.is_due() {
        let mut in_force = write();
        let ended = in_force.resolver.end();
        in_force.publish();
        drop(in_force);
        resize::bring_in_line();
        report::ended(&ended);
    }
}

/// Whether the table in force has sizes of layers.
pub(super) fn has_sizes() -> bool {
    GENERATION.load(Ordering::Acquire) != 0 && read().resolver.table().has_sizes()
}

/// The sizes of the layers of the upstream of that name.
pub(super) fn sizes_of(upstream: &str) -> Sizes {
    let settings = read().resolver.table().of(&Asked::of_upstream(upstream));
    settings.map_or(Sizes::NONE, |settings| settings.sizes())
}

/// The time until the next entry ends; zero if it is over.
#[cfg(not(target_family = "wasm"))]
pub(super) fn next_end() -> Option<Duration> {
    read().resolver.next_end()
}

/// A copy of the table in force.
pub(super) fn table() -> Overrides {
    end_entries();
    read().resolver.table().clone()
}

/// A copy of the table in force; the functions known to have failed; the upstreams that are listed, or on which
/// calls have failed since the table was installed.
pub(super) fn table_and_names() -> (Overrides, Vec<&'static str>, Vec<&'static str>) {
    end_entries();
    let in_force = read();
    let keys = in_force.resolver.keys();
    let functions = sites().map(Site::name).chain(keys.iter().map(|(function, _)| *function));
    let upstreams = keys.iter().filter_map(|(_, upstream)| *upstream);
    let upstreams = upstreams.chain(listed().map(Listed::name));
    (in_force.resolver.table().clone(), functions.collect(), upstreams.collect())
}

/// Whether anything may be changed from outside.
#[inline]
pub(crate) fn are_any() -> bool {
    TABLES.load(Ordering::Acquire) > 0
}

/// What changes for a call, of scopes and of the table in force; one load if there are none.
pub(crate) fn of(caller: Caller, upstream: Option<&'static str>) -> Option<Settings> {
    if !are_any() {
        return None;
    }
    let generation = GENERATION.load(Ordering::Acquire);
    let scoped = scope::of(|| (caller.name().full(), upstream));
    let installed = if generation == 0 { None } else { installed(generation, caller, upstream) };
    match (scoped, installed) {
        (Some(scoped), Some(installed)) => Some(scoped.or(&installed)),
        (scoped, installed) => scoped.or(installed),
    }
}

fn installed(
    mut generation: u32,
    caller: Caller,
    upstream: Option<&'static str>,
) -> Option<Settings> {
    if HAS_END.load(Ordering::Acquire) {
        end_entries();
        generation = GENERATION.load(Ordering::Acquire);
    }
    let key = || -> Key { (caller.name().full(), upstream) };
    // A function that is always on the same upstream, none, keeps the position itself.
    let remembered = match caller {
        Caller::Function(site) if upstream.is_none() => Some(site().matched()),
        _ => None,
    };
    let position_in = |generation| remembered.and_then(|matched| matched.in_generation(generation));
    if position_in(generation) == Some(Position::NONE) {
        return None;
    }
    let in_force = read();
    let generation = in_force.generation;
    let position = position_in(generation).unwrap_or_else(|| {
        let position = in_force.resolver.position(key());
        if let Some(matched) = remembered {
            matched.remember(generation, position);
        }
        position
    });
    in_force.resolver.at(position)
}
