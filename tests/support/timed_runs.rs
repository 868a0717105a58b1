//! Bodies that take as long, and end as, a script says.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::support::layered::Error;

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Runs of a body, each with a scripted duration and end; and those that have not ended.
pub(crate) struct Runs {
    script: &'static [(u64, Result<(), Error>)],
    started: Cell<usize>,
    alive: Cell<u32>,
    has_succeeded: Cell<bool>,
}

/// A run that does not end by itself.
pub(crate) const HANGS: (u64, Result<(), Error>) = (86_400_000, Ok(()));

struct Alive<'a>(&'a Cell<u32>);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        self.0.update(|alive| alive - 1);
    }
}

impl Runs {
    pub(crate) fn of(script: &'static [(u64, Result<(), Error>)]) -> Self {
        Self { script, started: Cell::new(0), alive: Cell::new(0), has_succeeded: Cell::new(false) }
    }

    /// The number, counted from 1, of the run that succeeded.
    pub(crate) async fn run(&self) -> Result<usize, Error> {
        let index = self.started.get();
        self.started.set(index + 1);
        self.alive.update(|alive| alive + 1);
        let _alive = Alive(&self.alive);
        let (takes, end) = self.script[index];
        sleep(ms(takes)).await;
        self.has_succeeded.set(end.is_ok());
        end.map(|()| index + 1)
    }

    /// Whether the last one to end did so well.
    pub(crate) fn succeeded(&self) -> bool {
        self.has_succeeded.get()
    }

    /// How many were started, of which none is left.
    pub(crate) fn started(&self) -> usize {
        assert_eq!(self.alive.get(), 0);
        self.started.get()
    }
}

/// What came of it, after how many milliseconds.
pub(crate) async fn timed<T>(call: impl Future<Output = T>) -> (T, u128) {
    let began = Instant::now();
    (call.await, began.elapsed().as_millis())
}
