//! The engine in memory: the same rows, leases and waits, on tokio's clock, which may be paused.

mod ended;
mod record;
mod table;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use persevere_core::task::TaskId;

use super::clock::Clock;
use super::wake::{Wake, Waker};
use super::{
    Ask, Beat, Cancelled, Engine, Held, Leases, Listing, Look, NewRow, Payload, Pushed, Recovered,
    Result, Selection, Settled, Settlement, TaskStats, Ticked, Workers, sealed,
};
use crate::row::moment::Moment;
use table::Table;

/// Tasks in memory. They end with the process.
pub(crate) struct Memory {
    clock: Clock,
    table: Mutex<Table>,
    waker: Waker,
    workers: Arc<Workers>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            clock: Clock::Tokio,
            table: Mutex::default(),
            waker: Waker::new(),
            workers: Arc::default(),
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Neither what it keeps nor how it is reached.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl sealed::Sealed for Memory {}

#[async_trait]
impl Engine for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    async fn push(&self, rows: &[NewRow]) -> Result<Vec<Pushed>> {
        let pushed = self.table().push(rows, self.clock.now());
        self.waker.wake();
        Ok(pushed)
    }

    async fn lease(&self, ask: &Ask) -> Result<Leases> {
        Ok(self.table().lease(ask, self.clock.now()))
    }

    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>> {
        let now = self.clock.now();
        let settled = {
            let mut table = self.table();
            settlements.iter().map(|settlement| table.settle(settlement, now)).collect()
        };
        self.waker.wake();
        Ok(settled)
    }

    async fn checkpoint(&self, held: Held, value: &Payload) -> Result<bool> {
        let mut table = self.table();
        let record = table.held(held);
        Ok(record.map(|record| record.row.checkpoint = Some(value.clone())).is_some())
    }

    async fn ticked(&self, schedule: &str) -> Result<Ticked> {
        let now = self.clock.now();
        let last = self.table().ticked(schedule, now);
        Ok(Ticked { last: last.time(), now: now.time() })
    }

    async fn tick(&self, schedule: &str, tick: SystemTime, row: &NewRow) -> Result<bool> {
        let tick = Moment::not_before(tick);
        let stored = self.table().tick(schedule, tick, row, self.clock.now());
        self.waker.wake();
        Ok(stored)
    }

    async fn beat(&self, held: &[Held], span: Duration) -> Result<Vec<Beat>> {
        let until = self.clock.now().after(span);
        let mut table = self.table();
        Ok(held.iter().map(|&held| table.beat(held, until)).collect())
    }

    async fn recover(&self, limit: usize) -> Result<Vec<Recovered>> {
        let recovered = self.table().recover(limit, self.clock.now());
        self.waker.wake();
        Ok(recovered)
    }

    async fn prune(&self, limit: usize) -> Result<u64> {
        Ok(self.table().prune(limit, self.clock.now()))
    }

    async fn look(&self, ids: &[TaskId]) -> Result<Vec<Option<Look>>> {
        let table = self.table();
        Ok(ids.iter().map(|id| table.records.get(id).map(record::Record::look)).collect())
    }

    async fn look_within(&self, ids: &[TaskId], bytes: u64) -> Result<Vec<Look>> {
        Ok(self.table().look_within(ids, bytes))
    }

    async fn waiting(&self, names: &[String], limit: usize) -> Result<Vec<TaskId>> {
        Ok(self.table().waiting(names, limit))
    }

    async fn list(&self, which: &Listing) -> Result<Vec<TaskId>> {
        Ok(self.table().list(which))
    }

    async fn dead(&self, which: &Selection) -> Result<Vec<TaskId>> {
        Ok(self.table().dead(which))
    }

    async fn requeue(&self, which: &Selection) -> Result<u64> {
        let requeued = self.table().requeue(which, self.clock.now());
        self.waker.wake();
        Ok(requeued)
    }

    async fn discard(&self, which: &Selection) -> Result<u64> {
        Ok(self.table().discard(which))
    }

    async fn cancel(&self, id: TaskId, keep: Duration) -> Result<Option<Cancelled>> {
        let cancelled = self.table().cancel(id, keep, self.clock.now());
        self.waker.wake();
        Ok(cancelled)
    }

    async fn stats(&self) -> Result<Vec<TaskStats>> {
        let stats = self.table().stats(self.clock.now());
        Ok(TaskStats::with_workers(stats, |task| self.workers.count(task)))
    }

    fn workers(&self) -> &Arc<Workers> {
        &self.workers
    }

    fn wake(&self) -> Wake {
        self.waker.subscribe()
    }
}
