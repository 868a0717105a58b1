//! [`Handle`]: what is known of a task, and what may be done about it.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_core::task::{Task, TaskId};
use tokio::time::timeout;

use super::Queue;
use super::dead::Dead;
use crate::engine::{Attempts, Cancelled, Look, QueueError, State};
use crate::events;

/// A task in a queue.
pub struct Handle<T> {
    pub(super) queue: Queue,
    pub(super) id: TaskId,
    pub(super) task: PhantomData<fn() -> T>,
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), id: self.id, task: PhantomData }
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The state of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// No attempt has failed yet.
    Waiting {
        /// When it is due, by the database's clock.
        at: SystemTime,
    },
    /// A worker runs it.
    Running {
        /// Since when.
        since: SystemTime,
        /// The worker's name.
        worker: String,
    },
    /// It waits for a retry.
    Retrying {
        /// When it is due, by the database's clock.
        at: SystemTime,
        /// How many attempts have failed.
        failures: u32,
        /// The last error; empty, where only workers were lost.
        error: String,
    },
    /// It has succeeded.
    Done,
    /// It has failed for good.
    Dead(GiveUp),
    /// It was cancelled.
    Cancelled,
}

impl Status {
    pub(crate) fn of(look: &Look) -> Self {
        match &look.state {
            State::Waiting { due } if look.row.progress.failures == 0 => Self::Waiting { at: *due },
            State::Waiting { due } => Self::Retrying {
                at: *due,
                failures: look.row.progress.failures,
                error: look
                    .row
                    .attempts
                    .last()
                    .map(|last| last.error().to_owned())
                    .unwrap_or_default(),
            },
            State::Running { since, worker } => {
                Self::Running { since: *since, worker: worker.clone() }
            }
            State::Done { .. } => Self::Done,
            State::Dead { reason, .. } => Self::Dead(*reason),
            State::Cancelled => Self::Cancelled,
        }
    }
}

/// Why there is no output.
#[derive(Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "a dead task is matched on, and errors are few")]
pub enum WaitError {
    /// The task failed for good.
    Dead(Dead),
    /// It had not ended in the time given. It still may.
    TimedOut,
    /// It was cancelled.
    Cancelled,
    /// The queue does not answer, does not know the task, or has an output that is none of its type.
    Queue(QueueError),
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dead(dead) => {
                write!(f, "the task is dead ({}): {}", dead.reason.as_str(), dead.error)
            }
            Self::TimedOut => f.write_str("the task has not ended in the time given"),
            Self::Cancelled => f.write_str("the task was cancelled"),
            Self::Queue(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl std::error::Error for WaitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Queue(error) => Some(error),
            Self::Dead(_) | Self::TimedOut | Self::Cancelled => None,
        }
    }
}

impl From<QueueError> for WaitError {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl<T: Task> Handle<T> {
    /// The task's id, the same for every attempt.
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// The state of the task now.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownTask`] if there is none of this id, or no more; others if the queue does
    /// not answer.
    pub async fn status(&self) -> Result<Status, QueueError> {
        let look = self.queue.engine().look(&[self.id]).await?.pop().flatten();
        look.map(|look| Status::of(&look)).ok_or(QueueError::UnknownTask(self.id))
    }

    /// Its last failed attempts, 20 at most, the latest last: when each began, how long it ran, and
    /// its error.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    ///
    /// ```
    /// # use persevere::tasks::{Queue, Task};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct Greet { name: String }
    /// # impl Task for Greet {
    /// #     type Output = usize;
    /// #     const NAME: &'static str = "greet";
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), persevere::tasks::QueueError> {
    /// # let queue = Queue::in_memory();
    /// let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).await?;
    /// for attempt in handle.attempts().await?.iter() {
    ///     println!("{:?}, after {:?}", attempt.error(), attempt.took());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn attempts(&self) -> Result<Attempts, QueueError> {
        let look = self.queue.engine().look(&[self.id]).await?.pop().flatten();
        look.map(|look| look.row.attempts).ok_or(QueueError::UnknownTask(self.id))
    }

    /// Waits for the task's end, that long at most, and returns its output.
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] if it has not ended by then; otherwise why there is no output.
    ///
    /// ```
    /// # use persevere::tasks::{Queue, Task};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct Greet { name: String }
    /// # impl Task for Greet {
    /// #     type Output = usize;
    /// #     const NAME: &'static str = "greet";
    /// # }
    /// use std::time::Duration;
    /// use persevere::tasks::WaitError;
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), persevere::tasks::QueueError> {
    /// # let queue = Queue::in_memory();
    /// let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).await?;
    /// // No worker runs here.
    /// let outcome = handle.wait(Duration::from_secs(60)).await;
    /// assert!(matches!(outcome, Err(WaitError::TimedOut)));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait(&self, span: Duration) -> Result<T::Output, WaitError> {
        let ended = timeout(span, self.queue.room.ended(self.queue.engine(), self.id));
        let look = ended.await.map_err(|_| WaitError::TimedOut)??;
        match look.state {
            State::Done { output } => output.read().map_err(|source| {
                let task = T::NAME.to_owned();
                WaitError::Queue(QueueError::Json { task, what: "output", source })
            }),
            State::Cancelled => Err(WaitError::Cancelled),
            State::Dead { .. } => match Dead::of(look) {
                Some(dead) => Err(WaitError::Dead(dead)),
                None => Err(WaitError::Queue(QueueError::UnknownTask(self.id))),
            },
            State::Waiting { .. } | State::Running { .. } => Err(WaitError::TimedOut),
        }
    }

    /// Asks for the task's end: one that has not begun never will, and one that runs is dropped by its
    /// worker within a heartbeat. The first end wins.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    ///
    /// ```
    /// # use persevere::tasks::{Queue, Task};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct Greet { name: String }
    /// # impl Task for Greet {
    /// #     type Output = usize;
    /// #     const NAME: &'static str = "greet";
    /// # }
    /// use persevere::tasks::{Cancelled, Status};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), persevere::tasks::QueueError> {
    /// # let queue = Queue::in_memory();
    /// let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).await?;
    /// assert_eq!(handle.cancel().await?, Cancelled::BeforeStart);
    /// assert_eq!(handle.status().await?, Status::Cancelled);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn cancel(&self) -> Result<Cancelled, QueueError> {
        let cancelled = self.queue.engine().cancel(self.id, T::KEEP).await?;
        if cancelled == Some(Cancelled::BeforeStart) {
            events::ended(T::NAME, self.id, "cancelled", None);
        }
        cancelled.ok_or(QueueError::UnknownTask(self.id))
    }
}
