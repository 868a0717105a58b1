//! The table in force, and how a caller finds what it changes.

#[cfg(not(target_family = "wasm"))]
use std::time::Duration;

#[cfg(feature = "chaos")]
use super::breaking::Breaking;
#[cfg(not(target_family = "wasm"))]
use super::ending;
use super::layer::Asked;
use super::replaced::{Replaced, Table};
use super::resolver::Resolver;
use super::{Overrides, Settings, report, resize, scope};
use crate::events::caller::Caller;
use crate::events::site::{Site, sites};
use crate::layers::upstream::{Listed, upstreams as listed};
use crate::policy::partial::Sizes;
use crate::primitives::tally::Tally;

/// How many tables there are: the one in force, if it is not empty, and those of scopes. Without any, a
/// failure finds out by one load.
pub(super) static TABLES: Tally = Tally::new();

static TABLE: Replaced<InForce> = Replaced::new(InForce {
    resolver: Resolver::nothing(),
    #[cfg(feature = "chaos")]
    breaking: None,
});

struct InForce {
    resolver: Resolver,
    /// While an entry breaks attempts.
    #[cfg(feature = "chaos")]
    breaking: Option<Breaking>,
}

impl Table for InForce {
    fn is_empty(&self) -> bool {
        self.resolver.table().is_empty()
    }

    fn has_end(&self) -> bool {
        self.resolver.has_end()
    }
}

/// Makes another table of the one in force.
fn change<O>(change: impl FnOnce(&mut Resolver) -> O) -> O {
    TABLE.change(&TABLES, |in_force| {
        let outcome = change(&mut in_force.resolver);
        #[cfg(feature = "chaos")]
        {
            in_force.breaking = Breaking::of(in_force.resolver.table());
        }
        outcome
    })
}

/// Puts `table` into force, replacing the current one.
pub(super) fn replace(table: Overrides) {
    let resolver = Resolver::begin(table);
    // The old one, perhaps large, is freed outside of the lock.
    drop(change(|in_force| std::mem::replace(in_force, resolver)));
    resize::bring_in_line();
    #[cfg(not(target_family = "wasm"))]
    ending::watch();
}

/// Removes the entries that have ended, if there may be any.
pub(super) fn end_entries() {
    if TABLE.has_end() && TABLE.read().table.resolver.is_due() {
        let ended = change(Resolver::end);
        resize::bring_in_line();
        report::ended(&ended);
    }
}

/// Whether the table in force has sizes of layers.
pub(super) fn has_sizes() -> bool {
    TABLE.generation() != 0 && TABLE.read().table.resolver.table().has_sizes()
}

/// The sizes of the layers of the upstream of that name.
pub(super) fn sizes_of(upstream: &str) -> Sizes {
    let settings = TABLE.read().table.resolver.table().of(&Asked::of_upstream(upstream));
    settings.map_or(Sizes::NONE, |settings| settings.sizes())
}

/// The time until the next entry ends; zero if it is over.
#[cfg(not(target_family = "wasm"))]
pub(super) fn next_end() -> Option<Duration> {
    TABLE.read().table.resolver.next_end()
}

/// A copy of the table in force.
pub(super) fn table() -> Overrides {
    end_entries();
    TABLE.read().table.resolver.table().clone()
}

/// A copy of the table in force; the functions known to have failed; the upstreams that are listed, or on which
/// calls have failed since the table was installed.
pub(super) fn table_and_names() -> (Overrides, Vec<&'static str>, Vec<&'static str>) {
    end_entries();
    let held = TABLE.read();
    let in_force = &held.table;
    let keys = in_force.resolver.keys();
    let functions = sites().map(Site::name).chain(keys.iter().map(|(function, _)| *function));
    let upstreams = keys.iter().filter_map(|(_, upstream)| *upstream);
    let upstreams = upstreams.chain(listed().map(Listed::name));
    (in_force.resolver.table().clone(), functions.collect(), upstreams.collect())
}

/// Whether anything may be changed from outside.
#[inline]
pub(crate) fn are_any() -> bool {
    TABLES.is_any()
}

/// What changes for a call, of scopes and of the table in force; one load if there are none.
pub(crate) fn of(caller: Caller, upstream: Option<&'static str>) -> Option<Settings> {
    if !are_any() {
        return None;
    }
    let generation = TABLE.generation();
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
    if TABLE.has_end() {
        end_entries();
        generation = TABLE.generation();
    }
    // A function that is always on the same upstream, none, keeps the position itself.
    let remembered = match caller {
        Caller::Function(site) if upstream.is_none() => Some(site().matched()),
        _ => None,
    };
    TABLE.find(
        generation,
        remembered,
        |in_force| in_force.resolver.position((caller.name().full(), upstream)),
        |in_force, position| in_force.resolver.at(position),
    )
}
