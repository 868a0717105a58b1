//! Unique tasks: the one that has a key, or that gets it.

use std::time::Duration;

use persevere_core::task::{Task, TaskId};
use restate_sdk::ingress::{CallResponse, ClientError};
use restate_sdk::serde::Json;
use tokio::time::{sleep, timeout};

use super::Queue;
use super::http::refused;
use super::keeper::{self, CLAIM, Claim, FREE, Holder};
use super::written::Message;
use crate::engine::QueueError;
use crate::row::moment::{Moment, micros};

/// How long after a key was taken its task may be unknown to Restate: it is on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// How long a worker may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause before a task that is on its way is looked for again.
const PAUSE: Duration = Duration::from_millis(20);

/// A task that is to have a key.
pub(super) struct Wanted<'a> {
    pub(super) queue: &'a Queue,
    pub(super) id: TaskId,
    pub(super) key: &'a str,
    pub(super) message: &'a Message,
    pub(super) after: Duration,
}

impl Wanted<'_> {
    /// Gives the key to the task, and stores it; else the task that has the key and has not ended.
    pub(super) async fn stored<T: Task>(&self) -> Result<TaskId, QueueError> {
        loop {
            let holder = self.claim::<T>().await?;
            let id: TaskId = holder.id.parse().map_err(|_| foreign())?;
            if id == self.id {
                self.arrived::<T>().await?;
                return Ok(id);
            }
            // Restate forgets a task that was cancelled before it began, and so may its administrators.
            match self.queue.handle::<T>(id).has_ended().await? {
                Some(false) => return Ok(id),
                None if Moment::wall().since(Moment(holder.since_us)) < ON_ITS_WAY => {
                    sleep(PAUSE).await;
                }
                Some(true) | None => self.free::<T>(&holder).await?,
            }
        }
    }

    /// Waits until Restate knows the task, so that its handle does.
    async fn arrived<T: Task>(&self) -> Result<(), QueueError> {
        let handle = self.queue.handle::<T>(self.id);
        let known = async {
            while handle.has_ended().await?.is_none() {
                sleep(PAUSE).await;
            }
            Ok(())
        };
        timeout(ON_ITS_WAY, known).await.unwrap_or(Ok(()))
    }

    async fn claim<T: Task>(&self) -> Result<Holder, QueueError> {
        let claim = Claim {
            id: self.id.to_string(),
            message: self.message.clone(),
            after_us: u64::try_from(micros(self.after)).unwrap_or(0),
            since_us: Moment::wall().0,
        };
        let body = self.call::<T>(CLAIM, claim).await?;
        serde_json::from_slice(&body).map_err(|_| foreign())
    }

    async fn free<T: Task>(&self, holder: &Holder) -> Result<(), QueueError> {
        self.call::<T>(FREE, holder.id.clone()).await.map(drop)
    }

    async fn call<T: Task>(
        &self,
        handler: &str,
        input: impl serde::Serialize + Send,
    ) -> Result<Vec<u8>, QueueError> {
        let target = keeper::of_key(T::NAME, self.key, handler);
        let request = self.queue.restate.ingress.request::<_, Vec<u8>>(target, Json(input));
        let answer = timeout(PATIENCE, request.call()).await.map_err(|_| {
            let why = format!(
                "no worker of `{}` answers, which a unique task needs when it is enqueued",
                T::NAME
            );
            QueueError::Unavailable(why.into())
        })?;
        match answer.and_then(CallResponse::into_body) {
            Ok(body) => Ok(body),
            Err(ClientError::Status { status, .. }) if status.as_u16() == 404 => {
                Err(QueueError::NotRegistered { task: T::NAME.to_owned() })
            }
            Err(error) => Err(refused(error)),
        }
    }
}

fn foreign() -> QueueError {
    QueueError::Unavailable("the holder of the key is another release's".into())
}
