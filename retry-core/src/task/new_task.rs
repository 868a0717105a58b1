//! [`NewTask`]: a task on its way into a queue.

use std::time::{Duration, SystemTime};

use super::{Key, Payload, Priority, Task};

/// When a task is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// That long after it is stored, by the engine's clock.
    In(Duration),
    /// At that time.
    At(SystemTime),
}

/// A task on its way into a queue, and how it is to run. Nothing has been checked yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewTask {
    /// The task's name.
    pub task: &'static str,
    /// The version of its arguments.
    pub version: u32,
    /// The queue, a label for people.
    pub queue: &'static str,
    /// Its arguments, or why they cannot be written.
    pub args: serde_json::Result<Payload>,
    /// Its place among those that are due.
    pub priority: Priority,
    /// When it is due.
    pub due: Due,
    /// What keeps others away.
    pub key: Option<Key>,
    /// From when it is due, the span within which it must begin.
    pub start_within: Option<Duration>,
    /// From when it is due, the span within which all its attempts lie.
    pub deadline: Option<Duration>,
}

impl NewTask {
    /// A task that is due now, and runs as its type says.
    ///
    /// ```
    /// use persevere_core::task::{NewTask, Priority, Task};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct Greet {
    ///     name: String,
    /// }
    ///
    /// impl Task for Greet {
    ///     type Output = usize;
    ///     const NAME: &'static str = "greet";
    ///     const PRIORITY: Priority = Priority::High;
    /// }
    ///
    /// let new = NewTask::of(&Greet { name: "Ada".to_owned() });
    /// assert_eq!((new.task, new.priority), ("greet", Priority::High));
    /// assert_eq!(new.args.unwrap().as_str(), r#"{"name":"Ada"}"#);
    /// ```
    pub fn of<T: Task>(task: &T) -> Self {
        Self {
            task: T::NAME,
            version: T::VERSION,
            queue: T::QUEUE,
            args: Payload::of(task),
            priority: T::PRIORITY,
            due: Due::In(Duration::ZERO),
            key: task.unique(),
            start_within: None,
            deadline: None,
        }
    }
}
