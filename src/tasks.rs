//! Durable tasks: a retry whose memory is a row.
//!
//! A task runs at least once, never exactly once: a worker that is lost in mid-task has its task run
//! again. Its [`TaskId`] is the same for every attempt, and so is the [idempotency
//! key](crate::Attempt::delivery) for the other side.
//!
//! [`#[task]`](macro@crate::task) makes a task of a function: what the function owns is written to the
//! row, what it borrows, the worker brings. A [`Queue`] stores calls of it, in memory or in a database;
//! a [`Worker`] runs them, and makes its retries by the same rules as [`#[retry]`](macro@crate::retry).
//!
//! (The badges "crate feature `sqlite`", `postgres` and `restate` on these pages mean this crate's
//! `tasks-sqlite`, `tasks-postgres` and `tasks-restate`.)
//!
//! ```
//! use std::time::Duration;
//! use persevere::tasks::{Provide, Queue, Worker};
//! use persevere::{Attempt, task};
//!
//! #[derive(Debug)]
//! enum EvalError {
//!     Busy,
//! }
//!
//! struct Client;
//!
//! impl Client {
//!     async fn evaluate(&self, code: &str, key: &str) -> Result<usize, EvalError> {
//!         if key.is_empty() { Err(EvalError::Busy) } else { Ok(code.len()) }
//!     }
//! }
//!
//! #[derive(Provide)]
//! struct App {
//!     client: Client,
//! }
//!
//! #[task(
//!     queue = "evaluations",
//!     policy = "aggressive",
//!     on = EvalError::Busy,
//!     timeout = "30s",
//! )]
//! async fn evaluate_code(client: &Client, attempt: &Attempt, code: String) -> Result<usize, EvalError> {
//!     client.evaluate(&code, attempt.delivery().idempotency_key()).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let queue = Queue::in_memory();
//! let code = "1 + 1".to_owned();
//! let handle = queue.enqueue(EvaluateCode { code }).delay(Duration::from_secs(10)).await?;
//!
//! let worker = Worker::new(&queue, App { client: Client }).task::<EvaluateCode>();
//! worker.run_until_idle().await?;
//! let letters: usize = handle.wait(Duration::from_secs(60)).await?;
//! assert_eq!(letters, 5);
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "macros")]
pub use persevere_macros::Provide;
#[doc(inline)]
pub use persevere_tasks::*;
