//! Saying that a worker is there, for `stats` and for those who enqueue.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::engine::Engine;
use crate::engine::workers::{SAYS_SO, THERE};

/// How long a worker that ends takes at most to say so.
const GOODBYE: Duration = Duration::from_millis(150);

/// Says so again and again, until it is dropped.
pub(super) async fn announce(engine: Arc<dyn Engine>, worker: String, tasks: Vec<String>) {
    loop {
        if let Err(error) = engine.announce(&worker, &tasks, THERE).await {
            tracing::debug!(target: "persevere", "a worker could not say that it is there: {error}");
        }
        sleep(SAYS_SO).await;
    }
}

/// Says that the worker is gone. One that cannot say so is there until its time has passed.
pub(super) async fn withdraw(engine: &dyn Engine, worker: &str) {
    let _ = timeout(GOODBYE, engine.withdraw(worker)).await;
}
