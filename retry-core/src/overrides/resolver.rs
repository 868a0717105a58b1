//! [`Resolver`]: a table that has begun, what callers have found in it, and when its entries end.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(not(target_family = "wasm"))]
use std::time::Duration;
use std::time::SystemTime;

use super::layer::{Asked, Source};
use super::pattern::Pattern;
use super::{Overrides, Settings, report};
use crate::events::site::matched::Position;
use crate::policy::partial::Until;
use crate::time::clock::{self, Instant};

/// The patterns of entries that have ended, and when each did.
pub(super) type Ended = Vec<(Pattern, SystemTime)>;

/// A function's name, and that of the upstream that it is on.
pub(super) type Key = (&'static str, Option<&'static str>);

pub(super) struct Resolver {
    table: Overrides,
    /// If an entry ends: when the table began, by both clocks. The monotonic one measures from there.
    began: Option<(SystemTime, Instant)>,
    /// When the next entry ends.
    ends: Option<SystemTime>,
    found: Mutex<Found>,
}

/// What callers have found in the table. One that has failed need not search it again.
struct Found {
    settings: Vec<Settings>,
    positions: BTreeMap<Key, Position>,
}

impl Found {
    const fn nothing() -> Self {
        Self { settings: Vec::new(), positions: BTreeMap::new() }
    }
}

impl Resolver {
    pub(super) const fn nothing() -> Self {
        Self {
            table: Overrides::new(),
            began: None,
            ends: None,
            found: Mutex::new(Found::nothing()),
        }
    }

    /// `table` begins. Entries that have ended before are left out, which one warning says.
    pub(super) fn begin(mut table: Overrides) -> Self {
        let mut began = None;
        if table.ends().next().is_some() {
            let now = clock::wall();
            table.begin(now);
            report::ended_before(&table.end(now));
            began = Some((now, clock::now()));
        }
        #[cfg(feature = "chaos")]
        table.begin_chaos();
        let ends = next_end(&table);
        Self { table, began, ends, found: Mutex::new(Found::nothing()) }
    }

    pub(super) fn table(&self) -> &Overrides {
        &self.table
    }

    /// Whether an entry ends at some time.
    pub(super) fn has_end(&self) -> bool {
        self.ends.is_some()
    }

    /// Whether an entry has ended since the last call of [`end`](Self::end).
    pub(super) fn is_due(&self) -> bool {
        self.ends.is_some_and(|end| self.now().is_some_and(|now| end <= now))
    }

    /// The time until the next entry ends; zero if it is over.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn next_end(&self) -> Option<Duration> {
        let (end, now) = (self.ends?, self.now()?);
        Some(end.duration_since(now).unwrap_or_default())
    }

    /// Removes the entries that have ended, and returns them: report them once no lock is held, since
    /// what listens to the log may call functions that fail.
    #[must_use]
    pub(super) fn end(&mut self) -> Ended {
        let Some(now) = self.now() else { return Ended::new() };
        let ended = self.table.end(now);
        self.ends = next_end(&self.table);
        *self.found() = Found::nothing();
        ended
    }

    /// The time, as it goes on for this table.
    fn now(&self) -> Option<SystemTime> {
        let (wall, then) = self.began?;
        wall.checked_add(clock::since(then))
    }

    /// Where the settings are that change for `key`.
    pub(super) fn position(&self, key: Key) -> Position {
        if let Some(position) = self.found().positions.get(&key) {
            return *position;
        }
        let (function, upstream) = key;
        // Without the lock: a large table takes time.
        let settings = self.table.of(&Asked::new(function, upstream));
        let mut found = self.found();
        let index = settings.map(|settings| {
            found.settings.push(settings);
            found.settings.len() - 1
        });
        let position = Position::of(index);
        found.positions.insert(key, position);
        position
    }

    /// The settings at `position`.
    pub(super) fn at(&self, position: Position) -> Option<Settings> {
        self.found().settings.get(position.index()?).cloned()
    }

    /// The functions and the upstreams that have failed since the table began.
    pub(super) fn keys(&self) -> Vec<Key> {
        self.found().positions.keys().copied().collect()
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next_end(table: &Overrides) -> Option<SystemTime> {
    let ends = table.ends().filter_map(|(_, until)| match until {
        Until::At(time) => Some(time),
        Until::For(_) => None,
    });
    ends.min()
}

/// For a scope: its table comes from there, whatever it was made of.
pub(super) fn of_scope(table: Overrides) -> Resolver {
    let table = if table.has_sizes() {
        report::sizes_in_scope();
        table.without_sizes()
    } else {
        table
    };
    Resolver::begin(table.of_source(Source::Scope))
}
