//! [`Delivery`]: what an attempt knows of the task that it is made for.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CheckpointError, Checkpoints, NewTask, Payload, Task, TaskId, Then};

/// What an attempt knows of the task that it is made for, and what it asks of the task's worker: from
/// [`Attempt::delivery`](crate::Attempt::delivery).
///
/// Celery's `self.request`. Outside of a worker there is a stand-in, which keeps what it is given.
///
/// ```
/// use persevere_core::{Attempt, testing};
///
/// async fn copy(attempt: &Attempt, pages: Vec<String>) -> Result<usize, String> {
///     let delivery = attempt.delivery();
///     let done = delivery.last_checkpoint::<usize>().unwrap_or(0);
///     for (number, page) in pages.iter().enumerate().skip(done) {
///         println!("{page} by {}", delivery.idempotency_key());
///         delivery.checkpoint(&(number + 1)).await.map_err(|error| error.to_string())?;
///     }
///     Ok(pages.len() - done)
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let attempt = testing::attempt(1);
/// assert_eq!(copy(&attempt, vec!["one".to_owned(), "two".to_owned()]).await, Ok(2));
/// assert_eq!(attempt.delivery().last_checkpoint(), Some(2));
/// # });
/// ```
pub struct Delivery {
    facts: Facts,
    key: String,
    checkpoint: Mutex<Option<Payload>>,
    checkpoints: Option<Arc<dyn Checkpoints>>,
    then: Mutex<Vec<NewTask>>,
}

/// What a worker knows of the task.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Facts {
    /// Its id.
    pub id: TaskId,
    /// The queue that it was enqueued in.
    pub queue: String,
    /// When it was stored.
    pub enqueued: SystemTime,
    /// How often its worker was lost.
    pub crashes: u32,
    /// How many attempts have failed.
    pub failures: u32,
    /// The span that enqueued it.
    pub traceparent: Option<String>,
}

impl Delivery {
    /// A task that a worker delivers, whose last checkpoint is that one.
    #[doc(hidden)]
    #[must_use]
    pub fn new(
        facts: Facts,
        checkpoint: Option<Payload>,
        checkpoints: Arc<dyn Checkpoints>,
    ) -> Self {
        Self { checkpoints: Some(checkpoints), ..Self::with(facts, checkpoint) }
    }

    /// That of an attempt outside of a worker.
    pub(crate) fn stand_in(failures: u32) -> Self {
        let (id, enqueued) = (TaskId::new(), SystemTime::now());
        let queue = "default".to_owned();
        let facts = Facts { id, queue, enqueued, crashes: 0, failures, traceparent: None };
        Self::with(facts, None)
    }

    fn with(facts: Facts, checkpoint: Option<Payload>) -> Self {
        let key = facts.id.to_string();
        let checkpoint = Mutex::new(checkpoint);
        Self { facts, key, checkpoint, checkpoints: None, then: Mutex::default() }
    }

    /// The task's id, the same for every attempt.
    #[must_use]
    pub const fn id(&self) -> TaskId {
        self.facts.id
    }

    /// The same text for every attempt of the task, for the other side to know it by: its id.
    #[must_use]
    pub fn idempotency_key(&self) -> &str {
        &self.key
    }

