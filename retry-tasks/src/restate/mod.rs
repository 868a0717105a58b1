//! [Restate](https://restate.dev) as the engine of durable tasks: for workers on many machines, which
//! Restate calls.
//!
//! A task is a workflow of Restate, named as the task and with the task's id as its key. An attempt is one
//! durable step of it, the wait before a retry is Restate's sleep, and the decision about a failure is
//! the same as for every other engine: policies, overrides, test switches, budgets, circuit breakers,
//! bulkheads, logs, metrics and observers. The decision is made within the step, so that Restate repeats
//! its result and not the decision: jitter is drawn once.
//!
//! ```no_run
//! use std::time::Duration;
//! use persevere::task;
//! use persevere::tasks::restate::{Queue, Worker};
//!
//! #[task]
//! async fn greet(name: String) -> std::io::Result<String> {
//!     Ok(format!("Hello, {name}"))
//! }
//!
//! /// The worker's program.
//! async fn work() -> Result<(), Box<dyn std::error::Error>> {
//!     let listener = tokio::net::TcpListener::bind("0.0.0.0:9080").await?;
//!     Worker::new(()).task::<Greet>().serve(listener, tokio::signal::ctrl_c()).await?;
//!     Ok(())
//! }
//!
//! /// The producer's program.
//! async fn produce() -> Result<(), Box<dyn std::error::Error>> {
//!     let queue = Queue::connect("http://localhost:8080", "http://localhost:9070").await?;
//!     queue.register("http://localhost:9080").await?; // once for each release of the worker
//!     let handle = queue.enqueue(Greet { name: "Ada".to_owned() }).await?;
//!     println!("{}", handle.wait(Duration::from_secs(60)).await?);
//!     Ok(())
//! }
//! ```
//!
//! # How it differs from rows in a database
//!
//! - Restate calls the worker, so the worker listens, and its address is [registered](Queue::register).
//!   A worker that is away is called again, every 5 seconds after a while, for as long as it takes.
//! - Times are those of the machines: when a task is due, and whether its deadline has passed, is
//!   compared between the producer's clock and the worker's, and Restate wakes a task by its own clock.
//!   Keep the clocks in step.
//! - A worker that is lost in mid-attempt is noticed by the next one, which finds its name written before
//!   the attempt, and counts a crash. A worker that was lost in the milliseconds before the body began is
//!   counted, too. A connection to Restate that is lost drops the attempt, and the same worker makes it
//!   again, which counts as nothing.
//! - [`Handle::cancel`] does not drop an attempt that runs, and leaves no trace of a task that had not
//!   begun.
//! - A checkpoint is stored with the end of its attempt, and survives a failure and a shutdown. A worker that
//!   is given Restate's address by [`Worker::checkpoints`] stores each at once: then it survives the loss of
//!   the worker, too.
//! - Restate has no priorities, and takes one task at a time: a task's priority is passed over, and there
//!   is no `enqueue_all` and no `in_transaction`.
//! - A [unique](Enqueue::unique) task needs a worker of it that runs when it is enqueued: an object of
//!   Restate, named as the task with `.keeper` behind it, has the keys, and the worker serves it. There is no
//!   `unique_until_started`, and a task that follows another one by `then` cannot be unique: the other one
//!   fails for good, with an error that says so.
//! - [`KEEP`](crate::Task::KEEP) is also how long a task that died is kept. The dead are listed by Restate,
//!   as invocations that failed, and not by [`DeadLetters`](crate::DeadLetters); each one's message is its
//!   reason and its error.
//! - Each change of a task's state is logged, and ends and latencies are measured, as elsewhere; the gauges of
//!   tasks that wait are Restate's own. A trace context is not stored.
//! - A task stored with the end of another one waits until a worker for it is registered, and so does the
//!   end of that other one.
//! - Arguments of a later version than a worker reads, or a task that it does not know, have Restate call
//!   again until a later release answers at that address.
//!
//! Tests of your own need no server: run the same task in memory, by [`Queue`](crate::Queue::in_memory) and
//! [`Worker`](crate::Worker).

mod discovery;
mod enqueue;
mod handle;
mod http;
mod invocation;
mod keeper;
mod keys;
mod queue;
mod service;
mod serving;
mod step;
mod worker;
mod written;

pub use self::enqueue::Enqueue;
pub use self::handle::Handle;
pub use self::queue::Queue;
pub use self::worker::Worker;

/// The engine's name, for errors.
const NAME: &str = "Restate";
