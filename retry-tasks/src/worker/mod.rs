//! [`Worker`]: leases tasks, runs them, and writes what became of them.

pub(crate) mod asked_again;
pub(crate) mod attempt;
mod checkpoints;
mod cron;
mod delivery;
pub(crate) mod failure;
mod heart;
pub(crate) mod held;
mod leasing;
mod presence;
pub(crate) mod registered;
pub(crate) mod run;
mod running;
mod schedule;
mod settling;

use std::collections::HashSet;
use std::fmt;
use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use self::held::Leaseholder;
use self::registered::{Registered, TaskOptions};
use self::run::Run;
use self::running::{Aborting, Running};
use self::schedule::Schedule;
use crate::TaskId;
use crate::engine::QueueError;
use crate::engine::workers::Present;
use crate::events::trace::Parent;
use crate::queue::Queue;

/// Runs a queue's tasks, with a state that they share.
///
/// ```
/// use persevere::tasks::{Queue, Worker};
/// use persevere::{Attempt, task};
///
/// /// What all tasks share.
/// struct App {
///     greeting: &'static str,
/// }
///
/// #[task(on = _)]
/// async fn greet(app: &App, attempt: &Attempt, name: String) -> Result<String, String> {
///     if attempt.is_first() {
///         return Err("too shy".to_owned());
///     }
///     Ok(format!("{}, {name}", app.greeting))
/// }
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let queue = Queue::in_memory();
/// let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).await?;
/// Worker::new(&queue, App { greeting: "Hello" }).task::<Greet>().run_until_idle().await?;
/// assert_eq!(handle.wait(std::time::Duration::from_secs(1)).await?, "Hello, Ada");
/// # Ok(())
/// # }
/// ```
#[must_use = "a worker does nothing until it runs"]
pub struct Worker<S> {
    queue: Queue,
    state: Arc<S>,
    tasks: Vec<Arc<Registered<S>>>,
    schedules: Vec<Schedule>,
    trace_parent: Option<Parent>,
    concurrency: usize,
    max_inline_wait: Duration,
    heartbeat: Duration,
    lost_after: u32,
    drain: Duration,
}

/// What a worker did until its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// How many tasks it gave back in mid-attempt, since they did not end within the drain.
    pub released: u64,
    /// How many tasks it still held when it returned, since their end could not be written: they are
    /// due again when their leases run out.
    pub abandoned: u64,
}

/// What is there beside a worker that runs, until it is dropped.
struct Beside {
    _tasks: [Aborting; 2],
    _present: Present,
}

