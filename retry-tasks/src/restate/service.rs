//! A task as a workflow of Restate, whose key is the task's id.

use std::sync::Arc;
use std::time::Duration;

use persevere_core::Policy;
use restate_sdk::discovery::{
    Handler, HandlerType, Service as Discovered, ServiceName, ServiceType,
};
use restate_sdk::endpoint::{ContextInternal, Error};
use restate_sdk::errors::HandlerError;
use restate_sdk::service::{Service, ServiceDefinition, macro_support};

use super::discovery;
use super::invocation::{Invocation, SHUTS_DOWN};
use super::serving::{Serving, TaskSlots};
use super::written::{CENTURY, RUN};
use crate::row::moment::millis;
use crate::worker::registered::Registered;

/// How Restate calls again when it did not reach a worker, or lost it.
const CALLED_AGAIN: Policy = Policy::DEFAULT
    .with_base_delay(Duration::from_millis(100))
    .with_max_delay(Duration::from_secs(5));

/// The longest time that an attempt may run, where the task has no timeout of its own: a worker that was
/// lost is noticed by its connection.
const YEAR: Duration = Duration::from_hours(365 * 24);

/// The service of a task under one of its names.
pub(super) fn definition<S: Send + Sync + 'static>(
    serving: &Arc<Serving<S>>,
    task: &Arc<Registered<S>>,
    slots: &Arc<TaskSlots>,
    name: ServiceName,
) -> ServiceDefinition {
    let discovered = discovered(name, task.keep);
    let served =
        Served { serving: Arc::clone(serving), task: Arc::clone(task), slots: Arc::clone(slots) };
    // The way in that the SDK's own macros take, whose services' names are constants.
    macro_support::service_definition(served, discovered)
}

struct Served<S> {
    serving: Arc<Serving<S>>,
    task: Arc<Registered<S>>,
    slots: Arc<TaskSlots>,
}

impl<S: Send + Sync + 'static> Service for Served<S> {
    type Future = macro_support::ServiceBoxFuture;

    fn handle(&self, context: ContextInternal) -> Self::Future {
        let serving = Arc::clone(&self.serving);
        let (task, slots) = (Arc::clone(&self.task), Arc::clone(&self.slots));
        Box::pin(async move {
            if context.handler_name() != RUN {
                let (service, handler) = (context.service_name(), context.handler_name());
                return Err(Error::unknown_handler(service, handler));
            }
            // As bytes: the SDK would log what it cannot read.
            let (message, metadata) = context.input::<Vec<u8>>().await;
            let outcome = match serving.count() {
                Some(_counted) => {
                    let (serving, task) = (&serving, &task);
                    let invocation = Invocation { context: &context, serving, task, slots };
                    invocation.run(&message, &metadata.key).await
                }
                None => Err(HandlerError::from(SHUTS_DOWN)),
            };
            context.handle_handler_result(outcome);
            context.end();
            Ok(())
        })
    }
}

fn discovered(name: ServiceName, keep: Duration) -> Discovered {
    let input = discovery::input("application/json", true);
    let run = Handler {
        abort_timeout: Some(millis(YEAR)),
        workflow_completion_retention: Some(millis(keep.min(CENTURY))),
        retry_policy_initial_interval: Some(millis(CALLED_AGAIN.base_delay())),
        retry_policy_max_interval: Some(millis(CALLED_AGAIN.max_delay())),
        // A worker that is away for a day loses no task.
        retry_policy_max_attempts: Some(u64::from(u32::MAX)),
        retry_policy_exponentiation_factor: Some(2.0),
        ..discovery::handler(RUN, HandlerType::Workflow, input)
    };
    let what = "A durable task; the key is its id.";
    discovery::service(ServiceType::Workflow, name, vec![run], what)
}
