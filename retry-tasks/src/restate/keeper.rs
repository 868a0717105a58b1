//! The keeper of a task: an object of Restate beside its workflows, which holds what outlives a step. One
//! object for each key says which task holds it; one for each task has the checkpoint of the attempt that
//! runs.

use std::fmt::Write as _;

use persevere_core::task::TaskId;
use restate_sdk::context::RequestTarget;
use restate_sdk::discovery::{Handler, HandlerType, ServiceName, ServiceType};
use restate_sdk::endpoint::{ContextInternal, Error};
use restate_sdk::errors::{HandlerError, HandlerResult, TerminalError};
use restate_sdk::serde::Json;
use restate_sdk::service::{Service, ServiceDefinition, macro_support};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::discovery;
use super::written::{Message, RUN};
use crate::engine::QueueError;

/// The key of the state that an object has.
const STATE: &str = "kept";

/// Takes a key for a task, and begins the task's workflow; or says which task has it.
pub(super) const CLAIM: &str = "claim";
/// Gives a key back that a task has.
pub(super) const FREE: &str = "free";
/// Keeps a checkpoint.
pub(super) const KEEP: &str = "keep";
/// The checkpoint that is kept.
pub(super) const KEPT: &str = "kept";
/// Forgets the checkpoint.
pub(super) const FORGET: &str = "forget";

/// A task that is to have a key.
#[derive(Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) message: Message,
    /// The span after which it is due.
    pub(super) after_us: u64,
    /// When it was enqueued, by the producer's clock.
    pub(super) since_us: i64,
}

/// The task that has a key.
#[derive(Serialize, Deserialize)]
pub(super) struct Holder {
    pub(super) id: String,
    pub(super) since_us: i64,
}

/// A checkpoint, and which attempt of its task noted it: a later one has a greater number.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) order: u64,
    pub(super) value: Box<RawValue>,
}

/// The name of a task's keeper.
pub(super) fn name(task: &str) -> String {
    format!("{task}.keeper")
}

/// That name, if a service of Restate may have it.
pub(super) fn service_name(task: &str) -> Result<ServiceName, QueueError> {
    ServiceName::try_from(name(task)).map_err(|_| QueueError::ServiceName { task: task.to_owned() })
}

/// The object of a key, whose text is the user's: Restate shows its bytes in hexadecimal digits.
pub(super) fn of_key(task: &str, key: &str, handler: &str) -> RequestTarget {
    let mut digits = "key-".to_owned();
    for byte in key.bytes() {
        let _ = write!(digits, "{byte:02x}");
    }
    target(task, digits, handler)
}

/// The object of a task.
pub(super) fn of_task(task: &str, id: TaskId, handler: &str) -> RequestTarget {
    target(task, format!("task-{id}"), handler)
}

fn target(task: &str, key: String, handler: &str) -> RequestTarget {
    RequestTarget::Object { name: name(task), key, handler: handler.to_owned() }
}

struct Keeper {
    task: String,
}

impl Service for Keeper {
    type Future = macro_support::ServiceBoxFuture;

    fn handle(&self, context: ContextInternal) -> Self::Future {
        let task = self.task.clone();
        Box::pin(async move {
            let handler = context.handler_name().to_owned();
            if ![CLAIM, FREE, KEEP, KEPT, FORGET].contains(&&*handler) {
                return Err(Error::unknown_handler(context.service_name(), &handler));
            }
            let (input, _) = context.input::<Vec<u8>>().await;
            let outcome = answer(&context, &task, &handler, &input).await;
            context.handle_handler_result(outcome);
            context.end();
            Ok(())
        })
    }
}

async fn answer(
    context: &ContextInternal,
    task: &str,
    handler: &str,
    input: &[u8],
) -> HandlerResult<Vec<u8>> {
    let state = context.get::<Vec<u8>>(STATE).await?;
    let nothing = || Ok(Vec::new());
    match handler {
        CLAIM => {
            if let Some(holder) = state {
                return Ok(holder);
            }
            let Claim { id, message, after_us, since_us } = read(input)?;
            let holder = written(&Holder { id: id.clone(), since_us })?;
            context.set(STATE, holder.clone());
            let run =
                RequestTarget::Workflow { name: task.to_owned(), key: id, handler: RUN.to_owned() };
            let after = (after_us > 0).then(|| std::time::Duration::from_micros(after_us));
            drop(context.send(run, None, None, None, Vec::new(), Json(message), after));
            Ok(holder)
        }
        FREE => {
            let id: String = read(input)?;
            let holder: Option<Holder> = state.as_deref().map(read).transpose()?;
            if holder.is_some_and(|holder| holder.id == id) {
                context.clear(STATE);
            }
            nothing()
        }
        KEEP => {
            let new: Kept = read(input)?;
            let old: Option<Kept> = state.as_deref().map(read).transpose()?;
            // An attempt that stood still for long may have a successor.
            if old.is_none_or(|old| old.order <= new.order) {
                context.set(STATE, input.to_vec());
            }
            nothing()
        }
        KEPT => Ok(state.unwrap_or_default()),
        _ => {
            context.clear(STATE);
            nothing()
        }
    }
}

/// Without serde's own text, which shows what stands there.
fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> HandlerResult<T> {
    let unfit =
        |_| TerminalError::new_with_code(400, "the worker's tasks call this, and nobody else");
    serde_json::from_slice(bytes).map_err(unfit).map_err(HandlerError::from)
}

fn written(value: &impl Serialize) -> HandlerResult<Vec<u8>> {
    serde_json::to_vec(value).map_err(HandlerError::from)
}

/// The keeper of the tasks of that name.
pub(super) fn definition(task: &str) -> Result<ServiceDefinition, QueueError> {
    let handlers = [CLAIM, FREE, KEEP, KEPT, FORGET].map(handler).to_vec();
    let what = "What a durable task keeps beside its workflow.";
    let discovered =
        discovery::service(ServiceType::VirtualObject, service_name(task)?, handlers, what);
    Ok(macro_support::service_definition(Keeper { task: task.to_owned() }, discovered))
}

fn handler(name: &str) -> Handler {
    let input = discovery::input("*/*", false);
    let handler = discovery::handler(name, HandlerType::Exclusive, input);
    Handler { journal_retention: Some(0), ..handler }
}
