//! [`Run`]: what a worker calls of a task.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use persevere_core::driver::Driver;
use persevere_core::{Attempt, Bulkhead, CircuitBreaker, Verdict};

use crate::row::Row;
use crate::row::id::TaskId;
use crate::task::Task;

/// How a worker runs a task whose state is an `S`, and how the task's failures are retried.
///
/// ```
/// use persevere_core::driver::Driver;
/// use persevere_core::{Policy, Verdict};
/// use persevere_tasks::{Delivery, Run, Task};
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
///     type Error = String;
///
///     fn driver() -> Driver {
///         Driver::named(Self::NAME, Policy::DEFAULT)
///     }
///
///     async fn run(self, _: &(), delivery: &Delivery) -> Result<usize, String> {
///         match self.name.len() {
///             0 => Err(format!("nobody to greet, the {}th time", delivery.attempt().number())),
///             letters => Ok(letters),
///         }
///     }
///
///     fn judge(_: &String) -> Verdict {
///         Verdict::PERMANENT
///     }
/// }
/// # let _ = Greet::driver();
/// ```
pub trait Run<S>: Task {
    /// What its attempts fail with. Its text is stored.
    type Error: fmt::Display + Send;

    /// How often an attempt may take its worker with it before the task is given up, as
    /// [`WorkerLost`](persevere_core::engine::GiveUp::WorkerLost).
    const MAX_CRASHES: u32 = 3;

    /// The longest that an attempt may take.
    const TIMEOUT: Option<Duration> = None;

    /// Its policy, budget and deadline, which is counted from when the task was first due.
    fn driver() -> Driver;

    /// The breaker of what the task calls. While it is open, the task is put off, and no retry is used.
    fn breaker() -> Option<&'static CircuitBreaker> {
        None
    }

    /// The bulkhead that its attempts share with others. While it is full, the task is put off, and no
    /// retry is used.
    fn bulkhead() -> Option<&'static Bulkhead> {
        None
    }

    /// One attempt.
    fn run(
        self,
        state: &S,
        delivery: &Delivery,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;

    /// Whether trying again after that error can help.
    fn judge(error: &Self::Error) -> Verdict;
}

/// What an attempt knows of the task that it is made for.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub(super) attempt: Arc<Attempt>,
    pub(super) id: TaskId,
    pub(super) queue: String,
    pub(super) enqueued: SystemTime,
    pub(super) crashes: u32,
    pub(super) failures: u32,
}

impl Delivery {
    pub(super) fn of(row: &Row, attempt: Arc<Attempt>) -> Self {
        Self {
            attempt,
            id: row.id,
            queue: row.queue.clone(),
            enqueued: row.enqueued,
            crashes: row.progress.crashes,
            failures: row.progress.failures,
        }
    }

    /// The attempt that runs: which one it is, how much time is left, and what should follow.
    #[must_use]
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The task's id.
    #[must_use]
    pub const fn id(&self) -> TaskId {
        self.id
    }

    /// The same text for every attempt of the task, for the other side to know it by.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        self.id.to_string()
    }

    /// The queue that the task was enqueued in.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// When it was stored, by the engine's clock.
    #[must_use]
    pub const fn enqueued(&self) -> SystemTime {
        self.enqueued
    }

    /// How often its worker was lost during an attempt.
    #[must_use]
    pub const fn crashes(&self) -> u32 {
        self.crashes
    }

    /// How many of its attempts have failed.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}
