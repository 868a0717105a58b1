//! [`Worker`]: serves tasks to Restate.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use restate_sdk::discovery::ServiceName;
use restate_sdk::endpoint::{Builder, Endpoint};
use restate_sdk::http_server::HttpServer;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::serving::{Serving, TaskSlots};
use super::{Queue, keeper, service};
use crate::engine::QueueError;
use crate::worker::held::Order;
use crate::worker::registered::Registered;
use crate::{Ended, Run, TaskOptions};

/// How long the last steps have to be written once all attempts have been dropped.
const LAST_WRITES: Duration = Duration::from_millis(400);

/// Runs the tasks that Restate sends here, with a state that they share.
///
/// ```no_run
/// use persevere::tasks::restate::{Queue, Worker};
/// use persevere::{Attempt, task};
///
/// #[task]
/// async fn greet(attempt: &Attempt, name: String) -> std::io::Result<String> {
///     Ok(format!("Hello, {name}, from attempt {}", attempt.number()))
/// }
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:9080").await?;
/// let serving = Worker::new(()).task::<Greet>().serve(listener, tokio::signal::ctrl_c());
///
/// // Once per release of the worker, here or by `restate deployments register`:
/// let registering = async {
///     let queue = Queue::connect("http://localhost:8080", "http://localhost:9070").await?;
///     queue.register("http://localhost:9080").await
/// };
/// tokio::try_join!(serving, registering)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a worker does nothing until it serves"]
pub struct Worker<S> {
    state: Arc<S>,
    tasks: Vec<Arc<Registered<S>>>,
    concurrency: usize,
    checkpoints: Option<Queue>,
    drain: Duration,
}

impl<S: Send + Sync + 'static> Worker<S> {
    /// A worker without tasks: each is to be named by [`task`](Self::task).
    pub fn new(state: S) -> Self {
        Self {
            state: Arc::new(state),
            tasks: Vec::new(),
            concurrency: 16,
            checkpoints: None,
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

    /// The number of attempts that run at the same time: 16, unless set here, and at least 1. Others
    /// wait in this process, those that wait for a retry do not count.
    pub fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency: concurrency.max(1), ..self }
    }

    /// Has each checkpoint stored in Restate before the body goes on, so that it survives the loss of this
    /// worker: it is sent to that queue's address. Without this, a checkpoint is stored with the end of its
    /// attempt.
    ///
    /// ```no_run
    /// use persevere::tasks::restate::{Queue, Worker};
    ///
    /// # async fn start() -> Result<(), persevere::tasks::QueueError> {
    /// let queue = Queue::connect("http://localhost:8080", "http://localhost:9070").await?;
    /// let worker = Worker::new(()).checkpoints(&queue);
    /// # let _ = worker;
    /// # Ok(())
    /// # }
    /// ```
    pub fn checkpoints(self, queue: &Queue) -> Self {
        Self { checkpoints: Some(queue.clone()), ..self }
    }

    /// How long attempts may go on once the worker is to end: 25 s, unless set here.
    pub fn drain(self, span: Duration) -> Self {
        Self { drain: span, ..self }
    }

    /// Serves tasks on that listener until `shutdown` is ready. Then none is begun; those that wait are
    /// given back to Restate at once, attempts have the [drain](Self::drain) to end, and are then
    /// dropped and given back unpunished.
    ///
    /// Restate must [know](super::Queue::register) under which address it reaches the listener.
    ///
    /// # Errors
    ///
    /// [`QueueError::TwoTasks`] at once, if two of its tasks have a name in common;
    /// [`QueueError::ServiceName`], if one has a name that no service of Restate may have.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future,
    ) -> Result<Ended, QueueError> {
        let drain = self.drain;
        let (endpoint, serving) = self.bound(Endpoint::builder())?;
        let (stop, stopped) = oneshot::channel::<()>();
        let mut http = pin!(HttpServer::new(endpoint.build()).serve_with_cancel(listener, stopped));
        // Connections stay until the attempts have ended: Restate drops what runs on one that is closing.
        let ending = async {
            shutdown.await;
            serving.order(Order::Finish);
            if timeout(drain, serving.idle()).await.is_err() {
                serving.order(Order::Release);
                let _ = timeout(LAST_WRITES, serving.idle()).await;
            }
        };
        tokio::select! {
            () = &mut http => {}
            () = ending => {}
        }
        let ended = serving.ended();
        let _ = stop.send(());
        let _ = timeout(LAST_WRITES, http).await;
        Ok(ended)
    }

    /// Adds the tasks to an endpoint that has other services, too, or that is served in another way.
    /// Attempts then end with the process: [`serve`](Self::serve) lets them end first.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    ///
    /// ```
    /// use persevere::tasks::restate::Worker;
    /// use restate_sdk::endpoint::Endpoint;
    ///
    /// # fn main() -> Result<(), persevere::tasks::QueueError> {
    /// let endpoint = Worker::new(()).bind(Endpoint::builder())?.build();
    /// # let _ = endpoint;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bind(self, endpoint: Builder) -> Result<Builder, QueueError> {
        Ok(self.bound(endpoint)?.0)
    }

    fn bound(self, mut endpoint: Builder) -> Result<(Builder, Arc<Serving<S>>), QueueError> {
        let serving = Arc::new(Serving::new(self.state, self.concurrency, self.checkpoints));
        let mut names = HashSet::new();
        for task in self.tasks {
            let slots = Arc::new(TaskSlots::of(&task));
            for name in task.names.clone() {
                let service = service_name(&name)?;
                if !names.insert(name.clone()) {
                    return Err(QueueError::TwoTasks { task: name });
                }
                if !names.insert(keeper::name(&name)) {
                    return Err(QueueError::TwoTasks { task: keeper::name(&name) });
                }
                endpoint = endpoint.bind(service::definition(&serving, &task, &slots, service));
                endpoint = endpoint.bind(keeper::definition(&name)?);
            }
        }
        Ok((endpoint, serving))
    }
}

/// A task's name as that of a service.
pub(super) fn service_name(task: &str) -> Result<ServiceName, QueueError> {
    ServiceName::try_from(task).map_err(|_| QueueError::ServiceName { task: task.to_owned() })
}

impl<S> fmt::Debug for Worker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("tasks", &self.tasks)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}
