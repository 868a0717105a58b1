//! [`Running`]: a worker that runs, which its loop, its heartbeat and its deliveries share.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::attempt::Rows;
use super::heart;
use super::held::Leaseholder;
use super::registered::Registered;
use super::settling::Ending;
use crate::engine::{Engine, Settled, Settlement};
use crate::events::trace::Parent;
use crate::queue::Queue;

/// A task of tokio's that ends when this is dropped.
pub(super) struct Aborting(pub(super) JoinHandle<()>);

impl Drop for Aborting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A worker that runs.
pub(super) struct Running<S> {
    pub(super) queue: Queue,
    /// What tasks that follow others are stored as.
    pub(super) rows: Rows,
    /// Another one at each start.
    pub(super) name: String,
    pub(super) state: Arc<S>,
    pub(super) tasks: Vec<Arc<Registered<S>>>,
    pub(super) trace_parent: Option<Parent>,
    pub(super) concurrency: usize,
    pub(super) max_inline_wait: Duration,
    pub(super) heartbeat: Duration,
    pub(super) lost_after: u32,
    pub(super) leases: Leaseholder,
    pub(super) released: AtomicU64,
    pub(super) endings: mpsc::UnboundedSender<Ending>,
    /// A slot is free.
    pub(super) freed: Notify,
}

impl<S> Running<S> {
    pub(super) fn engine(&self) -> &Arc<dyn Engine> {
        self.queue.engine()
    }

    /// How long a lease lasts unless it is renewed.
    pub(super) fn lease_span(&self) -> Duration {
        heart::span(self.heartbeat, self.lost_after)
    }

    pub(super) fn released(&self) {
        self.released.fetch_add(1, Ordering::Relaxed);
    }

    /// Writes what became of a task, however often that must be tried.
    pub(super) async fn settle(&self, task: String, settlement: Settlement) -> Settled {
        self.leases.has_ended(settlement.held);
        self.freed.notify_one();
        let (written, settled) = oneshot::channel();
        let _ = self.endings.send(Ending { task, settlement, written });
        match settled.await {
            Ok(settled) => settled,
            Err(_) => pending().await, // the worker has ended, and drops this, too
        }
    }
}
