//! Which tasks are listed.

use std::time::SystemTime;

use persevere_core::engine::GiveUp;

use super::{Selection, State};

/// The name of a [`State`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateName {
    /// [`State::Waiting`].
    Waiting,
    /// [`State::Running`].
    Running,
    /// [`State::Done`].
    Done,
    /// [`State::Dead`].
    Dead,
    /// [`State::Cancelled`].
    Cancelled,
}

impl StateName {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Running, Self::Done, Self::Dead, Self::Cancelled];

    /// The word that rows carry.
    ///
    /// ```
    /// use persevere::tasks::engine::StateName;
    ///
    /// let words = StateName::ALL.map(StateName::as_str);
    /// assert_eq!(words, ["waiting", "running", "done", "dead", "cancelled"]);
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> StateName {
        match self {
            Self::Waiting { .. } => StateName::Waiting,
            Self::Running { .. } => StateName::Running,
            Self::Done { .. } => StateName::Done,
            Self::Dead { .. } => StateName::Dead,
            Self::Cancelled => StateName::Cancelled,
        }
    }
}

/// Which tasks are listed: those that match every field which is set.
///
/// The dead come in the order of their deaths, all others in the order in which they were enqueued; the
/// latest is first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// In this state.
    pub state: Option<StateName>,
    /// Of this name.
    pub task: Option<String>,
    /// That died for this reason.
    pub because: Option<GiveUp>,
    /// That died at this time or later.
    pub since: Option<SystemTime>,
    /// At most this number of tasks.
    pub limit: usize,
}

impl Listing {
    /// The dead that match, where only dead tasks can.
    pub(crate) fn of_the_dead(&self) -> Option<Selection> {
        let asks_for_them = self.because.is_some() || self.since.is_some();
        let state = self.state.or(asks_for_them.then_some(StateName::Dead))?;
        let is_contradiction = asks_for_them && state != StateName::Dead;
        let limit = if is_contradiction { 0 } else { self.limit as u64 };
        (asks_for_them || state == StateName::Dead).then(|| Selection {
            names: self.task.iter().cloned().collect(),
            ids: Vec::new(),
            because: self.because,
            since: self.since,
            after: None,
            limit: Some(limit),
        })
    }
}

/// The statement that lists those that need not be dead, in that table: their ids.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn select<DB>(table: &str, which: &Listing) -> sqlx::QueryBuilder<DB>
where
    DB: sqlx::Database,
    for<'q> String: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    for<'q> i64: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    let mut select = sqlx::QueryBuilder::new(format!("SELECT id FROM {table} WHERE true"));
    // A literal, by which the indexes of one state are found.
    if let Some(state) = which.state {
        select.push(format!(" AND state = '{}'", state.as_str()));
    }
    if let Some(task) = &which.task {
        select.push(" AND task = ").push_bind(task.clone());
    }
    select.push(" ORDER BY id DESC");
    select.push(" LIMIT ").push_bind(i64::try_from(which.limit).unwrap_or(i64::MAX));
    select
}