impl<S: Send + Sync + 'static> Worker<S> {
    /// A worker for that queue's tasks: each is to be named by [`task`](Self::task).
    pub fn new(queue: &Queue, state: S) -> Self {
        Self {
            queue: queue.clone(),
            state: Arc::new(state),
            tasks: Vec::new(),
            schedules: Vec::new(),
            trace_parent: None,
            concurrency: 16,
            max_inline_wait: Duration::from_secs(1),
            heartbeat: Duration::from_secs(5),
            lost_after: 3,
            drain: Duration::from_secs(25),
        }
    }

    /// Runs tasks of that kind, too.
    pub fn task<T: Run<S>>(self) -> Self {
        self.task_with::<T>(|options| options)
    }

    /// As [`task`](Self::task), with options of its own, such as `|t| t.concurrency(4)`.
    pub fn task_with<T: Run<S>>(
        mut self,
        options: impl FnOnce(TaskOptions) -> TaskOptions,
    ) -> Self {
        self.tasks.push(Arc::new(Registered::new::<T>(options(TaskOptions::DEFAULT))));
        self
    }

    /// The largest number of tasks at a time: 16 by default, and at least 1.
    pub fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency: concurrency.max(1), ..self }
    }

    /// The longest wait for a retry that is made here, the lease kept: 1 s, unless said. Longer ones are
    /// the queue's, which frees the worker.
    pub fn max_inline_wait(self, span: Duration) -> Self {
        Self { max_inline_wait: span, ..self }
    }

    /// How often a lease is renewed, and after how many heartbeats that did not come the worker counts
    /// as lost: every 5 s and after 3, unless said.
    pub fn lease(self, heartbeat: Duration, lost_after: u32) -> Self {
        Self { heartbeat: heartbeat.max(Duration::from_millis(1)), lost_after, ..self }
    }

    /// How long attempts may go on once the worker is to end: 25 s, unless said.
    pub fn drain(self, span: Duration) -> Self {
        Self { drain: span, ..self }
    }

    /// What makes the span that enqueued a task the parent of its attempts' span: `hook` gets an
    /// attempt's span, and W3C's `traceparent` that a [queue](Queue::trace_context) stored. An attempt
    /// runs in a span named `task`, of the level INFO and the target `persevere`, with the fields `task`,
    /// `id`, `attempt`, and `traceparent` if it is known.
    ///
    /// ```
    /// # use persevere::tasks::{Queue, Worker};
    /// # let queue = Queue::in_memory();
    /// let worker = Worker::new(&queue, ()).trace_parent(|span, traceparent| {
    ///     // With `OpenTelemetry`: `span.set_parent(context)`, with the context that its
    ///     // `TraceContextPropagator` extracts.
    ///     println!("{span:?} belongs to {traceparent}");
    /// });
    /// # let _ = worker;
    /// ```
    pub fn trace_parent(self, hook: impl Fn(&tracing::Span, &str) + Send + Sync + 'static) -> Self {
        Self { trace_parent: Some(Parent::new(hook)), ..self }
    }

    /// Runs tasks until `shutdown` is ready, or that of the process [begins](persevere_core::shutdown()). Then none is begun; those that wait are returned at once,
    /// attempts have the [drain](Self::drain) to end, and are then dropped and returned without a penalty. It
    /// returns within a second after that.
    ///
    /// An engine that does not answer is asked again, for as long as it takes.
    ///
    /// # Errors
    ///
    /// [`QueueError::TwoTasks`] at once, if two of its tasks have a name in common;
    /// [`QueueError::Schedule`] if a schedule cannot be kept, or two have one name.
    pub async fn run_until(self, shutdown: impl Future) -> Result<Ended, QueueError> {
        let shutdown = async {
            tokio::select! {
                _ = shutdown => {}
                () = persevere_core::shutdown().begun() => {}
            }
        };
        self.run(shutdown, false).await
    }

    /// Runs tasks until none of these kinds is due, waits, or runs here: for tests.
    ///
    /// # Errors
    ///
    /// As [`run_until`](Self::run_until).
    pub async fn run_until_idle(self) -> Result<Ended, QueueError> {
        self.run(pending::<()>(), true).await
    }

    /// Runs the task that is to begin first, of those that are due, until it has ended or is due later;
    /// returns its id, or `None` if none is due: for tests.
    ///
    /// # Errors
    ///
    /// As [`run_until`](Self::run_until).
    ///
    /// ```
    /// # use persevere::task;
    /// # use persevere::tasks::{Queue, Worker};
    /// # #[task(on = _)]
    /// # async fn greet(name: String) -> Result<usize, String> { Ok(name.len()) }
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), persevere::tasks::QueueError> {
    /// let queue = Queue::in_memory();
    /// let names = ["Ada", "Bob"].map(str::to_owned);
    /// let handles = queue.enqueue_all(names.map(|name| Greet { name })).await?;
    /// let worker = || Worker::new(&queue, ()).task::<Greet>();
    /// assert_eq!(worker().run_one().await?, Some(handles[0].id()));
    /// assert_eq!(queue.enqueued::<Greet>().await?[0].name, "Bob"); // it still waits
    /// assert_eq!(worker().run_one().await?, Some(handles[1].id()));
    /// assert_eq!(worker().run_one().await?, None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run_one(self) -> Result<Option<TaskId>, QueueError> {
        let (running, _beside) = self.concurrency(1).start()?;
        Ok(leasing::run_one(&running).await)
    }

    async fn run(mut self, shutdown: impl Future, until_idle: bool) -> Result<Ended, QueueError> {
        let drain = self.drain;
        let schedules = schedule::checked(std::mem::take(&mut self.schedules))?;
        let (running, _beside) = self.start()?;
        let names: Vec<_> = running.tasks.iter().flat_map(|task| task.names.clone()).collect();
        let announcing = presence::announce(running.engine().clone(), running.name.clone(), names);
        let announcing = Aborting(tokio::spawn(announcing));
        let kept = schedules.into_iter().map(|kept| kept.keep(running.queue.clone()));
        #[cfg(feature = "metrics")]
        let _watch = Aborting(tokio::spawn(crate::events::metrics::watch(running.queue.clone())));
        let _schedules: Vec<_> = kept.map(|kept| Aborting(tokio::spawn(kept))).collect();
        let ended = leasing::run(&running, shutdown, until_idle, drain).await;
        drop(announcing);
        presence::withdraw(&**running.engine(), &running.name).await;
        Ok(ended)
    }

    /// The worker, and what runs beside it until it is dropped.
    fn start(self) -> Result<(Arc<Running<S>>, Beside), QueueError> {
        let mut names = HashSet::new();
        for name in self.tasks.iter().flat_map(|task| &task.names) {
            if !names.insert(name) {
                return Err(QueueError::TwoTasks { task: name.clone() });
            }
        }
        let queue = self.queue.clone();
        let (endings, to_settle) = mpsc::unbounded_channel();
        let running = Arc::new(Running {
            rows: Arc::new(move |new| queue.row(new)),
            queue: self.queue,
            name: format!("{}-{}", std::process::id(), TaskId::new()),
            state: self.state,
            tasks: self.tasks,
            trace_parent: self.trace_parent,
            concurrency: self.concurrency,
            max_inline_wait: self.max_inline_wait,
            heartbeat: self.heartbeat,
            lost_after: self.lost_after,
            leases: Leaseholder::default(),
            released: AtomicU64::new(0),
            endings,
            freed: Notify::new(),
        });
        let heart = tokio::spawn(heart::beat(Arc::clone(&running)));
        let settling = tokio::spawn(settling::run(Arc::clone(&running), to_settle));
        let names = running.tasks.iter().flat_map(|task| task.names.clone()).collect();
        let present = running.engine().workers().enter(&running.name, names);
        Ok((running, Beside { _tasks: [heart, settling].map(Aborting), _present: present }))
    }
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("queue", &self.queue)
            .field("tasks", &self.tasks)
            .field("schedules", &self.schedules)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}
