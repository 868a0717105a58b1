//! [`Enqueue`]: a task on its way to Restate.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use persevere_core::task::{Due, NewTask, Task, TaskId};
use restate_sdk::context::RequestTarget;
use restate_sdk::ingress::{ClientError, SendStatus};
use restate_sdk::serde::Json;

use super::Queue;
use super::handle::Handle;
use super::http::refused;
use super::keys::Wanted;
use super::worker::service_name;
use super::written::{Message, RUN};
use crate::engine::{Key, KeyUntil, NewRow, QueueError};
use crate::events;
use crate::queue::enqueue::checked;

/// The row of a task, if Restate can store it.
pub(super) fn row(new: NewTask, max_args: usize) -> Result<NewRow, QueueError> {
    let row = checked(new, max_args, None)?;
    service_name(&row.task)?;
    if row.key.as_ref().is_some_and(|key| key.until == KeyUntil::Started) {
        return Err(QueueError::Unsupported {
            engine: super::NAME,
            what: "keys that are free from the start on: write `.unique(key)`, which is free at the end",
        });
    }
    Ok(row)
}

/// The row of a task that is to follow another one: its key would be taken while nobody looks whether the
/// one that has it is still there.
pub(super) fn following(new: NewTask, max_args: usize) -> Result<NewRow, QueueError> {
    let row = row(new, max_args)?;
    if row.key.is_some() {
        return Err(QueueError::Unsupported {
            engine: super::NAME,
            what: "unique tasks that follow another one: enqueue it by a `restate::Queue` in the body",
        });
    }
    Ok(row)
}

/// A task to be stored: await it, once it is said when and how it is to run.
///
/// ```no_run
/// # use persevere::tasks::Task;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Greet { name: String }
/// # impl Task for Greet {
/// #     type Output = usize;
/// #     const NAME: &'static str = "greet";
/// # }
/// use std::time::Duration;
/// use persevere::tasks::TaskId;
/// use persevere::tasks::restate::Queue;
///
/// # async fn start(queue: Queue) -> Result<(), persevere::tasks::QueueError> {
/// let greet = || Greet { name: "Ada".to_owned() };
/// let handle = queue
///     .enqueue(greet())
///     .delay(Duration::from_secs(10))
///     .start_within(Duration::from_secs(3_600))
///     .await?;
/// // A second task of the same id is not stored.
/// let same = queue.enqueue(greet()).id(handle.id()).await?;
/// assert_eq!(handle.id(), same.id());
/// # Ok(())
/// # }
/// ```
#[must_use = "a task is stored when this is awaited"]
pub struct Enqueue<'q, T> {
    queue: &'q Queue,
    new: NewTask,
    id: Option<TaskId>,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> fmt::Debug for Enqueue<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enqueue").field("task", &T::NAME).finish_non_exhaustive()
    }
}

impl<'q, T: Task> Enqueue<'q, T> {
    pub(super) fn new(queue: &'q Queue, task: &T) -> Self {
        Self { queue, new: NewTask::of(task), id: None, task: PhantomData }
    }

    fn with(mut self, change: impl FnOnce(&mut NewTask)) -> Self {
        change(&mut self.new);
        self
    }

    /// Due `span` after it is stored.
    pub fn delay(self, span: Duration) -> Self {
        self.with(|new| new.due = Due::In(span))
    }

    /// Due at that time, by this machine's clock.
    pub fn at(self, time: SystemTime) -> Self {
        self.with(|new| new.due = Due::At(time))
    }

    /// From when it is due, the span within which its first attempt must begin, by the worker's clock:
    /// otherwise it is dead, as [`Expired`](persevere_core::engine::GiveUp::Expired).
    pub fn start_within(self, span: Duration) -> Self {
        self.with(|new| new.start_within = Some(span))
    }

    /// From when it is due, the span within which all its attempts lie, by the worker's clock: instead
    /// of the task's own.
    pub fn deadline(self, span: Duration) -> Self {
        self.with(|new| new.deadline = Some(span))
    }

    /// While a task of this name and key has not ended, this one is not stored, and the handle is that of
    /// the other. Keys have at most 512 bytes.
    ///
    /// The keys of a task are kept by an object of Restate beside it, which a worker of the task serves: so a
    /// worker must be there when a unique task is enqueued: without one, awaiting this is
    /// [`QueueError::Unavailable`] after 30 s, and the task may be stored all the same once there is one. A key
    /// whose task was cancelled before it began is free 5 s after the task was enqueued.
    pub fn unique(self, key: impl fmt::Display) -> Self {
        let key = Key { text: key.to_string(), until: KeyUntil::Ended };
        self.with(|new| new.key = Some(key))
    }

    /// The task's id, in the place of a new one. While Restate keeps a task of that id, from when it is
    /// stored until [`KEEP`](Task::KEEP) after its end, this one is not stored, and the handle is that
    /// of the other.
    pub fn id(self, id: TaskId) -> Self {
        Self { id: Some(id), ..self }
    }
}

impl<'q, T: Task> IntoFuture for Enqueue<'q, T> {
    type Output = Result<Handle<T>, QueueError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'q>>;

    /// Stores it.
    fn into_future(self) -> Self::IntoFuture {
        let Self { queue, new, id, task: _ } = self;
        Box::pin(async move {
            let mut row = row(new, queue.max_args)?;
            row.id = id.unwrap_or(row.id);
            let unwritten =
                |source| QueueError::Json { task: T::NAME.to_owned(), what: "arguments", source };
            let (message, after) = Message::of(&row).map_err(unwritten)?;
            if let Some(key) = &row.key {
                let wanted = Wanted { queue, id: row.id, key: &key.text, message: &message, after };
                let stored = wanted.stored::<T>().await?;
                if stored == row.id {
                    events::moved(&row.task, row.id, "waiting");
                }
                return Ok(queue.handle(stored));
            }
            let target = RequestTarget::Workflow {
                name: T::NAME.to_owned(),
                key: row.id.to_string(),
                handler: RUN.to_owned(),
            };
            let request = queue.restate.ingress.request::<_, ()>(target, Json(message));
            let sent = if after.is_zero() {
                request.send().await
            } else {
                request.send_after(after).await
            };
            match sent {
                Ok(sent) => {
                    if sent.send_status() == SendStatus::Accepted {
                        events::moved(&row.task, row.id, "waiting");
                    }
                    Ok(queue.handle(row.id))
                }
                Err(ClientError::Status { status, .. }) if status.as_u16() == 404 => {
                    Err(QueueError::NotRegistered { task: T::NAME.to_owned() })
                }
                Err(error) => Err(refused(error)),
            }
        })
    }
}
