//! The task.

use persevere::http::{HttpError, ResponseExt};
use persevere::{Attempt, task};
use serde_json::{Value, json};

/// The evaluation service, as a worker sees it.
pub(crate) struct Service {
    pub(crate) client: reqwest::Client,
    pub(crate) url: String,
    /// Who asks.
    pub(crate) worker: String,
}

/// `HttpError` classifies itself: connection errors, 408, 425 and 5xx are retried on "default"'s
/// schedule, 429 on the "aggressive" one and no sooner than its `Retry-After` allows; any other 4xx
/// ends the task at once.
#[task(
    queue = "evaluations",
    policy = "default",
    throttled = "aggressive",
    timeout = "30s",
    deadline = "1h"
)]
pub(crate) async fn evaluate_code(
    service: &Service,
    attempt: &Attempt,
    eval_id: String,
    code: String,
) -> Result<u64, HttpError> {
    println!("  {}: {eval_id}, attempt {}", service.worker, attempt.number());
    let request = service.client.post(&service.url);
    // The same for every attempt: so the service knows an evaluation that it has been asked for before.
    let request = request.header("Idempotency-Key", attempt.delivery().idempotency_key());
    let request = request.header("Worker", &service.worker);
    let response = request.json(&json!({ "eval_id": eval_id, "code": code })).send().await?;
    let evaluation: Value = response.error_for_retry()?.json().await?;
    Ok(evaluation["score"].as_u64().unwrap_or(0))
}
