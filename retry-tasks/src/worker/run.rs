//! [`Run`]: what a worker calls of a task.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use persevere_core::driver::Driver;
use persevere_core::task::Task;
use persevere_core::{Attempt, Bulkhead, CircuitBreaker, Verdict};

/// How a worker runs a task whose state is an `S`, and how the task's failures are retried.
///
/// ```
/// use persevere_core::driver::Driver;
/// use persevere_core::{Attempt, Policy, Verdict};
/// use persevere_tasks::{Run, Task};
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
///     async fn run(self, _: &(), attempt: &Attempt) -> Result<usize, String> {
///         match self.name.len() {
///             0 => Err(format!("nobody to greet, the {}th time", attempt.number())),
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

    /// One attempt, which knows its task by [`Attempt::delivery`].
    fn run(
        self,
        state: &S,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;

    /// Whether trying again after that error can help.
    fn judge(error: &Self::Error) -> Verdict;
}