    /// The queue that the task was enqueued in.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.facts.queue
    }

    /// When it was stored, by the database's clock.
    #[must_use]
    pub const fn enqueued(&self) -> SystemTime {
        self.facts.enqueued
    }

    /// How often its worker was lost during an attempt.
    #[must_use]
    pub const fn crashes(&self) -> u32 {
        self.facts.crashes
    }

    /// How many of its attempts have failed.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.facts.failures
    }

    /// W3C's `traceparent` of the span that enqueued the task, if the queue keeps it.
    #[must_use]
    pub fn traceparent(&self) -> Option<&str> {
        self.facts.traceparent.as_deref()
    }

    /// Stores how far this attempt has come, for the next one to go on from, also where this one's
    /// process is killed. Each replaces the one before.
    ///
    /// A database that does not answer is asked again, for as long as the attempt may take.
    ///
    /// # Errors
    ///
    /// A [`CheckpointError`]: the checkpoint before it stays.
    pub async fn checkpoint<V: Serialize + ?Sized>(
        &self,
        value: &V,
    ) -> Result<(), CheckpointError> {
        let value = Payload::of(value).map_err(CheckpointError::Json)?;
        if let Some(checkpoints) = &self.checkpoints {
            checkpoints.store(&value).await?;
        }
        *self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        Ok(())
    }

    /// The last checkpoint of this attempt or an earlier one. `None` if there is none, or if it is no
    /// `V`, such as one of another release: then the attempt begins at the beginning.
    #[must_use]
    pub fn last_checkpoint<V: DeserializeOwned>(&self) -> Option<V> {
        let checkpoint = self.checkpoint.lock().unwrap_or_else(PoisonError::into_inner);
        let read = checkpoint.as_ref()?.read();
        #[cfg(feature = "tracing")]
        if read.is_err() {
            tracing::warn!(
                target: "persevere", id = %self.facts.id,
                "the last checkpoint is no `{}`, and is left alone", std::any::type_name::<V>()
            );
        }
        read.ok()
    }

    /// Enqueues that task when this one succeeds, in the same write; never, if it does not. An attempt
    /// that fails takes back what it has noted here.
    ///
    /// A task that cannot be written, or is larger than the queue takes, makes this one fail for good,
    /// with an error that says so.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere_core::task::Task;
    /// use persevere_core::{Attempt, testing};
    ///
    /// #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    /// struct Remind {
    ///     name: String,
    /// }
    ///
    /// impl Task for Remind {
    ///     type Output = ();
    ///     const NAME: &'static str = "remind";
    /// }
    ///
    /// fn greet(attempt: &Attempt, name: &str) -> String {
    ///     let remind = Remind { name: name.to_owned() };
    ///     attempt.delivery().then(remind).delay(Duration::from_secs(3_600)).unique(name);
    ///     format!("Hello, {name}")
    /// }
    ///
    /// let attempt = testing::attempt(1);
    /// assert_eq!(greet(&attempt, "Ada"), "Hello, Ada");
    /// assert_eq!(attempt.delivery().following::<Remind>(), [Remind { name: "Ada".to_owned() }]);
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "the task is handed over")]
    pub fn then<T: Task>(&self, task: T) -> Then<'_> {
        let mut then = self.followers();
        then.push(NewTask::of(&task));
        Then::new(self, then.len() - 1)
    }

    /// The tasks of that kind that [`then`](Self::then) has noted in this attempt, in order: for tests.
    /// One that cannot be written, or read, is missing.
    #[must_use]
    pub fn following<T: Task>(&self) -> Vec<T> {
        let then = self.followers();
        let same = then.iter().filter(|new| new.task == T::NAME);
        same.filter_map(|new| T::read(new.version, new.args.as_ref().ok()?).ok()).collect()
    }

    /// What [`then`](Self::then) has noted: afterwards, nothing.
    #[doc(hidden)]
    #[must_use]
    pub fn take_followers(&self) -> Vec<NewTask> {
        std::mem::take(&mut self.followers())
    }

    pub(super) fn followers(&self) -> MutexGuard<'_, Vec<NewTask>> {
        self.then.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Neither checkpoint nor arguments.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Facts { id, queue, enqueued, crashes, failures, traceparent } = &self.facts;
        f.debug_struct("Delivery")
            .field("id", id)
            .field("queue", queue)
            .field("enqueued", enqueued)
            .field("crashes", crashes)
            .field("failures", failures)
            .field("traceparent", traceparent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::task::{Due, Priority};
    use crate::testing;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Next(u64);

    impl Task for Next {
        type Output = ();
        const NAME: &'static str = "next";
    }

    #[test]
    fn outside_of_a_worker_each_attempt_has_a_stand_in() {
        let mut seen = Vec::new();
        let outcome = Policy::DEFAULT
            .with_max_retries(2)
            .retry_blocking_with_context(|attempt| {
                let delivery = attempt.delivery();
                assert_eq!(delivery.id(), attempt.delivery().id());
                assert_eq!(delivery.last_checkpoint::<u8>(), None);
                delivery.then(Next(1));
                seen.push((delivery.failures(), delivery.following::<Next>().len()));
                None::<u8>
            })
            .on(|_| true)
            .sleep(|_| ())
            .call();
        assert_eq!((outcome, seen), (None, vec![(0, 1), (1, 1), (2, 1)]));
    }

    #[test]
    fn what_is_to_follow_is_noted_at_once_and_changed_afterwards() {
        let attempt = testing::attempt(1);
        let hour = std::time::Duration::from_secs(3_600);
        let then = attempt.delivery().then(Next(1));
        let then = then.delay(hour).start_within(hour).deadline(hour).priority(Priority::High);
        let later = attempt.delivery().then(Next(2)).unique_until_started("key");
        let new = attempt.delivery().take_followers();
        assert_eq!((new.len(), new[0].due, new[0].priority), (2, Due::In(hour), Priority::High));
        assert_eq!((new[0].start_within, new[0].deadline), (Some(hour), Some(hour)));
        assert_eq!(new[1].key.as_ref().map(|key| key.text.as_str()), Some("key"));
        // Kept beyond the attempt, they change nothing.
        then.delay(hour);
        later.unique(2);
        assert!(attempt.delivery().following::<Next>().is_empty());
    }

    #[test]
    fn no_debug_shows_an_argument_or_a_checkpoint() {
        let attempt = testing::attempt(1);
        // So long that no identifier and no clock reading contains it.
        let argument = 1_234_567_890_123_456_789;
        attempt.delivery().then(Next(argument)).unique(argument.to_string());
        let shown = format!("{attempt:?} {:?}", attempt.delivery().take_followers());
        assert!(shown.contains("Delivery") && !shown.contains(&argument.to_string()), "{shown}");
    }
}
