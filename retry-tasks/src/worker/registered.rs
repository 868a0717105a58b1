//! [`Registered`]: a task that a worker runs, whatever its type.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use persevere_core::driver::{Driver, Driving};
use persevere_core::{Bulkhead, CircuitBreaker, Rejection};

use super::attempt::{Begun, Common, Permits, begin};
use super::run::Run;
use crate::engine::Wanted;
use crate::row::names::names;

type Begin<S> = fn(&Common<'_, S>, Driving, Permits) -> Begun;

/// A task that a worker runs.
pub(super) struct Registered<S> {
    pub(super) names: Vec<String>,
    pub(super) keep: Duration,
    pub(super) max_crashes: u32,
    pub(super) driver: Driver,
    pub(super) begin: Begin<S>,
    version: u32,
    concurrency: usize,
    breaker: Option<&'static CircuitBreaker>,
    bulkhead: Option<&'static Bulkhead>,
    running: AtomicUsize,
}

/// What a worker does differently for one of its tasks: see [`Worker::task_with`](super::Worker::task_with).
#[derive(Clone, Copy, Debug)]
#[must_use = "it says how a task is run"]
pub struct TaskOptions {
    concurrency: usize,
}

impl TaskOptions {
    pub(super) const DEFAULT: Self = Self { concurrency: usize::MAX };

    /// The largest number of this task's runs at a time, within the worker's own limit. At least 1.
    pub const fn concurrency(self, concurrency: usize) -> Self {
        Self { concurrency: if concurrency == 0 { 1 } else { concurrency } }
    }
}

impl<S: Send + Sync + 'static> Registered<S> {
    pub(super) fn new<T: Run<S>>(options: TaskOptions) -> Self {
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
            running: AtomicUsize::new(0),
        }
    }

    /// What to ask the engine for, with room for `room` tasks in all.
    pub(super) fn wanted(&self, room: usize) -> Option<Wanted> {
        let own = self.concurrency.saturating_sub(self.running.load(Ordering::Relaxed));
        let room = room.min(own);
        let wants = room > 0 && self.open_for().is_zero();
        wants.then(|| Wanted { names: self.names.clone(), version: self.version, room })
    }

    /// How long the task's breaker is open for: meanwhile none of it is leased.
    pub(super) fn open_for(&self) -> Duration {
        self.breaker.map_or(Duration::ZERO, CircuitBreaker::retry_in)
    }

    /// Asks for what an attempt needs.
    pub(super) fn permits(&self) -> Result<Permits, Rejection> {
        Ok(Permits {
            bulkhead: self.bulkhead.map(Bulkhead::try_acquire).transpose()?,
            breaker: self.breaker.map(CircuitBreaker::try_acquire).transpose()?,
        })
    }

    /// Counts one more that runs, until it is dropped.
    pub(super) fn count(self: &Arc<Self>) -> Counted<S> {
        self.running.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(self))
    }
}

/// A task that runs, and is counted.
pub(super) struct Counted<S>(pub(super) Arc<Registered<S>>);

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
