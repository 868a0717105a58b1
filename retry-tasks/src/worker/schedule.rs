//! [`Schedule`]: tasks that a worker enqueues by the clock.

use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use persevere_core::task::{NewTask, Task};
use tokio::time::sleep;

use super::Worker;
use super::asked_again::AskedAgain;
use super::cron::Cron;
use crate::engine::{AHEAD, QueueError, Ticked};
use crate::events;
use crate::queue::{Queue, unrun};

/// The longest time until the engine's clock is looked at again: it may have been set.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// No schedule was at rest for longer: four years are the longest that an expression may take.
const ANCIENT: Duration = Duration::from_hours(5 * 366 * 24);

/// How many bytes a name may have.
const NAME: usize = 512;

/// Makes the task of a tick.
type Make = Box<dyn Fn(SystemTime) -> NewTask + Send + Sync>;

/// Tasks that a worker enqueues by the clock, one at each tick.
pub(super) struct Schedule {
    name: String,
    expression: String,
    make: Make,
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Schedule").field(&self.name).field(&self.expression).finish()
    }
}

impl<S: Send + Sync + 'static> Worker<S> {
    /// Enqueues a task at each tick of a cron expression, by the database's clock: minute, hour, day of
    /// the month, month, day of the week, and a time zone of IANA's unless it is UTC, such as
    /// `"0 3 * * MON-FRI Europe/Berlin"`.
    ///
    /// The schedule's name is that of its row, in which the queue keeps its last tick: several workers
    /// with the same schedule store one task a tick. Of ticks that were missed while no worker ran, the
    /// last one is made up for. A schedule begins when a worker first keeps it.
    ///
    /// An hour that a zone's clocks skip in spring has no ticks, and one that they repeat in autumn has
    /// them twice.
    ///
    /// ```
    /// # use persevere::tasks::{Queue, Task, Worker};
    /// use std::time::SystemTime;
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct CleanUp {
    ///     before: SystemTime,
    /// }
    ///
    /// impl Task for CleanUp {
    ///     type Output = ();
    ///     const NAME: &'static str = "clean_up";
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), persevere::tasks::QueueError> {
    /// let queue = Queue::in_memory();
    /// let a_day = tokio::time::sleep(std::time::Duration::from_secs(24 * 3_600));
    /// Worker::new(&queue, ())
    ///     .schedule("nightly", "0 3 * * *", |tick| CleanUp { before: tick })
    ///     .run_until(a_day)
    ///     .await?;
    /// assert_eq!(queue.waiting::<CleanUp>().await?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn schedule<T: Task>(
        mut self,
        name: &str,
        expression: &str,
        task: impl Fn(SystemTime) -> T + Send + Sync + 'static,
    ) -> Self {
        self.schedules.push(Schedule::new(name, expression, task));
        self
    }
}

/// A schedule that can be kept.
pub(super) struct Kept {
    schedule: Schedule,
    cron: Cron,
}

impl Schedule {
    pub(super) fn new<T: Task>(
        name: &str,
        expression: &str,
        task: impl Fn(SystemTime) -> T + Send + Sync + 'static,
    ) -> Self {
        let make = Box::new(move |tick| NewTask::of(&task(tick)));
        Self { name: name.to_owned(), expression: expression.to_owned(), make }
    }

    /// Reads the expression.
    fn checked(self) -> Result<Kept, QueueError> {
        let wrong = |reason: String| QueueError::Schedule { name: self.name.clone(), reason };
        if self.name.is_empty() || self.name.len() > NAME || self.name.contains('\0') {
            return Err(wrong(format!("its name must have 1 to {NAME} bytes, and no NUL")));
        }
        let expression = &self.expression;
        let cron = Cron::parse(expression)
            .map_err(|reason| wrong(format!("`{expression}` is no cron expression: {reason}")))?;
        if cron.after(SystemTime::now()).is_none() {
            return Err(wrong(format!("`{expression}` names no time within four years")));
        }
        Ok(Kept { schedule: self, cron })
    }
}

/// The schedules of a worker, or what is wrong with one.
pub(super) fn checked(schedules: Vec<Schedule>) -> Result<Vec<Kept>, QueueError> {
    let mut names = HashSet::new();
    if let Some(twice) = schedules.iter().find(|schedule| !names.insert(&schedule.name)) {
        let reason = "the worker has another one of that name".to_owned();
        return Err(QueueError::Schedule { name: twice.name.clone(), reason });
    }
    schedules.into_iter().map(Schedule::checked).collect()
}

/// The last tick, where a clock that was right can have written it: else it counts from now on.
fn believed(last: SystemTime, now: SystemTime) -> Option<SystemTime> {
    let is_ahead = last.duration_since(now).is_ok_and(|ahead| ahead > AHEAD);
    let is_ancient = now.duration_since(last).is_ok_and(|ago| ago > ANCIENT);
    (!is_ahead && !is_ancient).then_some(last)
}

impl Kept {
    /// Enqueues the task of each tick, until it is dropped.
    pub(super) async fn keep(self, queue: Queue) {
        let mut asked = AskedAgain::default();
        let mut began = None;
        loop {
            let pause = match self.look(&queue, &mut began).await {
                Ok(pause) => {
                    asked = AskedAgain::default();
                    pause.min(LOOK_AGAIN)
                }
                Err(error) => {
                    let name = &self.schedule.name;
                    tracing::warn!(
                        target: "persevere",
                        schedule = %name, "a tick was not enqueued, and will be: {error}"
                    );
                    asked.pause()
                }
            };
            sleep(pause).await;
        }
    }

    /// Enqueues the task of the last tick, if it was missed so far. The span until the next one.
    async fn look(
        &self,
        queue: &Queue,
        began: &mut Option<SystemTime>,
    ) -> Result<Duration, QueueError> {
        let name = &self.schedule.name;
        let Ticked { last, now } = queue.engine().ticked(name).await?;
        let here = began.map_or(now, |began| began.min(now));
        *began = Some(here);
        let last = believed(last, now).unwrap_or(here);
        if let Some(tick) = self.cron.last(last, now) {
            // Users' code may panic.
            let made = catch_unwind(AssertUnwindSafe(|| queue.row((self.schedule.make)(tick))));
            let row = made.map_err(|_| QueueError::Schedule {
                name: name.clone(),
                reason: "the function that makes its tasks panicked".to_owned(),
            })??;
            if queue.engine().tick(name, tick, &row).await? {
                tracing::debug!(
                    target: "persevere",
                    schedule = %name, task = %row.task, id = %row.id, "a tick was enqueued"
                );
                events::moved(&row.task, row.id, "waiting");
                unrun::warn(queue.engine(), &row.task, None);
            }
        }
        let next = self.cron.after(now).and_then(|next| next.duration_since(now).ok());
        Ok(next.unwrap_or(LOOK_AGAIN))
    }
}
