//! Durable tasks of [`persevere`](https://docs.rs/persevere): a retry whose memory is a row.
//!
//! Use the `persevere` crate with its feature `tasks`, which re-exports this one.
//!
//! A task runs at least once, never exactly once: a worker that is lost in mid-task has its task run
//! again. Its [`TaskId`] is the same for every attempt, and so is the idempotency key for the other
//! side.
//!
//! The program `persevere-tasks` shows and mends a queue from the command line:
//!
//! ```sh
//! cargo install persevere-tasks --features cli
//! export PERSEVERE_QUEUE=tasks.db # or a URL such as postgres://app:secret@localhost/shop
//! persevere-tasks stats
//! persevere-tasks dead --because exhausted --since 2h
//! persevere-tasks show 01976d1e-8f4a-7c1b-9f0e-3b2a1c4d5e6f --args
//! persevere-tasks requeue --task send_mail --because exhausted
//! persevere-tasks --json tasks --state running
//! ```
//!
//! Data flows one way: a [`NewRow`](engine::NewRow) is stored by an [`Engine`](engine::Engine), which
//! gives leases of it; the queue is in front of the engine, and workers in front of the queue.

// docs.rs names the features that an item needs beside it.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod row;

pub mod engine;

mod events;

mod queue;

mod provide;

#[cfg(feature = "restate")]
pub mod restate;

mod worker;

#[doc(hidden)]
pub mod generated;
#[cfg(feature = "sqlite")]
pub mod testing;

pub use crate::engine::{Cancelled, QueueError};
#[cfg(feature = "metrics")]
pub use crate::events::metrics;
pub use crate::provide::Provide;
pub use crate::queue::Queue;
pub use crate::queue::dead::{Dead, DeadLetters};
pub use crate::queue::enqueue::Enqueue;
pub use crate::queue::handle::{Handle, Status, WaitError};
pub use crate::row::history::{Attempts, FailedAttempt};
pub use crate::worker::failure::Failure;
pub use crate::worker::registered::TaskOptions;
pub use crate::worker::run::Run;
pub use crate::worker::{Ended, Worker};
pub use persevere_core::task::{
    CheckpointError, Delivery, InvalidTaskId, NewTask, Priority, Task, TaskId, Then,
};
