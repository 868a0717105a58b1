//! Which dead tasks are meant, and how many there are of what.

use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_core::task::TaskId;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use sqlx::{Database, Encode, QueryBuilder, Type};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::row::moment::Moment;

/// Which of the dead are meant: those for which all that is said here is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of these names; of any, if there are none.
    pub names: Vec<String>,
    /// Of these ids; of any, if there are none.
    pub ids: Vec<TaskId>,
    /// That died for this reason.
    pub because: Option<GiveUp>,
    /// That died at this time or later.
    pub since: Option<SystemTime>,
    /// That come after this one: when it died, and its id.
    pub after: Option<(SystemTime, TaskId)>,
    /// At most this number of tasks, the latest to die first; of those that died at once, the one with the
    /// greatest id.
    pub limit: Option<u64>,
}

/// How many ids one statement names.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
const IDS: usize = 500;

/// How many names are counted at most, the first ones in their order.
pub(crate) const LISTED_NAMES: usize = 10_000;

/// How many tasks of a name there are that have not ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskStats {
    /// The task's name.
    pub task: String,
    /// Those that wait, due or not.
    pub waiting: u64,
    /// Those of them that are due.
    pub due: u64,
    /// Those that a worker has.
    pub running: u64,
    /// Those that are dead.
    pub dead: u64,
    /// For how long the oldest one has been due.
    pub oldest_due: Option<Duration>,
    /// How many workers run tasks of this name. One that was lost counts for up to 45 s.
    pub workers: u64,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl Selection {
    /// Each name, to be searched for by itself, `None` for any; with some of the ids, where there are
    /// any.
    pub(crate) fn each(&self) -> Vec<(Option<&str>, &[TaskId])> {
        let names = self.names.iter().map(|name| Some(name.as_str()));
        let names = if self.names.is_empty() { vec![None] } else { names.collect() };
        let ids = if self.ids.is_empty() { vec![&[][..]] } else { self.ids.chunks(IDS).collect() };
        names.iter().flat_map(|name| ids.iter().map(move |ids| (*name, *ids))).collect()
    }

    /// Selects when each of the dead in `table` died, and its id: of that name, if one is given, and of
    /// these ids, written as `literal` says, if there are any; the latest to die first.
    pub(crate) fn dead_in<'q, DB>(
        &self,
        table: &str,
        (name, ids): (Option<&'q str>, &[TaskId]),
        literal: fn(TaskId) -> String,
    ) -> QueryBuilder<DB>
    where
        DB: Database,
        &'q str: Encode<'q, DB> + Type<DB>,
        i64: Encode<'q, DB> + Type<DB>,
    {
        let mut select =
            QueryBuilder::new(format!("SELECT ended, id FROM {table} WHERE state = 'dead'"));
        if let Some(name) = name {
            select.push(" AND task = ").push_bind(name);
        }
        if let Some(reason) = self.because {
            select.push(" AND reason = ").push_bind(reason.as_str());
        }
        if let Some(since) = self.since {
            select.push(" AND ended >= ").push_bind(Moment::not_before(since).0);
        }
        if let Some((died, id)) = self.after {
            select.push(" AND (ended, id) < (").push_bind(Moment::exact(died).0);
            select.push(format!(", {})", literal(id)));
        }
        if !ids.is_empty() {
            let ids: Vec<_> = ids.iter().copied().map(literal).collect();
            select.push(format!(" AND id IN ({})", ids.join(", ")));
            return select; // they are sorted once all are found
        }
        select.push(" ORDER BY ended DESC, id DESC");
        if let Some(limit) = self.limit {
            select.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        }
        select
    }

    /// Those of the ids found that are meant, the latest to die first.
    pub(crate) fn latest(&self, mut found: Vec<(i64, TaskId)>) -> Vec<TaskId> {
        found.sort_unstable_by_key(|&dead| std::cmp::Reverse(dead));
        found.dedup();
        let limit = self.limit.map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
        found.into_iter().take(limit).map(|(_, id)| id).collect()
    }
}

impl TaskStats {
    /// One for each name, of what was counted state by state.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn merged(counted: Vec<Self>) -> Vec<Self> {
        let mut merged = std::collections::BTreeMap::<String, Self>::new();
        for of in counted {
            let sum = merged.entry(of.task.clone()).or_insert_with(|| Self::none(&of.task));
            sum.waiting += of.waiting;
            sum.due += of.due;
            sum.running += of.running;
            sum.dead += of.dead;
            sum.oldest_due = sum.oldest_due.max(of.oldest_due);
        }
        merged.into_values().take(LISTED_NAMES).collect()
    }

    /// With the number of workers that run each.
    pub(crate) fn with_workers(mut stats: Vec<Self>, count: impl Fn(&str) -> u64) -> Vec<Self> {
        for of in &mut stats {
            of.workers = count(&of.task);
        }
        stats
    }

    pub(crate) fn none(task: &str) -> Self {
        let task = task.to_owned();
        Self { task, waiting: 0, due: 0, running: 0, dead: 0, oldest_due: None, workers: 0 }
    }
}
