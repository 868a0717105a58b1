//! [`Enqueue`]: a task on its way into the queue.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use super::Queue;
use super::handle::Handle;
use crate::engine::{Due, Envelope, Key, KeyUntil, NewRow, Payload, QueueError};
use crate::row::Priority;
use crate::row::id::TaskId;
use crate::task::Task;

/// How many bytes a key may have.
const KEY: usize = 512;

pub(crate) fn new_row<T: Task>(args: Payload, key: Option<Key>) -> Result<NewRow, QueueError> {
    Ok(NewRow {
        id: TaskId::new(),
        task: T::NAME.to_owned(),
        version: T::VERSION,
        queue: T::QUEUE.to_owned(),
        args,
        priority: T::PRIORITY,
        due: Due::In(Duration::ZERO),
        key: key.map(|key| checked::<T>(&key)).transpose()?,
        envelope: Envelope::enqueued_by(program()),
    })
}

/// A key that every database can store.
fn checked<T: Task>(key: &Key) -> Result<Key, QueueError> {
    if key.text.len() > KEY {
        return Err(QueueError::LongKey { task: T::NAME.to_owned(), bytes: key.text.len() });
    }
    Ok(Key { text: key.text.replace('\0', "\u{fffd}"), until: key.until })
}

/// The name of this program.
fn program() -> Option<String> {
    let path = std::env::current_exe().ok()?;
    Some(path.file_name()?.to_string_lossy().replace('\0', "\u{fffd}"))
}

/// A task to be stored: await it, once it is said when and how it is to run.
///
/// ```
/// # use persevere_tasks::{Queue, Task};
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Greet { name: String }
/// # impl Task for Greet {
/// #     type Output = usize;
/// #     const NAME: &'static str = "greet";
/// # }
/// use std::time::Duration;
/// use persevere_tasks::Priority;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), persevere_tasks::QueueError> {
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
    row: Result<NewRow, QueueError>,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> fmt::Debug for Enqueue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enqueue").field("task", &T::NAME).finish_non_exhaustive()
    }
}

impl<'q, T: Task> Enqueue<'q, T> {
    pub(super) fn new(queue: &'q Queue, task: &T) -> Self {
        Self { queue, row: queue.row(task), task: PhantomData }
    }

    fn with(mut self, change: impl FnOnce(&mut NewRow)) -> Self {
        if let Ok(row) = &mut self.row {
            change(row);
        }
        self
    }

    /// Due that long after it is stored, by the database's clock. Celery's `countdown`.
    pub fn delay(self, span: Duration) -> Self {
        self.with(|row| row.due = Due::In(span))
    }

    /// Due at that time. Celery's `eta`.
    pub fn at(self, time: SystemTime) -> Self {
        self.with(|row| row.due = Due::At(time))
    }

    /// From when it is due, the span within which its first attempt must begin: otherwise it is dead,
    /// as [`Expired`](persevere_core::engine::GiveUp::Expired). Celery's `expires`.
    pub fn start_within(self, span: Duration) -> Self {
        self.with(|row| row.envelope.set_start_within(span))
    }

    /// From when it is due, the span within which all its attempts lie: instead of the task's own.
    pub fn deadline(self, span: Duration) -> Self {
        self.with(|row| row.envelope.set_deadline(span))
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

    fn keyed(mut self, text: String, until: KeyUntil) -> Self {
        self.row = self.row.and_then(|row| {
            let key = Some(checked::<T>(&Key { text, until })?);
            Ok(NewRow { key, ..row })
        });
        self
    }

    /// Its place among tasks that are due.
    pub fn priority(self, priority: Priority) -> Self {
        self.with(|row| row.priority = priority)
    }

    /// Stores it in a transaction of the caller's, on the queue's database: it is there once that is
    /// committed, and never was if it is rolled back.
    ///
    /// # Errors
    ///
    /// As awaiting it; [`QueueError::ForeignTransaction`] if the queue is in another kind of database.
    ///
    /// ```
    /// # use persevere_tasks::{Queue, Task};
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
        let row = self.row?;
        let pushed = self.queue.engine.push_within(transaction.into(), &[row]).await?;
        Ok(self.queue.handle(pushed[0].id))
    }
}

impl<'q, T: Task> IntoFuture for Enqueue<'q, T> {
    type Output = Result<Handle<T>, QueueError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'q>>;

    /// Stores it.
    fn into_future(self) -> Self::IntoFuture {
        let Self { queue, row, task: _ } = self;
        Box::pin(async move {
            let pushed = queue.engine.push(&[row?]).await?;
            Ok(queue.handle(pushed[0].id))
        })
    }
}
