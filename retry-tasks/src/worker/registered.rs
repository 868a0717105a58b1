//! [`Registered`]: a task that a worker runs, whatever its type.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use persevere_core::driver::{Driver, Driving};
use persevere_core::engine::GiveUp;
use persevere_core::generated::{begin_anew, take_turn};
use persevere_core::{Bulkhead, CircuitBreaker, Policy, Rejection, ThreadRandom, Upstream};

use super::attempt::{Begun, Common, Permits, begin, end_late};
use super::run::Run;
use crate::engine::{WORKER_LOST, Wanted};
use crate::row::Row;
use crate::row::names::names;

/// The pause before a refused task is due again, if the layer that refused it names none.
const PUT_OFF: Duration = Duration::from_secs(1);

type Begin<S> = fn(Common<'_, S>, Driving, Permits) -> Begun;

/// A task that a worker runs.
pub(crate) struct Registered<S> {
    pub(crate) names: Vec<String>,
    pub(crate) keep: Duration,
    pub(crate) max_crashes: u32,
    pub(crate) driver: Driver,
    pub(crate) begin: Begin<S>,
    pub(crate) version: u32,
    pub(crate) concurrency: usize,
    breaker: Option<&'static CircuitBreaker>,
    bulkhead: Option<&'static Bulkhead>,
    upstream: Option<&'static Upstream>,
    running: AtomicUsize,
}

/// What a worker does differently for one of its tasks: see [`Worker::task_with`](super::Worker::task_with).
#[derive(Clone, Copy, Debug)]
#[must_use = "it says how a task is run"]
pub struct TaskOptions {
    concurrency: usize,
}

impl TaskOptions {
    pub(crate) const DEFAULT: Self = Self { concurrency: usize::MAX };

    /// The largest number of this task's runs at a time, within the worker's own limit. At least 1.
    pub const fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency: if concurrency == 0 { 1 } else { concurrency } }
    }
}

impl<S: Send + Sync + 'static> Registered<S> {
    pub(crate) fn new<T: Run<S>>(options: TaskOptions) -> Self {
        Self {
            names: names::<T>(),
            keep: T::KEEP,
            max_crashes: T::MAX_CRASHES,
            driver: T::driver(),
            begin: begin::<S, T>,
            version: T::VERSION,
            concurrency: options.concurrency,
            breaker: T::breaker(),
            bulkhead: T::bulkhead(),
            upstream: T::upstream(),
            running: AtomicUsize::new(0),
        }
    }

    /// What to ask the engine for, with room for `room` tasks in all.
    pub(crate) fn wanted(&self, room: usize) -> Option<Wanted> {
        let own = self.concurrency.saturating_sub(self.running.load(Ordering::Relaxed));
        let room = room.min(own);
        let wants = room > 0 && self.open_for().is_zero();
        wants.then(|| Wanted { names: self.names.clone(), version: self.version, room })
    }

    /// How long the task's breaker is open for, or its upstream has asked for no calls: meanwhile none of it is
    /// leased.
    pub(crate) fn open_for(&self) -> Duration {
        let open = self.breaker.map_or(Duration::ZERO, CircuitBreaker::retry_in);
        let pause = self.upstream.and_then(|upstream| upstream.layers().pause_left());
        open.max(pause.unwrap_or_default())
    }

    /// Asks for what an attempt needs, and waits for its turn, if its upstream has a rate.
    pub(crate) async fn permits(&self) -> Result<Permits, Rejection> {
        let bulkhead = self.bulkhead.map(Bulkhead::try_acquire).transpose()?;
        let mut breaker = self.breaker.map(CircuitBreaker::try_acquire).transpose()?;
        let Some(upstream) = self.upstream else { return Ok(Permits { breaker, bulkhead }) };
        if let Some(turn) = take_turn(upstream, None, None) {
            if let Some(refused) = turn.await {
                return Err(refused.rejection());
            }
            begin_anew(&mut breaker);
        }
        Ok(Permits { breaker, bulkhead })
    }

    /// Why no attempt of a task is made at all, if none is. `since_due` is the time since it was first due.
    pub(crate) fn refuses(&self, row: &Row, since_due: Duration) -> Option<(GiveUp, String)> {
        if row.progress.crashes > self.max_crashes {
            let last = row.attempts.last().map_or(WORKER_LOST, |attempt| attempt.error());
            return Some((GiveUp::WorkerLost, last.to_owned()));
        }
        let has_begun = row.progress.failures > 0 || row.progress.crashes > 0;
        let within = row.envelope.start_within().filter(|_| !has_begun)?;
        let is_late = since_due > within;
        is_late.then(|| (GiveUp::Expired, "it was not begun in time".to_owned()))
    }

    /// The task's call, which goes on from the row; or its end, if no time is left.
    pub(crate) fn resume(
        &self,
        row: &Row,
        since_due: Duration,
    ) -> Result<Driving, (GiveUp, String)> {
        let driver = self.driver.waits_as_asked();
        let driver = match row.envelope.deadline() {
            Some(deadline) => driver.deadline(deadline),
            None => driver,
        };
        let call = driver.resume(row.progress.resumed(), since_due).id(row.id.to_string());
        match call.attempt().remaining() {
            Some(Duration::ZERO) => Err(end_late(call)),
            _ => Ok(call),
        }
    }

    /// Notes that an attempt was refused what it needs, and returns the pause before it is asked for
    /// again: `longest` and a quarter more, at most.
    pub(crate) fn put_off(&self, row: &mut Row, longest: Duration, why: Rejection) -> Duration {
        row.progress.postponed = row.progress.postponed.saturating_add(1);
        let turn = match why {
            Rejection::RateLimited { retry_in } => retry_in,
            _ => Duration::ZERO,
        };
        let open_for = self.open_for().max(turn).min(longest);
        let least = open_for.max(PUT_OFF);
        // Those put off together do not come back together.
        let jittered =
            Policy::DEFAULT.with_base_delay(least).with_max_delay(least.saturating_mul(2));
        let pause = jittered.delays(ThreadRandom).next().unwrap_or(least);
        tracing::debug!(
            target: "persevere",
            task = %row.task, id = %row.id,
            "put off for {pause:?}: {why}"
        );
        pause
    }

    /// Counts one more that runs, until it is dropped.
    pub(crate) fn count(self: &Arc<Self>) -> Counted<S> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(self))
    }
}

/// A task that runs, and is counted.
pub(crate) struct Counted<S>(pub(crate) Arc<Registered<S>>);

impl<S> Drop for Counted<S> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<S> fmt::Debug for Registered<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").field("names", &self.names).finish_non_exhaustive()
    }
}
