//! What Restate learns of a service when a worker is registered: its settings, of which most are left to
//! the server.

use std::collections::HashMap;

use restate_sdk::discovery::{
    Handler, HandlerName, HandlerType, InputPayload, OutputPayload, Service, ServiceName,
    ServiceType,
};

/// A service with these handlers; `what` it is stands in Restate's own documentation of it.
pub(super) fn service(
    ty: ServiceType,
    name: ServiceName,
    handlers: Vec<Handler>,
    what: &str,
) -> Service {
    Service {
        ty,
        name,
        handlers,
        documentation: Some(what.to_owned()),
        metadata: HashMap::new(),
        abort_timeout: None,
        inactivity_timeout: None,
        journal_retention: None,
        idempotency_retention: None,
        enable_lazy_state: None,
        ingress_private: None,
        retry_policy_initial_interval: None,
        retry_policy_max_interval: None,
        retry_policy_max_attempts: None,
        retry_policy_exponentiation_factor: None,
        retry_policy_on_max_attempts: None,
    }
}

/// A handler that answers with JSON.
pub(super) fn handler(name: &str, ty: HandlerType, input: InputPayload) -> Handler {
    Handler {
        name: HandlerName::try_from(name).expect("a handler's name"),
        ty: Some(ty),
        input: Some(input),
        output: Some(OutputPayload {
            content_type: Some("application/json".to_owned()),
            json_schema: None,
            set_content_type_if_empty: Some(false),
        }),
        documentation: None,
        metadata: HashMap::new(),
        abort_timeout: None,
        inactivity_timeout: None,
        journal_retention: None,
        idempotency_retention: None,
        workflow_completion_retention: None,
        enable_lazy_state: None,
        ingress_private: None,
        retry_policy_initial_interval: None,
        retry_policy_max_interval: None,
        retry_policy_max_attempts: None,
        retry_policy_exponentiation_factor: None,
        retry_policy_on_max_attempts: None,
    }
}

pub(super) fn input(content_type: &str, is_required: bool) -> InputPayload {
    InputPayload {
        content_type: Some(content_type.to_owned()),
        json_schema: None,
        required: Some(is_required),
    }
}
