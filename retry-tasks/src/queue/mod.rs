//! The queue, in front of an engine.

pub(crate) mod dead;
pub(crate) mod enqueue;
pub(crate) mod handle;
pub(crate) mod open;
pub(crate) mod unrun;
mod waiting;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use persevere_core::task::{NewTask, Task, TaskId};

use crate::engine::{Engine, NewRow, Pushed, QueueError, Selection, State, TaskStats};
use crate::events;
use crate::events::trace::Context;
use crate::row::names::names;
use dead::DeadLetters;
use enqueue::Enqueue;
use handle::Handle;
use waiting::WaitingRoom;

/// Arguments of more bytes, in JSON, are refused unless [`Queue::max_args`] says otherwise.
pub(crate) const MAX_ARGS: usize = 1_024 * 1_024;

/// No queue takes more.
const MOST_ARGS: usize = 64 * 1_024 * 1_024;

/// Tasks, stored until a worker has run them. It is cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use persevere::tasks::{Queue, Status, Task};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Greet {
///     name: String,
/// }
///
/// impl Task for Greet {
///     type Output = usize;
///     const NAME: &'static str = "greet";
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), persevere::tasks::QueueError> {
/// let queue = Queue::in_memory();
/// let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).delay(Duration::from_secs(10)).await?;
/// assert!(matches!(handle.status().await?, Status::Waiting { .. }));
/// assert_eq!(queue.enqueued::<Greet>().await?[0].name, "Ada");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Queue {
    engine: Arc<dyn Engine>,
    room: Arc<WaitingRoom>,
    max_args: usize,
    trace_context: Option<Context>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("engine", &self.engine.name()).finish_non_exhaustive()
    }
}

impl Queue {
    /// A queue in front of that engine.
    ///
    /// ```
    /// use persevere::tasks::{Queue, engine};
    ///
    /// let queue = Queue::on(engine::in_memory());
    /// assert_eq!(queue.engine().name(), "memory");
    /// ```
    #[must_use]
    pub fn on(engine: Arc<dyn Engine>) -> Self {
        Self { engine, room: Arc::default(), max_args: MAX_ARGS, trace_context: None }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The same queue with another limit on a task's arguments: bytes of JSON, 64 MiB at most. The default
    /// is 1 MiB.
    ///
    /// ```
    /// use persevere::tasks::Queue;
    ///
    /// let for_names_only = Queue::in_memory().max_args(200);
    /// # let _ = for_names_only;
    /// ```
    #[must_use]
    pub fn max_args(self, bytes: usize) -> Self {
        Self { max_args: bytes.min(MOST_ARGS), ..self }
    }

    /// The same queue, which stores with each task what `hook` returns: W3C's `traceparent` of the span
    /// that enqueues it. [`Delivery::traceparent`](crate::Delivery::traceparent) has it in the worker,
    /// and [`Worker::trace_parent`](crate::Worker::trace_parent) makes it the parent of attempts.
    ///
    /// What is no `traceparent` is not stored, and a warning says so.
    ///
    /// ```
    /// use persevere::tasks::Queue;
    ///
    /// /// With `OpenTelemetry`: `TraceContextPropagator::inject_context` of the current span's context.
    /// fn current() -> Option<String> {
    ///     Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned())
    /// }
    ///
    /// let queue = Queue::in_memory().trace_context(current);
    /// # let _ = queue;
    /// ```
    #[must_use]
    pub fn trace_context(self, hook: impl Fn() -> Option<String> + Send + Sync + 'static) -> Self {
        Self { trace_context: Some(Context::new(hook)), ..self }
    }

    /// A task to be stored: what else there is to say is said before it is awaited.
    ///
    /// See [`Enqueue`].
    #[expect(clippy::needless_pass_by_value, reason = "the task is handed over")]
    pub fn enqueue<T: Task>(&self, task: T) -> Enqueue<'_, T> {
        Enqueue::new(self, &task)
    }

