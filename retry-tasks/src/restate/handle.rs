//! [`Handle`]: what is known of a task that Restate runs, and what may be done about it.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use persevere_core::task::{Task, TaskId};
use restate_sdk::ingress::{ClientError, InvocationHandle};
use serde::Deserialize;
use tokio::time::timeout;

use super::Queue;
use super::http::{Http, refused};
use super::written::{DEAD, Death, STANDING, Standing};
use crate::engine::{Attempts, Cancelled, QueueError};
use crate::events;
use crate::{Status, WaitError};

/// A task that Restate runs.
pub struct Handle<T> {
    pub(super) queue: Queue,
    pub(super) id: TaskId,
    pub(super) task: PhantomData<fn() -> T>,
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), id: self.id, task: PhantomData }
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What Restate knows of an invocation.
#[derive(Deserialize)]
struct Invocation {
    status: String,
    result: Option<String>,
    start_ms: Option<i64>,
    created_ms: Option<i64>,
    running_ms: Option<i64>,
    retry_ms: Option<i64>,
    deployment: Option<String>,
}

impl<T: Task> Handle<T> {
    /// The task's id, the same for every attempt.
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// Where the task stands now.
    ///
    /// Times are those of the machines: of Restate for a task that has not begun, of the worker for one
    /// that waits for a retry. A worker is named by the id of its deployment; [`Status::Running`] means that
    /// Restate has called it, and it may have no free slot yet.
    ///
    /// # Errors
    ///
    /// [`QueueError::UnknownTask`] if there is none of this id, or no more;
    /// [`QueueError::Unavailable`] if Restate does not answer.
    pub async fn status(&self) -> Result<Status, QueueError> {
        let invocation = self.invocation().await?;
        let look = self.look(invocation.invocation_id()).await?;
        let look = look.ok_or(QueueError::UnknownTask(self.id))?;
        Ok(match look.status.as_str() {
            "completed" if look.result.as_deref() == Some("success") => Status::Done,
            "completed" => match self.state::<Death>(DEAD).await? {
                Some(death) => Status::Dead(death.reason()),
                None => Status::Cancelled,
            },
            "scheduled" => Status::Waiting { at: time(look.start_ms) },
            "pending" | "ready" => Status::Waiting { at: time(look.start_ms.or(look.created_ms)) },
            _ => {
                let standing = self.state::<Standing>(STANDING).await?.unwrap_or_default();
                let failures = standing.progress().failures;
                let retry = look.retry_ms.filter(|_| look.status == "backing-off");
                if look.status == "running" && !standing.waits() {
                    let worker = look.deployment.unwrap_or_default();
                    Status::Running { since: time(look.running_ms), worker }
                } else {
                    let at = retry.map_or(standing.due(), |retry| time(Some(retry)));
                    match failures {
                        0 => Status::Waiting { at },
                        _ => {
                            let attempts = standing.attempts();
                            let error = attempts.last().map(|last| last.error().to_owned());
                            Status::Retrying { at, failures, error: error.unwrap_or_default() }
                        }
                    }
                }
            }
        })
    }

