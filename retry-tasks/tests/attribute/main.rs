//! `#[task]`: a function that a worker runs.

#![allow(clippy::unused_async, reason = "bodies that await nothing are tasks, too")]

mod arguments;
mod blocking;
mod fields;
mod hooks;
mod judging;
mod layers;
mod rows;
mod switches;
mod upstream;

use std::time::Duration;

use persevere::tasks::{Queue, Run, Worker};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Runs what is in the queue, with that state.
pub(crate) async fn run<T: Run<S>, S: Send + Sync + 'static>(queue: &Queue, state: S) {
    Worker::new(queue, state).task::<T>().run_until_idle().await.unwrap();
}
