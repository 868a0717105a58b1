//! One delivery: from a lease to what is written about it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use persevere_core::driver::{Driving, DueRetry};
use persevere_core::engine::GiveUp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::attempt::{Came, Common, Permits, Running};
use super::checkpoints::OfLease;
use super::held::Order;
use super::registered::{Counted, Registered};
use super::running::Running as Worker;
use crate::engine::{Leased, Settled, Transition};

/// A delivery under way.
pub(super) struct Delivering<S> {
    pub(super) worker: Arc<Worker<S>>,
    pub(super) task: Counted<S>,
    pub(super) leased: Leased,
    pub(super) orders: watch::Receiver<Order>,
}

impl<S: Send + Sync + 'static> Delivering<S> {
    /// Runs what was leased, and writes what became of it.
    pub(super) async fn run(mut self) {
        let held = self.leased.held();
        let refused = self.registered().refuses(&self.leased.row, self.leased.since_due);
        if let Some((reason, error)) = refused {
            self.settle(Transition::Dead { reason, error }).await;
        } else {
            self.make_attempts().await;
        }
        self.worker.leases.let_go(held);
    }

    fn registered(&self) -> &Registered<S> {
        &self.task.0
    }

    /// One attempt, and as many more as follow soon enough to be waited for here.
    async fn make_attempts(&mut self) {
        let Some(mut permits) = self.permits().await else { return };
        let last = self.leased.row.checkpoint.take();
        let checkpoints = Arc::new(OfLease::new(&self.worker.queue, self.leased.held(), last));
        let resumed = self.registered().resume(&self.leased.row, self.leased.since_due);
        let mut call = match resumed {
            Ok(call) => call,
            Err((reason, error)) => {
                self.settle(Transition::Dead { reason, error }).await;
                return;
            }
        };
        loop {
            let Some(retry) = self.attempt(call, permits, &checkpoints).await else { return };
            let decided = Instant::now();
            if retry.delay() > self.worker.max_inline_wait || !self.waits(retry.delay()).await {
                self.hand_over(retry, decided).await;
                return;
            }
            permits = match self.permits().await {
                Some(permits) => permits,
                None => {
                    retry.hand_over(); // it has been put off, its progress with it
                    return;
                }
            };
            call = retry.begin();
        }
    }

    /// What an attempt needs; `None` if the task has been put off, or the worker begins nothing more.
    async fn permits(&mut self) -> Option<Permits> {
        let task = Arc::clone(&self.task.0);
        let asked = tokio::select! {
            biased;
            asked = task.permits() => asked,
            order = self.ordered(Order::Finish) => {
                self.end_by(order).await;
                return None;
            }
        };
        match asked {
            Ok(permits) => Some(permits),
            Err(rejection) => {
                let longest = self.worker.lease_span();
                let pause = task.put_off(&mut self.leased.row, longest, rejection);
                self.settle(Transition::Again(pause)).await;
                None
            }
        }
    }

    /// Makes one attempt. The retry, if one is due; else everything has been written.
    async fn attempt(
        &mut self,
        call: Driving,
        permits: Permits,
        checkpoints: &Arc<OfLease>,
    ) -> Option<DueRetry> {
        let (began, started) = (SystemTime::now(), Instant::now());
        let (row, worker) = (&self.leased.row, &self.worker);
        let common = Common {
            row,
            state: &worker.state,
            rows: &worker.rows,
            checkpoint: checkpoints.last(),
            checkpoints: Arc::<OfLease>::clone(checkpoints),
            trace_parent: worker.trace_parent.as_ref(),
        };
        let mut running = match (self.registered().begin)(common, call, permits) {
            Ok(running) => running,
            Err(error) => {
                self.settle(Transition::Dead { reason: GiveUp::Unreadable, error }).await;
                return None;
            }
        };
        let came = tokio::select! {
            biased;
            came = &mut running.0 => came,
            order = self.ordered(Order::Release) => {
                self.cut(running, order).await;
                return None;
            }
        };
        let (failure, error) = match came {
            Ok(Came::Through(output, then)) => {
                self.settle(Transition::Done { output, then }).await;
                return None;
            }
            Ok(Came::Again(retry, error)) => (Ok(retry), error),
            Ok(Came::ToNothing(reason, error)) => (Err(reason), error),
            // A subscriber panicked, or the runtime ends: the lease runs out by itself.
            Err(ended) => {
                tracing::error!(
                    target: "persevere",
                    task = %self.leased.row.task, id = %self.leased.row.id,
                    "an attempt ended without an outcome: {ended}"
                );
                return None;
            }
        };
        let row = &mut self.leased.row;
        row.failed(began, started.elapsed(), &error);
        match failure {
            Ok(retry) => {
                row.progress.come_to(&retry.progress());
                Some(retry)
            }
            Err(reason) => {
                self.settle(Transition::Dead { reason, error }).await;
                None
            }
        }
    }

    /// Waits for an order that outweighs all below `least`.
    async fn ordered(&mut self, least: Order) -> Order {
        match self.orders.wait_for(|order| *order >= least).await {
            Ok(order) => *order,
            Err(_) => Order::Lost, // the lease is no longer held
        }
    }

    /// Makes a wait here. `false` if the worker shuts down, or the lease is over.
    async fn waits(&mut self, span: Duration) -> bool {
        tokio::select! {
            biased;
            _ = self.ordered(Order::Finish) => false,
            () = sleep(span) => true,
        }
    }

    /// Drops what runs, and writes what was asked for.
    async fn cut(&mut self, running: Running, order: Order) {
        drop(running);
        self.end_by(order).await;
    }

    /// Writes what was asked for: nothing runs any more.
    async fn end_by(&mut self, order: Order) {
        let row = &mut self.leased.row;
        match order {
            Order::Lost => tracing::warn!(
                target: "persevere",
                task = %row.task, id = %row.id,
                "the lease was lost, and another worker may run the task: its attempt was dropped"
            ),
            Order::Cancel => {
                self.settle(Transition::Cancelled).await;
            }
            Order::GoOn | Order::Finish | Order::Release => {
                row.progress.released();
                self.worker.released();
                self.settle(Transition::Again(Duration::ZERO)).await;
            }
        }
    }

    /// Writes when the retry is due, which was decided at that moment, for whichever worker makes it.
    async fn hand_over(&mut self, retry: DueRetry, decided: Instant) {
        let left = retry.delay().saturating_sub(decided.elapsed());
        if self.settle(Transition::Again(left)).await == Some(Settled::Written) {
            retry.hand_over();
        }
    }

    /// Writes what became of the task, until that is written or the lease is over.
    async fn settle(&mut self, transition: Transition) -> Option<Settled> {
        let settlement = crate::engine::Settlement {
            held: self.leased.held(),
            progress: self.leased.row.progress.clone(),
            attempts: self.leased.row.attempts.clone(),
            transition,
            keep: self.registered().keep,
        };
        let (worker, task) = (Arc::clone(&self.worker), self.leased.row.task.clone());
        tokio::select! {
            biased; // what is written counts, whatever is heard of the lease since
            settled = worker.settle(task, settlement) => Some(settled),
            _ = self.ordered(Order::Lost) => None,
        }
    }
}