    /// What its attempts came to that failed: the last ones, 20 at most, the latest last.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn attempts(&self) -> Result<Attempts, QueueError> {
        if let Some(death) = self.state::<Death>(DEAD).await? {
            return Ok(death.attempts());
        }
        if let Some(standing) = self.state::<Standing>(STANDING).await? {
            return Ok(standing.attempts());
        }
        self.status().await.map(|_| Attempts::default())
    }

    /// Waits for the task's end, for at most `span`, and returns its output. Restate answers as soon as
    /// the task ends; each call has a connection meanwhile.
    ///
    /// # Errors
    ///
    /// [`WaitError::TimedOut`] if it has not ended by then; otherwise why there is no output.
    pub async fn wait(&self, span: Duration) -> Result<T::Output, WaitError> {
        timeout(span, self.ended()).await.map_err(|_| WaitError::TimedOut)?
    }

    async fn ended(&self) -> Result<T::Output, WaitError> {
        let invocation = self.invocation().await?;
        match invocation.attach().await {
            Ok(response) => serde_json::from_slice(response.body()).map_err(|source| {
                let task = T::NAME.to_owned();
                WaitError::Queue(QueueError::Json { task, what: "output", source })
            }),
            Err(ClientError::Status { status, response }) => {
                let known = self.look(invocation.invocation_id()).await?;
                match known {
                    // Forgotten while it was waited for.
                    None if status.as_u16() == 409 => Err(WaitError::Cancelled),
                    None => Err(QueueError::UnknownTask(self.id).into()),
                    Some(look) if look.status == "completed" => {
                        match self.state::<Death>(DEAD).await? {
                            Some(death) => Err(WaitError::Dead(death.dead(self.id, T::NAME))),
                            None => Err(WaitError::Cancelled),
                        }
                    }
                    Some(_) => Err(refused(ClientError::Status { status, response }).into()),
                }
            }
            Err(error) => Err(refused(error).into()),
        }
    }

    /// Asks for the task's end.
    ///
    /// Restate forgets a task that has not begun, and its id is unknown from then on:
    /// [`Cancelled::BeforeStart`]. In all other cases a worker has to end it: [`Cancelled::Requested`]. A
    /// task that waits for a retry ends at once. An attempt that runs is not dropped: it goes on until it
    /// ends or its timeout cuts it, and no other follows. If it succeeds, the task has succeeded, since
    /// the first end wins.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn cancel(&self) -> Result<Cancelled, QueueError> {
        let invocation = self.invocation().await?;
        if self.look(invocation.invocation_id()).await?.is_none() {
            return Err(QueueError::UnknownTask(self.id));
        }
        let cancelled = self.queue.restate.admin.cancel(invocation.invocation_id()).await?;
        if cancelled == Cancelled::BeforeStart {
            events::ended(T::NAME, self.id, "cancelled", None);
        }
        Ok(cancelled)
    }

    /// Whether it has ended; nothing, where Restate does not know it.
    pub(super) async fn has_ended(&self) -> Result<Option<bool>, QueueError> {
        let invocation = self.invocation().await?;
        let look = self.look(invocation.invocation_id()).await?;
        Ok(look.map(|look| look.status == "completed"))
    }

    /// The workflow's invocation, which has an id whether it was made or not.
    async fn invocation(&self) -> Result<InvocationHandle<Http, Bytes>, QueueError> {
        let ingress = &self.queue.restate.ingress;
        ingress.lookup_workflow(T::NAME, self.id.to_string(), None).await.map_err(refused)
    }

    async fn look(&self, invocation: &str) -> Result<Option<Invocation>, QueueError> {
        // Restate 1.7 leaves `scheduled_start_at` out, unless `scheduled_at` is asked for.
        let sql = format!(
            "SELECT status, completion_result AS result, \
                CAST(scheduled_start_at AS BIGINT) AS start_ms, scheduled_at, \
                CAST(created_at AS BIGINT) AS created_ms, \
                CAST(running_at AS BIGINT) AS running_ms, \
                CAST(next_retry_at AS BIGINT) AS retry_ms, \
                last_attempt_deployment_id AS deployment \
            FROM sys_invocation WHERE id = '{invocation}'"
        );
        Ok(self.queue.restate.admin.query(&sql).await?.pop())
    }

    /// What the workflow keeps under that key.
    async fn state<V: serde::de::DeserializeOwned>(
        &self,
        key: &str,
    ) -> Result<Option<V>, QueueError> {
        #[derive(Deserialize)]
        struct Kept {
            value: String,
        }
        let sql = format!(
            "SELECT value_utf8 AS value FROM state \
            WHERE service_name = '{}' AND service_key = '{}' AND key = '{key}'",
            T::NAME.replace('\'', "''"),
            self.id
        );
        let kept = self.queue.restate.admin.query::<Kept>(&sql).await?.pop();
        let value = kept.map(|kept| serde_json::from_str(&kept.value)).transpose();
        value.map_err(|_| {
            QueueError::Unavailable(format!("`{key}` of the task is another release's").into())
        })
    }
}

fn time(millis: Option<i64>) -> SystemTime {
    let millis = millis.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default();
    UNIX_EPOCH + Duration::from_millis(millis)
}
