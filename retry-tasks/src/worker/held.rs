//! [`Leaseholder`]: the leases that a worker holds, and what it says to the deliveries behind them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::engine::{Held, Leased};

/// What a delivery is to do. A later one of these outweighs those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    /// To go on.
    GoOn,
    /// To begin nothing more: the worker shuts down.
    Finish,
    /// To drop what runs and give the task back.
    Release,
    /// To drop what runs, since the task was cancelled.
    Cancel,
    /// To drop what runs: the lease is over.
    Lost,
}

#[derive(Debug)]
struct Delivering {
    order: watch::Sender<Order>,
    /// Whether the task has crashed a worker before.
    is_suspect: bool,
    /// Whether all that is left to do is to write what became of it.
    has_ended: bool,
}

/// The leases that a worker holds.
#[derive(Debug, Default)]
pub(super) struct Leaseholder(Mutex<HashMap<Held, Delivering>>);

impl Leaseholder {
    fn lock(&self) -> MutexGuard<'_, HashMap<Held, Delivering>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more is held, until it is [let go](Self::let_go).
    pub(super) fn hold(&self, leased: &Leased) -> watch::Receiver<Order> {
        let (order, orders) = watch::channel(Order::GoOn);
        let is_suspect = leased.row.progress.crashes > 0;
        self.lock().insert(leased.held(), Delivering { order, is_suspect, has_ended: false });
        orders
    }

    pub(super) fn let_go(&self, held: Held) {
        self.lock().remove(&held);
    }

    pub(super) fn all(&self) -> Vec<Held> {
        self.lock().keys().copied().collect()
    }

    /// All that is left to do is to write what became of it: it needs no slot any more.
    pub(super) fn has_ended(&self, held: Held) {
        if let Some(delivering) = self.lock().get_mut(&held) {
            delivering.has_ended = true;
        }
    }

    /// The number of free slots. Where the engine is slow in writing, no more leases are held than
    /// twice that number.
    pub(super) fn room(&self, slots: usize) -> usize {
        let leases = self.lock();
        let running = leases.values().filter(|delivering| !delivering.has_ended).count();
        slots.saturating_sub(running).min((slots * 2).saturating_sub(leases.len()))
    }

    pub(super) fn count(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn holds_a_suspect(&self) -> bool {
        self.lock().values().any(|delivering| delivering.is_suspect)
    }

    /// Gives an order to one delivery, if it still is one.
    pub(super) fn order(&self, held: Held, order: Order) {
        if let Some(delivering) = self.lock().get(&held) {
            delivering.give(order);
        }
    }

    /// Gives an order to all.
    pub(super) fn order_all(&self, order: Order) {
        for delivering in self.lock().values() {
            delivering.give(order);
        }
    }
}

impl Delivering {
    fn give(&self, order: Order) {
        self.order.send_if_modified(|current| {
            let outweighs = order > *current;
            if outweighs {
                *current = order;
            }
            outweighs
        });
    }
}
