//! [`Enqueue`]: a task on its way into the queue.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use persevere_core::task::{NewTask, Priority, Task, TaskId};

use super::Queue;
use super::handle::Handle;
use crate::engine::{Due, Envelope, Key, KeyUntil, NewRow, QueueError};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::events;

/// How many bytes a key may have.
const KEY: usize = 512;

/// The row of a task, if a queue can store it that takes arguments of that many bytes. It belongs to
/// the trace of `traceparent`.
pub(crate) fn checked(
    new: NewTask,
    max_args: usize,
    traceparent: Option<String>,
) -> Result<NewRow, QueueError> {
    let name = || new.task.to_owned();
    let args =
        new.args.map_err(|source| QueueError::Json { task: name(), what: "arguments", source })?;
    let bytes = args.as_str().len();
    if bytes > max_args {
        return Err(QueueError::TooLarge { task: name(), bytes, limit: max_args });
    }
    let mut envelope = Envelope::new(program(), traceparent);
    new.start_within.inspect(|&span| envelope.set_start_within(span));
    new.deadline.inspect(|&span| envelope.set_deadline(span));
    Ok(NewRow {
        id: TaskId::new(),
        task: name(),
        version: new.version,
        queue: new.queue.to_owned(),
        args,
        priority: new.priority,
        due: new.due,
        key: new.key.map(|key| checked_key(new.task, &key)).transpose()?,
        envelope,
    })
}

/// A key that every database can store.
fn checked_key(task: &str, key: &Key) -> Result<Key, QueueError> {
    if key.text.len() > KEY {
        return Err(QueueError::LongKey { task: task.to_owned(), bytes: key.text.len() });
    }
    Ok(Key { text: key.text.replace('\0', "\u{fffd}"), until: key.until })
}

/// The name of this program.
fn program() -> Option<String> {
    static NAME: LazyLock<Option<String>> = LazyLock::new(|| {
        let path = std::env::current_exe().ok()?;
        Some(path.file_name()?.to_string_lossy().replace('\0', "\u{fffd}"))
    });
    NAME.clone()
}

/// A task to be stored: await it, once it is said when and how it is to run.
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
/// use persevere::tasks::Priority;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), persevere::tasks::QueueError> {
/// # let queue = Queue::in_memory();
/// # let greet = || Greet { name: "Ada".to_owned() };
/// let handle = queue
///     .enqueue(greet())
///     .delay(Duration::from_secs(10))
///     .start_within(Duration::from_secs(3_600))
///     .unique("Ada")
///     .priority(Priority::High)
///     .await?;
/// let same = queue.enqueue(greet()).unique("Ada").await?;
/// assert_eq!(handle.id(), same.id());
/// # Ok(())
/// # }
/// ```
#[must_use = "a task is stored when this is awaited"]
pub struct Enqueue<'q, T> {
    queue: &'q Queue,
    new: NewTask,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> fmt::Debug for Enqueue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enqueue").field("task", &T::NAME).finish_non_exhaustive()
    }
}

impl<'q, T: Task> Enqueue<'q, T> {
    pub(super) fn new(queue: &'q Queue, task: &T) -> Self {
        Self { queue, new: NewTask::of(task), task: PhantomData }
    }

    fn with(mut self, change: impl FnOnce(&mut NewTask)) -> Self {
        change(&mut self.new);
        self
    }

    /// Due that long after it is stored, by the database's clock. Celery's `countdown`.
    pub fn delay(self, span: Duration) -> Self {
        self.with(|new| new.due = Due::In(span))
    }

    /// Due at that time. Celery's `eta`.
    pub fn at(self, time: SystemTime) -> Self {
        self.with(|new| new.due = Due::At(time))
    }

    /// From when it is due, the span within which its first attempt must begin: otherwise it is dead,
    /// as [`Expired`](persevere_core::engine::GiveUp::Expired). Celery's `expires`.
    pub fn start_within(self, span: Duration) -> Self {
        self.with(|new| new.start_within = Some(span))
    }

    /// From when it is due, the span within which all its attempts lie: instead of the task's own.
    pub fn deadline(self, span: Duration) -> Self {
        self.with(|new| new.deadline = Some(span))
    }

    /// While a task of this name and key has not ended, this one is not stored, and the handle is that
    /// of the other. Keys have at most 512 bytes.
    pub fn unique(self, key: impl fmt::Display) -> Self {
        self.keyed(key.to_string(), KeyUntil::Ended)
    }

    /// As [`unique`](Self::unique), while the other one has not begun: so a change that is made while
    /// it runs is not lost. The next one of the key begins after the other has ended.
    pub fn unique_until_started(self, key: impl fmt::Display) -> Self {
        self.keyed(key.to_string(), KeyUntil::Started)
    }

    fn keyed(self, text: String, until: KeyUntil) -> Self {
        self.with(|new| new.key = Some(Key { text, until }))
    }

    /// Its place among tasks that are due.
    pub fn priority(self, priority: Priority) -> Self {
        self.with(|new| new.priority = priority)
    }

    /// Stores it in a transaction of the caller's, on the queue's database: it is there once that is
    /// committed, and never was if it is rolled back.
    ///
    /// The event that it waits is logged by this call, with the field `in_transaction = true`: of the commit,
    /// only the caller knows.
    ///
    /// # Errors
    ///
    /// As awaiting it; [`QueueError::ForeignTransaction`] if the queue is in another kind of database.
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
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("shop.db"));
    /// # let pool = sqlx::SqlitePool::connect_with(options.create_if_missing(true)).await?;
    /// let queue = Queue::sqlite_with(&pool).await?;
    /// let mut transaction = pool.begin().await?;
    /// // … what else belongs to it …
    /// let greet = Greet { name: "Ada".to_owned() };
    /// let handle = queue.enqueue(greet).in_transaction(&mut transaction).await?;
    /// transaction.commit().await?;
    /// assert!(handle.status().await.is_ok());
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub async fn in_transaction<'t>(
        self,
        transaction: impl Into<crate::engine::Within<'t>>,
    ) -> Result<Handle<T>, QueueError> {
        let row = self.queue.row(self.new)?;
        let rows = [row];
        let pushed = self.queue.engine.push_within(transaction.into(), &rows).await?;
        events::stored_within(&rows[0], &pushed[0]);
        self.queue.warn_if_unrun::<T>();
        Ok(self.queue.handle(pushed[0].id))
    }
}

impl<'q, T: Task> IntoFuture for Enqueue<'q, T> {
    type Output = Result<Handle<T>, QueueError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'q>>;

    /// Stores it.
    fn into_future(self) -> Self::IntoFuture {
        let Self { queue, new, task: _ } = self;
        Box::pin(async move {
            let pushed = queue.push(&[queue.row(new)?]).await?;
            queue.warn_if_unrun::<T>();
            Ok(queue.handle(pushed[0].id))
        })
    }
}
