//! [`Workers`]: which workers run, and the tasks that they run.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a worker that runs counts as there after it has said so.
pub(crate) const THERE: Duration = Duration::from_secs(45);

/// How often a worker says that it is there.
pub(crate) const SAYS_SO: Duration = Duration::from_secs(15);

/// How often the database is asked about one task.
const ASKED: Duration = Duration::from_mins(1);

/// Whether a task has a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// A worker runs it.
    Somebody,
    /// Workers run, and none of them runs it.
    Nobody,
    /// No worker runs at all.
    NoWorker,
}

impl Runs {
    /// Whether any worker runs, and whether one runs the task.
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) const fn of((is_any, is_its): (bool, bool)) -> Self {
        match (is_any, is_its) {
            (_, true) => Self::Somebody,
            (true, false) => Self::Nobody,
            (false, false) => Self::NoWorker,
        }
    }
}

/// The workers of this process that run on an engine.
#[derive(Debug, Default)]
pub struct Workers(Mutex<Here>);

#[derive(Debug, Default)]
struct Here {
    /// The tasks' names, former ones included, of each worker.
    running: HashMap<String, Vec<String>>,
    /// Tasks that have been warned of.
    warned: HashSet<String>,
    /// When the database was last asked about a task.
    asked: HashMap<String, Instant>,
}

/// A worker that runs, until this is dropped.
#[derive(Debug)]
pub(crate) struct Present {
    workers: Arc<Workers>,
    worker: String,
}

impl Drop for Present {
    fn drop(&mut self) {
        self.workers.here().running.remove(&self.worker);
    }
}

impl Workers {
    fn here(&self) -> MutexGuard<'_, Here> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A worker of this process begins.
    pub(crate) fn enter(self: &Arc<Self>, worker: &str, tasks: Vec<String>) -> Present {
        let mut here = self.here();
        here.running.insert(worker.to_owned(), tasks);
        here.asked.clear(); // there is more to compare with
        drop(here);
        Present { workers: Arc::clone(self), worker: worker.to_owned() }
    }

    /// Whether a worker of this process runs the task.
    pub(crate) fn runs(&self, task: &str) -> Runs {
        let here = self.here();
        if here.running.is_empty() {
            return Runs::NoWorker;
        }
        let is_run = here.running.values().flatten().any(|name| name == task);
        if is_run { Runs::Somebody } else { Runs::Nobody }
    }

    /// How many workers of this process run the task.
    pub(crate) fn count(&self, task: &str) -> u64 {
        let here = self.here();
        let running = here.running.values().filter(|names| names.iter().any(|name| name == task));
        running.count() as u64
    }

    /// Whether the database is to be asked about the task now: not if a worker of this process runs it,
    /// if it has been warned of, or if the database was asked a while ago.
    pub(crate) fn is_to_be_asked(&self, task: &str) -> bool {
        let mut here = self.here();
        let is_run = here.running.values().flatten().any(|name| name == task);
        if is_run || here.warned.contains(task) {
            return false;
        }
        match here.asked.get(task) {
            Some(asked) if asked.elapsed() < ASKED => false,
            _ => {
                here.asked.insert(task.to_owned(), Instant::now());
                true
            }
        }
    }

    /// Whether this is the first warning of the task.
    pub(crate) fn warns(&self, task: &str) -> bool {
        self.here().warned.insert(task.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_run_by_those_that_are_there() {
        let workers = Arc::new(Workers::default());
        assert_eq!(workers.runs("a"), Runs::NoWorker);
        let one = workers.enter("one", vec!["a".to_owned(), "b".to_owned()]);
        let two = workers.enter("two", vec!["a".to_owned()]);
        assert_eq!((workers.runs("a"), workers.runs("c")), (Runs::Somebody, Runs::Nobody));
        assert_eq!((workers.count("a"), workers.count("b"), workers.count("c")), (2, 1, 0));
        drop(one);
        assert_eq!((workers.runs("a"), workers.runs("b")), (Runs::Somebody, Runs::Nobody));
        drop(two);
        assert_eq!(workers.runs("a"), Runs::NoWorker);
    }

    #[test]
    fn the_database_is_asked_once_in_a_while_about_what_nobody_here_runs() {
        let workers = Arc::new(Workers::default());
        let _one = workers.enter("one", vec!["a".to_owned()]);
        assert!(!workers.is_to_be_asked("a"), "it is run here");
        assert!(workers.is_to_be_asked("b"));
        assert!(!workers.is_to_be_asked("b"), "it has just been asked");
        let _two = workers.enter("two", vec!["d".to_owned()]);
        assert!(workers.is_to_be_asked("b") && !workers.is_to_be_asked("b"));
        assert!(workers.warns("c") && !workers.warns("c"));
        assert!(!workers.is_to_be_asked("c"), "there is nothing more to say");
    }
}
