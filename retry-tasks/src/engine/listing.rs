//! Which tasks are listed.

use std::time::SystemTime;

use persevere_core::engine::GiveUp;

use super::State;

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
    /// Whether only dead tasks can match.
    pub(crate) fn is_of_the_dead(&self) -> bool {
        self.state == Some(StateName::Dead) || self.because.is_some() || self.since.is_some()
    }
}

/// The statement that lists them, in that table. Its columns are the task's id alone.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn select<DB>(table: &str, which: &Listing) -> sqlx::QueryBuilder<DB>
where
    DB: sqlx::Database,
    for<'q> String: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    for<'q> &'static str: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    for<'q> i64: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    let mut select = sqlx::QueryBuilder::new(format!("SELECT id FROM {table} WHERE true"));
    // Literals, by which the indexes of one state are found.
    if let Some(state) = which.state {
        select.push(format!(" AND state = '{}'", state.as_str()));
    }
    if which.is_of_the_dead() {
        select.push(" AND state = 'dead'");
    }
    if let Some(task) = &which.task {
        select.push(" AND task = ").push_bind(task.clone());
    }
    if let Some(because) = which.because {
        select.push(" AND reason = ").push_bind(because.as_str());
    }
    if let Some(since) = which.since {
        let since = crate::row::moment::Moment::not_before(since).0;
        select.push(" AND ended >= ").push_bind(since);
    }
    let order = if which.is_of_the_dead() { "ended DESC, id" } else { "id DESC" };
    select.push(" ORDER BY ").push(order);
    select.push(" LIMIT ").push_bind(i64::try_from(which.limit).unwrap_or(i64::MAX));
    select
}
