//! [`Run`]: what a worker calls of a task.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use persevere_core::driver::Driver;
use persevere_core::task::Task;
use persevere_core::{Attempt, Bulkhead, CircuitBreaker, Event, Upstream};

use super::failure::Failure;

/// How a worker runs a task whose state is an `S`, and how the task's failures are retried: what
/// `#[task]` writes.
///
/// ```
/// use std::sync::Arc;
/// use persevere::driver::Driver;
/// use persevere::tasks::{Failure, Run, Task};
/// use persevere::{Attempt, Policy, Verdict};
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
/// impl Run<()> for Greet {
///     fn driver() -> Driver {
///         Driver::named(Self::NAME, Policy::DEFAULT)
///     }
///
///     async fn run(self, _: &Arc<()>, attempt: &Arc<Attempt>) -> Result<usize, Failure> {
///         match self.name.len() {
///             0 => {
///                 let error = format!("nobody to greet in attempt {}", attempt.number());
///                 Err(Failure::new(Verdict::PERMANENT, error))
///             }
///             letters => Ok(letters),
///         }
///     }
/// }
/// # let _ = Greet::driver();
/// ```
pub trait Run<S>: Task {
    /// How often an attempt may take its worker with it before the task is given up, as
    /// [`WorkerLost`](persevere_core::engine::GiveUp::WorkerLost).
    const MAX_CRASHES: u32 = 3;

    /// Whether an attempt runs on a thread for blocking work, where nothing can cut it: neither
    /// [`timeout`](Self::timeout) nor the deadline.
    const IS_BLOCKING: bool = false;

    /// Its policy, budget and deadline, which is counted from when the task was first due.
    fn driver() -> Driver;

    /// The longest that an attempt may take.
    fn timeout() -> Option<Duration> {
        None
    }

    /// The breaker of what the task calls. While it is open, the task is put off, and no retry is used.
    fn breaker() -> Option<&'static CircuitBreaker> {
        None
    }

    /// The bulkhead that its attempts share with others. While it is full, the task is put off, and no
    /// retry is used.
    fn bulkhead() -> Option<&'static Bulkhead> {
        None
    }

    /// The upstream that its attempts call. While its rate has no turn within its `max_wait`, the task is put
    /// off, and no retry is used. Its other layers are [`breaker`](Self::breaker),
    /// [`bulkhead`](Self::bulkhead) and the driver's.
    fn upstream() -> Option<&'static Upstream> {
        None
    }

    /// What its events are about: the task's id in the queue, unless there is something better.
    fn id(&self) -> Option<String> {
        None
    }

    /// One attempt, which knows its task by [`Attempt::delivery`].
    fn run(
        self,
        state: &Arc<S>,
        attempt: &Arc<Attempt>,
    ) -> impl Future<Output = Result<Self::Output, Failure>> + Send;

    /// Hears of each retry, of the end after the last one, and of a success after retries.
    fn hear(event: &Event<'_>) -> impl Future<Output = ()> + Send {
        let _ = event;
        std::future::ready(())
    }
}
