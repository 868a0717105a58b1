//! [`DeadLetters`]: tasks that failed for good.

use std::fmt;
use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_core::task::{Task, TaskId};

use super::Queue;
use crate::engine::{Attempts, Look, QueueError, Selection, State};
use crate::row::names::names;

/// A task that failed for good. `Debug` shows no argument.
#[derive(Clone)]
#[non_exhaustive]
pub struct Dead {
    /// Its id.
    pub id: TaskId,
    /// The task's name.
    pub task: String,
    /// Its arguments; a text, where they are no JSON.
    pub args: serde_json::Value,
    /// Why no attempt follows.
    pub reason: GiveUp,
    /// The last error.
    pub error: String,
    /// Its last failed attempts, 20 at most, the latest last.
    pub attempts: Attempts,
    /// How many attempts failed.
    pub failures: u32,
    /// How often its worker was lost.
    pub crashes: u32,
    /// The waits before its retries, added up.
    pub waited: Duration,
    /// When it was stored.
    pub enqueued: SystemTime,
    /// When it died.
    pub died: SystemTime,
}

impl fmt::Debug for Dead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dead")
            .field("id", &self.id)
            .field("task", &self.task)
            .field("reason", &self.reason)
            .field("error", &self.error)
            .field("attempts", &self.attempts)
            .field("failures", &self.failures)
            .field("crashes", &self.crashes)
            .field("waited", &self.waited)
            .field("enqueued", &self.enqueued)
            .field("died", &self.died)
            .finish_non_exhaustive()
    }
}

impl Dead {
    /// The task, if it is dead.
    pub(super) fn of(look: Look) -> Option<Self> {
        let State::Dead { reason, error, died } = look.state else { return None };
        let row = look.row;
        let args = row.args.read();
        Some(Self {
            id: row.id,
            task: row.task,
            args: args.unwrap_or_else(|_| row.args.as_str().into()),
            reason,
            error,
            attempts: row.attempts,
            failures: row.progress.failures,
            crashes: row.progress.crashes,
            waited: row.progress.waited(),
            enqueued: row.enqueued,
            died,
        })
    }
}

/// Which of the dead are meant, and what is done about them.
///
/// ```
/// # use persevere::tasks::{Queue, Task};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Greet { name: String }
/// # impl Task for Greet {
/// #     type Output = usize;
/// #     const NAME: &'static str = "greet";
/// # }
/// # use persevere::engine::GiveUp;
/// use std::time::{Duration, SystemTime};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), persevere::tasks::QueueError> {
/// # let queue = Queue::in_memory();
/// let yesterday = SystemTime::now() - Duration::from_secs(86_400);
/// let exhausted = queue.dead().of::<Greet>().because(GiveUp::Exhausted).since(yesterday);
/// for dead in exhausted.clone().limit(100).list().await? {
///     println!("{} after {} failures: {}", dead.id, dead.failures, dead.error);
/// }
/// assert_eq!(exhausted.requeue().await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct DeadLetters {
    pub(super) queue: Queue,
    pub(super) which: Selection,
}

impl DeadLetters {
    /// Those of that kind, by its names.
    pub fn of<T: Task>(mut self) -> Self {
        self.which.names = names::<T>();
        self
    }

    /// Those that died for that reason.
    pub fn because(mut self, reason: GiveUp) -> Self {
        self.which.because = Some(reason);
        self
    }

    /// Those that died at that time or later.
    pub fn since(mut self, time: SystemTime) -> Self {
        self.which.since = Some(time);
        self
    }

    /// At most `count` tasks, the latest to die first.
    pub fn limit(mut self, count: u64) -> Self {
        self.which.limit = Some(count);
        self
    }

    /// Those that come after that one in a [list](Self::list).
    pub fn after(mut self, dead: &Dead) -> Self {
        self.which.after = Some((dead.died, dead.id));
        self
    }

    /// The tasks, first the one that died last; 1,000 at most, unless a [`limit`](Self::limit) is set. It
    /// ends before them where more than 16 MiB is stored of those in it, so that a list of large arguments is
    /// not in memory as a whole. To read all, go on [after](Self::after) the last one until a list is
    /// empty:
    ///
    /// ```
    /// # use persevere::tasks::Queue;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), persevere::tasks::QueueError> {
    /// # let queue = Queue::in_memory();
    /// let mut page = queue.dead().list().await?;
    /// while let Some(last) = page.last() {
    ///     for dead in &page {
    ///         println!("{}: {}", dead.id, dead.error);
    ///     }
    ///     page = queue.dead().after(last).list().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`QueueError::Unavailable`] if the queue does not answer.
    pub async fn list(self) -> Result<Vec<Dead>, QueueError> {
        let limit = self.which.limit.or(Some(super::LISTED as u64));
        let which = Selection { limit, ..self.which };
        let ids = self.queue.engine().dead(&which).await?;
        let mut ids = &ids[..];
        loop {
            let looks = self.queue.engine().look_within(ids, super::LISTED_BYTES).await?;
            let Some(last) = looks.last().map(|look| look.row.id) else { return Ok(Vec::new()) };
            let dead: Vec<_> = looks.into_iter().filter_map(Dead::of).collect();
            if !dead.is_empty() {
                return Ok(dead);
            }
            // All of them have been requeued in the meantime.
            ids = ids
                .split_at(ids.iter().position(|&id| id == last).map_or(ids.len(), |at| at + 1))
                .1;
        }
    }

    /// Makes them due now, with nothing counted, and returns how many. Each is taken once, even if several ask
    /// at the same time.
    ///
    /// # Errors
    ///
    /// [`QueueError::Unavailable`] if the queue does not answer.
    pub async fn requeue(self) -> Result<u64, QueueError> {
        let count = self.queue.engine().requeue(&self.which).await?;
        tracing::info!(target: "persevere", count, "dead tasks are waiting again");
        Ok(count)
    }

    /// Deletes them, and returns how many.
    ///
    /// # Errors
    ///
    /// [`QueueError::Unavailable`] if the queue does not answer.
    pub async fn discard(self) -> Result<u64, QueueError> {
        let count = self.queue.engine().discard(&self.which).await?;
        tracing::info!(target: "persevere", count, "dead tasks were deleted");
        Ok(count)
    }
}
