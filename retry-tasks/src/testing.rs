//! Queues for tests.
//!
//! A test enqueues, looks at what is [enqueued](Queue::enqueued), and runs it: one task by
//! [`Worker::run_one`](crate::Worker::run_one), all of them by
//! [`Worker::run_until_idle`](crate::Worker::run_until_idle). On tokio's paused clock the hours between
//! retries take no time. [`Queue::in_memory`] is the quickest; [`sqlite`] has the same test run over a
//! real file:
//!
//! ```
//! use persevere::{Attempt, task};
//!
//! #[task(
//!     on = _,
//!     base_delay = "1h",
//!     max_delay = "1h",
//!     max_retries = 3,
//! )]
//! async fn greet(attempt: &Attempt, name: String) -> Result<u32, String> {
//!     if attempt.is_last() { Ok(attempt.number()) } else { Err(format!("{name} is busy")) }
//! }
//!
//! use std::time::Duration;
//! use persevere::tasks::{Queue, Worker, testing};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("tasks.db");
//! let queue = testing::sqlite(file).await?; // or Queue::in_memory()
//! let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).await?;
//! assert_eq!(queue.enqueued::<Greet>().await?[0].name, "Ada");
//!
//! // It fails three times, and is retried after an hour each.
//! Worker::new(&queue, ()).task::<Greet>().run_until_idle().await?;
//! assert_eq!(handle.wait(Duration::from_secs(1)).await?, 4);
//! assert_eq!(handle.attempts().await?.iter().count(), 3);
//! # Ok(())
//! # }
//! ```

use std::path::Path;

use crate::engine::clock::Clock;
use crate::engine::sqlite::SqliteFile;
use crate::{Queue, QueueError};

/// A queue in a SQLite file, on tokio's clock, which a test may pause and advance. The file is made if
/// it is missing.
///
/// A paused clock stands still while the file is read or written, so that no timer is early. All queues
/// of a runtime share the clock. What another process does with the file is noticed late or never.
///
/// # Errors
///
/// As [`Queue::sqlite`].
pub async fn sqlite(path: impl AsRef<Path>) -> Result<Queue, QueueError> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    Ok(Queue::on(std::sync::Arc::new(SqliteFile::open(options, Clock::Tokio).await?)))
}
