//! [`Invocation`]: one call of a task's workflow, from its message to its end.
//!
//! Every decision is made within a step, whose result Restate keeps. What stands between the steps
//! follows from these results alone, so that a release that decides otherwise reads the journal of an
//! earlier one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use persevere_core::engine::GiveUp;
use persevere_core::task::TaskId;
use restate_sdk::context::{RequestTarget, RunFuture as _};
use restate_sdk::endpoint::ContextInternal;
use restate_sdk::errors::{HandlerError, HandlerResult, TerminalError};
use restate_sdk::serde::Json;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::keeper::{self, FORGET, FREE, KEPT, Kept};
use super::serving::{Serving, Slot, TaskSlots};
use super::step::{Attempting, Keeping, KeptInStep};
use super::written::{DEAD, Follower, Message, RUN, STANDING, Standing, Start, Step};
use crate::events;
use crate::worker::held::Order;
use crate::worker::registered::Registered;

/// What Restate is answered by a worker that begins nothing more: it calls another one, or this one's
/// successor.
pub(super) const SHUTS_DOWN: &str = "the worker shuts down";

/// How long an attempt waits here for a free slot: less than a minute, after which Restate suspends what
/// does nothing, unless it is configured otherwise.
const WAITING: Duration = Duration::from_secs(10);

/// One call of a task's workflow.
pub(super) struct Invocation<'a, S> {
    pub(super) context: &'a ContextInternal,
    pub(super) serving: &'a Arc<Serving<S>>,
    pub(super) task: &'a Arc<Registered<S>>,
    pub(super) slots: Arc<TaskSlots>,
}

impl<S: Send + Sync + 'static> Invocation<'_, S> {
    /// Makes attempts until there is an outcome, which is the task's output in JSON.
    pub(super) async fn run(self, message: &[u8], key: &str) -> HandlerResult<Vec<u8>> {
        let id: TaskId = key.parse().map_err(|error| unfit(&error))?;
        let message: Message = serde_json::from_slice(message)
            .map_err(|_| unfit(&"it is to be called as `persevere::tasks::restate::Queue` does"))?;
        if message.version() > self.task.version {
            let (found, known) = (message.version(), self.task.version);
            let task = self.context.service_name();
            return Err(HandlerError::from(format!(
                "the arguments of `{task}` have version {found}, and this worker reads up to {known}"
            )));
        }
        let message = Arc::new(message);
        let mut standing = Standing::default();
        loop {
            if self.serving.ends() {
                return Err(HandlerError::from(SHUTS_DOWN));
            }
            match self.attempt(id, &message, &standing).await? {
                Step::Done { output, then, has_kept } => {
                    for follower in then {
                        self.send(follower);
                    }
                    self.give_back(id, &message, has_kept || standing.has_checkpoint());
                    return Ok(output.get().as_bytes().to_vec());
                }
                Step::Dead(death) => {
                    let line = death.line();
                    self.context.set(DEAD, bytes(&death)?);
                    self.give_back(id, &message, death.has_kept() || standing.has_checkpoint());
                    return Err(HandlerError::from(TerminalError::new(line)));
                }
                Step::Again { after_us, standing: mut next, is_lost } => {
                    if is_lost {
                        let kept = self.kept(id, &message).await?;
                        next.take_up(kept, standing.order());
                    }
                    self.context.set(STANDING, bytes(&next)?);
                    standing = next;
                    self.wait(id, &message, Duration::from_micros(after_us)).await?;
                }
            }
        }
    }

    /// Stores a task with the end of this one.
    fn send(&self, follower: Follower) {
        let delay = follower.delay();
        let target = RequestTarget::Workflow {
            name: follower.task,
            key: follower.id,
            handler: RUN.to_owned(),
        };
        let message = Json(follower.message);
        drop(self.context.send(target, None, None, None, Vec::new(), message, delay));
    }

    /// What the keeper has of the task is given back: its key, and its checkpoint, if there may be one.
    fn give_back(&self, id: TaskId, message: &Message, may_have_checkpoint: bool) {
        let task = self.context.service_name();
        if let Some(key) = message.key() {
            let free = keeper::of_key(task, key, FREE);
            let id = Json(id.to_string());
            drop(self.context.send(free, None, None, None, Vec::new(), id, None));
        }
        if may_have_checkpoint {
            let forget = keeper::of_task(task, id, FORGET);
            drop(self.context.send(forget, None, None, None, Vec::new(), (), None));
        }
    }

