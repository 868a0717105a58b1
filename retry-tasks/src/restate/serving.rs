//! [`Serving`]: what all invocations of a worker share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Queue;
use super::enqueue::following;
use crate::queue::MAX_ARGS;
use crate::worker::attempt::Rows;
use crate::worker::held::Order;
use crate::worker::registered::Registered;
use crate::{Ended, TaskId};

/// What all invocations of a worker share.
pub(super) struct Serving<S> {
    /// Another one at each start.
    pub(super) worker: String,
    pub(super) state: Arc<S>,
    /// What tasks that follow others are stored as.
    pub(super) rows: Rows,
    /// Where checkpoints are kept before the end of their attempt.
    pub(super) checkpoints: Option<Queue>,
    slots: Arc<Semaphore>,
    /// One task at a time that has crashed a worker before: so that one which kills its worker takes
    /// none of its kind with it.
    suspects: Arc<Semaphore>,
    order: watch::Sender<Order>,
    invocations: watch::Sender<u64>,
    released: AtomicU64,
}

/// What an attempt holds while it runs.
#[derive(Debug)]
pub(super) struct Slot {
    _worker: OwnedSemaphorePermit,
    _task: Option<OwnedSemaphorePermit>,
    _suspect: Option<OwnedSemaphorePermit>,
}

/// Counts an invocation until it is dropped.
pub(super) struct Counted<'a>(&'a watch::Sender<u64>);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl<S> Serving<S> {
    pub(super) fn new(state: Arc<S>, concurrency: usize, checkpoints: Option<Queue>) -> Self {
        Self {
            worker: format!("{}-{}", std::process::id(), TaskId::new()),
            state,
            rows: Arc::new(|new| following(new, MAX_ARGS)),
            checkpoints,
            slots: Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS))),
            suspects: Arc::new(Semaphore::new(1)),
            order: watch::Sender::new(Order::GoOn),
            invocations: watch::Sender::new(0),
            released: AtomicU64::new(0),
        }
    }

    /// A slot for an attempt, once one is free; `None` if the worker is to begin nothing more.
    pub(super) async fn slot(&self, task: &TaskSlots, is_suspect: bool) -> Option<Slot> {
        let all = async {
            let suspect = if is_suspect {
                Some(Arc::clone(&self.suspects).acquire_owned().await.ok()?)
            } else {
                None
            };
            let task = match &task.0 {
                Some(slots) => Some(Arc::clone(slots).acquire_owned().await.ok()?),
                None => None,
            };
            let worker = Arc::clone(&self.slots).acquire_owned().await.ok()?;
            Some(Slot { _worker: worker, _task: task, _suspect: suspect })
        };
        tokio::select! {
            biased;
            () = self.ordered(Order::Finish) => None,
            slot = all => slot,
        }
    }

    pub(super) fn order(&self, order: Order) {
        self.order.send_replace(order);
    }

    /// Waits for the order `least`, or one that outweighs it.
    pub(super) async fn ordered(&self, least: Order) {
        let mut orders = self.order.subscribe();
        let _ = orders.wait_for(|order| *order >= least).await;
    }

    pub(super) fn ends(&self) -> bool {
        *self.order.borrow() >= Order::Finish
    }

    /// Counts one more invocation; `None` if the worker is to begin nothing more.
    pub(super) fn count(&self) -> Option<Counted<'_>> {
        if self.ends() {
            return None;
        }
        self.invocations.send_modify(|count| *count += 1);
        Some(Counted(&self.invocations))
    }

    /// Waits until there is no invocation.
    pub(super) async fn idle(&self) {
        let mut invocations = self.invocations.subscribe();
        let _ = invocations.wait_for(|count| *count == 0).await;
    }

    pub(super) fn release(&self) {
        self.released.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn ended(&self) -> Ended {
        Ended {
            released: self.released.load(Ordering::Relaxed),
            abandoned: *self.invocations.borrow(),
        }
    }
}

/// The slots of one task, where it has a limit of its own.
pub(super) struct TaskSlots(Option<Arc<Semaphore>>);

impl TaskSlots {
    pub(super) fn of<S>(task: &Registered<S>) -> Self {
        let limit = task.concurrency;
        let is_limited = limit <= Semaphore::MAX_PERMITS;
        Self(is_limited.then(|| Arc::new(Semaphore::new(limit))))
    }
}