    /// Stores tasks, all or none, due now.
    ///
    /// # Errors
    ///
    /// As [`Queue::enqueue`]. Where there is one, none is stored.
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
    /// let queue = Queue::in_memory();
    /// let names = ["Ada", "Bob"].map(str::to_owned);
    /// let handles = queue.enqueue_all(names.map(|name| Greet { name })).await?;
    /// assert_eq!(handles.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn enqueue_all<T: Task>(
        &self,
        tasks: impl IntoIterator<Item = T>,
    ) -> Result<Vec<Handle<T>>, QueueError> {
        let rows = tasks.into_iter().map(|task| self.row(NewTask::of(&task)));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let pushed = self.push(&rows).await?;
        if !rows.is_empty() {
            self.warn_if_unrun::<T>();
        }
        Ok(pushed.into_iter().map(|pushed| self.handle(pushed.id)).collect())
    }

    /// The row of a task on its way in, if the queue takes it.
    pub(crate) fn row(&self, new: NewTask) -> Result<NewRow, QueueError> {
        let traceparent = self.trace_context.as_ref().and_then(Context::traceparent);
        enqueue::checked(new, self.max_args, traceparent)
    }

    async fn push(&self, rows: &[NewRow]) -> Result<Vec<Pushed>, QueueError> {
        let pushed = self.engine.push(rows).await?;
        events::stored(rows, &pushed);
        Ok(pushed)
    }

    fn warn_if_unrun<T: Task>(&self) {
        unrun::warn(&self.engine, T::NAME, Some(std::any::type_name::<T>()));
    }

    /// How many bytes of arguments it takes.
    pub(crate) const fn greatest_args(&self) -> usize {
        self.max_args
    }

    /// What is known of a task that was enqueued before, perhaps by another program.
    ///
    /// ```
    /// # use persevere::tasks::{Queue, QueueError, Task, TaskId};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct Greet { name: String }
    /// # impl Task for Greet {
    /// #     type Output = usize;
    /// #     const NAME: &'static str = "greet";
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let nobodys = Queue::in_memory().handle::<Greet>(TaskId::new());
    /// assert!(matches!(nobodys.status().await, Err(QueueError::UnknownTask(_))));
    /// # }
    /// ```
    pub fn handle<T: Task>(&self, id: TaskId) -> Handle<T> {
        Handle { queue: self.clone(), id, task: PhantomData }
    }

    /// The dead: tasks that failed for good, of all names.
    ///
    /// See [`DeadLetters`].
    pub fn dead(&self) -> DeadLetters {
        DeadLetters { queue: self.clone(), which: Selection::default() }
    }

    /// How many tasks there are that have not ended well, by name: of 10,000 names at most, the first
    /// ones in their order.
    ///
    /// # Errors
    ///
    /// [`QueueError::Unavailable`] if the engine does not answer.
    ///
    /// ```
    /// # use persevere::tasks::{Queue, QueueError};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), QueueError> {
    /// assert!(Queue::in_memory().stats().await?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stats(&self) -> Result<Vec<TaskStats>, QueueError> {
        self.engine.stats().await
    }

    /// The ids of tasks of that kind that wait, first the one that is due first; 1,000 at most.
    ///
    /// # Errors
    ///
    /// [`QueueError::Unavailable`] if the engine does not answer.
    pub async fn waiting<T: Task>(&self) -> Result<Vec<Handle<T>>, QueueError> {
        let waiting = self.engine.waiting(&names::<T>(), LISTED).await?;
        Ok(waiting.into_iter().map(|id| self.handle(id)).collect())
    }

    /// The arguments of tasks of that kind that wait, first those due first: 1,000 at most, and no more
    /// than 16 MiB of them. This is for tests.
    ///
    /// # Errors
    ///
    /// [`QueueError::Json`] if arguments cannot be read; [`QueueError::Unavailable`] if the engine
    /// does not answer.
    pub async fn enqueued<T: Task>(&self) -> Result<Vec<T>, QueueError> {
        let ids = self.engine.waiting(&names::<T>(), LISTED).await?;
        let looks = self.engine.look_within(&ids, LISTED_BYTES).await?;
        let waiting = looks.into_iter().filter(|look| matches!(look.state, State::Waiting { .. }));
        let read = waiting.map(|look| {
            T::read(look.row.version, &look.row.args).map_err(|source| QueueError::Json {
                task: look.row.task,
                what: "arguments",
                source,
            })
        });
        read.collect()
    }
}

/// How many tasks a list has at most, unless the caller says otherwise.
const LISTED: usize = 1_000;

/// How much of what is stored of tasks a list reads at once, in bytes.
const LISTED_BYTES: u64 = 16 * 1_024 * 1_024;