    /// What an attempt has noted whose worker was lost.
    async fn kept(&self, id: TaskId, message: &Message) -> HandlerResult<Option<Kept>> {
        let kept = keeper::of_task(self.context.service_name(), id, KEPT);
        let call = self.context.call::<_, Vec<u8>>(kept, None, None, None, Vec::new(), ());
        let kept = call.await.map_err(|error| self.cancelled(id, message, error))?;
        if kept.is_empty() { Ok(None) } else { read(&kept).map(Some) }
    }

    /// Waits in Restate, which frees this worker where it takes long.
    async fn wait(&self, id: TaskId, message: &Message, span: Duration) -> HandlerResult<()> {
        tokio::select! {
            biased;
            () = self.serving.ordered(Order::Finish) => Err(HandlerError::from(SHUTS_DOWN)),
            slept = self.context.sleep(span) => slept.map_err(|error| self.cancelled(id, message, error)),
        }
    }

    /// Makes one attempt, or finds that the one that was begun has taken its worker with it.
    async fn attempt(
        &self,
        id: TaskId,
        message: &Arc<Message>,
        standing: &Standing,
    ) -> HandlerResult<Step> {
        // Kept for the attempt where both steps are made here, as they are unless a worker is lost.
        let slot = Arc::new(Mutex::new(None));
        let is_suspect = standing.progress().crashes > 0;
        let start = async || -> HandlerResult<Vec<u8>> {
            let free = self.free_slot(is_suspect).await?;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(free);
            bytes(&Start { worker: self.serving.worker.clone() })
        };
        let start = self.context.run(start).name("start").await;
        let start: Start = read(&start.map_err(|error| self.cancelled(id, message, error))?)?;

        let ended = Arc::new(Mutex::new(None));
        let attempt = async || -> HandlerResult<Vec<u8>> {
            let attempting = Attempting {
                serving: self.serving,
                task: self.task,
                message,
                row: message.row(id, self.context.service_name(), standing),
                late: standing.late().unwrap_or_else(|| message.since_due()),
                checkpoints: Arc::new(KeptInStep::new(
                    standing.checkpoint(),
                    self.keeping(id, standing),
                )),
            };
            let step = if start.worker == self.serving.worker {
                let held = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                let _slot = match held {
                    Some(slot) => slot,
                    None => self.free_slot(is_suspect).await?,
                };
                attempting.make().await?
            } else {
                attempting.lost(&start.worker)
            };
            let step = bytes(&step)?;
            *ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(step.clone());
            Ok(step)
        };
        match self.context.run(attempt).name("attempt").await {
            Ok(step) => read(&step),
            // Cancelled while it ran: the first end wins.
            Err(cancelled) => {
                let step = ended.lock().unwrap_or_else(PoisonError::into_inner).take();
                match step.map(|step| read(&step)).transpose()? {
                    Some(done @ Step::Done { .. }) => Ok(done),
                    _ => Err(self.cancelled(id, message, cancelled)),
                }
            }
        }
    }

    /// The end of a task that was cancelled, which is the only error that Restate itself has for a step.
    fn cancelled(&self, id: TaskId, message: &Message, error: TerminalError) -> HandlerError {
        self.give_back(id, message, true);
        events::ended(self.context.service_name(), id, "cancelled", None);
        HandlerError::from(error)
    }

    /// Where an attempt's checkpoints are kept before its end, if the worker knows Restate's address.
    fn keeping(&self, id: TaskId, standing: &Standing) -> Option<Keeping> {
        let queue = self.serving.checkpoints.clone()?;
        let task = self.context.service_name().to_owned();
        Some(Keeping { queue, task, id, order: standing.order() })
    }

    /// A slot for the attempt. An invocation that waits for too long is given back to Restate, or it would
    /// be suspended between the two steps, and the second one perhaps made by another worker.
    async fn free_slot(&self, is_suspect: bool) -> HandlerResult<Slot> {
        let slot = self.serving.slot(&self.slots, is_suspect);
        match timeout(WAITING, slot).await {
            Ok(slot) => slot.ok_or_else(|| HandlerError::from(SHUTS_DOWN)),
            Err(_) => Err(HandlerError::from("the worker has no free slot")),
        }
    }
}

/// The end of a call that no task made.
fn unfit(why: &dyn std::fmt::Display) -> HandlerError {
    TerminalError::new_with_code(400, format!("{}: {why}", GiveUp::Unreadable.as_str())).into()
}

fn bytes(value: &impl serde::Serialize) -> HandlerResult<Vec<u8>> {
    serde_json::to_vec(value).map_err(HandlerError::from)
}

/// Without serde's own text, which shows what stands there.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> HandlerResult<T> {
    serde_json::from_slice(bytes).map_err(|_| {
        HandlerError::from("a step of another release is not understood: a later worker is needed")
    })
}
