//! What a durable task is, and what its body learns of it: the part of `persevere-tasks` that
//! [`Attempt::delivery`](crate::Attempt::delivery) needs. Queues and workers are there.

mod checkpoint;
mod delivery;
mod id;
mod key;
mod new_task;
mod payload;
mod then;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::checkpoint::CheckpointError;
#[doc(hidden)]
pub use self::checkpoint::{Checkpoints, Storing};
pub use self::delivery::Delivery;
#[doc(hidden)]
pub use self::delivery::Facts;
pub use self::id::{InvalidTaskId, TaskId};
pub use self::key::{Key, KeyUntil, Priority};
pub use self::new_task::{Due, NewTask};
pub use self::payload::Payload;
pub use self::then::Then;

/// A task: the arguments of a function that a worker calls, and what is known of the function.
///
/// It is written once and read by later releases, so its name and the form of its arguments stay.
///
/// ```
/// use persevere_core::task::Task;
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
/// assert_eq!((Greet::QUEUE, Greet::VERSION), ("default", 1));
/// assert!(Greet { name: "Ada".to_owned() }.unique().is_none());
/// ```
pub trait Task: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What the function returns when it succeeds.
    type Output: Serialize + DeserializeOwned + Send + 'static;

    /// Its name in rows.
    const NAME: &'static str;

    /// Names that it had in rows that are still to be run.
    const FORMERLY: &'static [&'static str] = &[];

    /// The queue, a label for people.
    const QUEUE: &'static str = "default";

    /// The version of the arguments' form.
    const VERSION: u32 = 1;

    /// Its place among tasks that are due.
    const PRIORITY: Priority = Priority::Normal;

    /// How long a task that is done or cancelled stays readable.
    #[allow(clippy::duration_suboptimal_units, reason = "Rust 1.85 has no `from_hours`")]
    const KEEP: Duration = Duration::from_secs(24 * 60 * 60);

    /// The key that one task of this name may have at a time.
    fn unique(&self) -> Option<Key> {
        None
    }

    /// Reads arguments of that version, [`VERSION`](Self::VERSION) or earlier.
    ///
    /// # Errors
    ///
    /// Where they are not of that form.
    fn read(version: u32, args: &Payload) -> serde_json::Result<Self> {
        let _ = version;
        args.read()
    }
}
