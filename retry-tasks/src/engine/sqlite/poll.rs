//! Learning what other processes have changed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::query_scalar;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::time::sleep;

use super::open::Line;
use crate::engine::Result;
use crate::engine::clock::Clock;
use crate::engine::wake::Waker;

/// How often the file's version is asked for, which takes a few microseconds.
const PAUSE: Duration = Duration::from_millis(5);

/// How long to wait after the file could not be asked.
const AFTER_ERROR: Duration = Duration::from_secs(1);

/// Wakes who waits for a change, of this process or of another.
#[derive(Debug)]
pub(super) struct Polled {
    pub(super) waker: Waker,
    line: Line,
    is_started: AtomicBool,
}

impl Polled {
    pub(super) fn new(options: &SqliteConnectOptions) -> Self {
        let is_started = AtomicBool::new(false);
        Self { waker: Waker::new(), line: Line::new(options, Clock::Wall), is_started }
    }

    /// Begins to ask, unless it asks already. It ends with the engine.
    pub(super) fn start(polled: &Arc<Self>) {
        if !polled.is_started.swap(true, Ordering::Relaxed) {
            tokio::spawn(poll(Arc::downgrade(polled)));
        }
    }

    /// A number that changes with each transaction of another connection.
    async fn version(&self) -> Result<i64> {
        let mut locked = self.line.lock().await?;
        let version = query_scalar("PRAGMA data_version").fetch_one(locked.connection()).await;
        locked.outcome(version)
    }
}

async fn poll(polled: Weak<Polled>) {
    let mut seen = None;
    while let Some(polled) = polled.upgrade() {
        let pause = match polled.version().await {
            Ok(version) => {
                if seen.replace(version).is_some_and(|seen| seen != version) {
                    polled.waker.wake();
                }
                PAUSE
            }
            Err(_) => AFTER_ERROR, // those who lease say so
        };
        drop(polled);
        sleep(pause).await;
    }
}
