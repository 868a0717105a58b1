//! A Celery task in this library's form.
//!
//! `cargo run --example celery_task`
//!
//! The task sends code to an evaluation service and stores the score. In Celery it decides on each
//! status itself, and computes each wait:
//!
//! ```python
//! @app.task(bind=True, max_retries=5)
//! def evaluate_code(self, eval_id, code):
//!     try:
//!         response = requests.post(SERVICE, json={"code": code})
//!     except requests.ConnectionError as error:
//!         raise self.retry(exc=error, countdown=backoff(self.request.retries))
//!     if response.status_code == 429:
//!         raise self.retry(countdown=int(response.headers["Retry-After"]), max_retries=10)
//!     if response.status_code == 408 or response.status_code >= 500:
//!         raise self.retry(countdown=backoff(self.request.retries))
//!     response.raise_for_status()
//!     return response.json()["score"]
//!
//! @task_failure.connect(sender=evaluate_code)
//! def evaluation_failed(sender, args, exception, **kwargs):
//!     store.fail(args[0], exception)
//! ```
//!
//! Here the body makes the call, and the attribute above it has the rest. One difference remains:
//! Celery sends a retry to its broker, where it outlives the worker; here the task waits in its
//! process, and is lost with it.

#[path = "server/mod.rs"]
mod server;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use persevere::engine::GiveUp;
use persevere::http::{HttpError, ResponseExt};
use persevere::{Event, EventKind, retry};
use serde_json::{Value, json};
use tracing_subscriber::fmt::format::debug_fn;

use crate::server::{Answer, Server};

/// The worker that runs the task.
struct Worker {
    client: reqwest::Client,
    service: String,
    store: Store,
}

impl Worker {
    /// `HttpError` classifies itself: connection errors, 408, 425 and 5xx are retried on "default"'s
    /// schedule, 429 on the "aggressive" one and no sooner than its `Retry-After` allows; any other
    /// 4xx fails at once.
    ///
    /// `base_delay` keeps the example short; without it, waits begin at 2 s.
    #[retry(
        policy = "default",
        base_delay = "20ms",
        throttled = "aggressive",
        id = eval_id,
        on_retry = |event| self.store.retrying(eval_id, event),
        on_give_up = |event| self.store.failed(eval_id, event),
    )]
    async fn evaluate_code(&self, eval_id: u32, code: &str) -> Result<u64, HttpError> {
        let submission = json!({ "eval_id": eval_id, "code": code });
        let request = self.client.post(&self.service).json(&submission);
        let evaluation: Value = request.send().await?.error_for_retry()?.json().await?;
        let score = evaluation["score"].as_u64().unwrap_or(0);
        self.store.succeeded(eval_id, score);
        Ok(score)
    }
}

/// The state of each evaluation, for everybody to read: Celery's result backend.
#[derive(Default)]
struct Store(Mutex<BTreeMap<u32, Status>>);

#[derive(Clone, Debug, PartialEq)]
enum Status {
    Retrying { retries: u32 },
    Succeeded { score: u64 },
    Failed { attempts: u32, permanent: bool, error: String },
}

impl Store {
    fn retrying(&self, eval_id: u32, event: &Event<'_>) {
        self.set(eval_id, Status::Retrying { retries: event.attempt() });
    }

    fn succeeded(&self, eval_id: u32, score: u64) {
        self.set(eval_id, Status::Succeeded { score });
    }

    fn failed(&self, eval_id: u32, event: &Event<'_>) {
        let permanent = event.kind() == EventKind::GiveUp(GiveUp::Permanent);
        let error = event.error().map_or_else(String::new, ToString::to_string);
        tracing::error!("evaluation {eval_id} is stored as failed");
        self.set(eval_id, Status::Failed { attempts: event.attempt(), permanent, error });
    }

    fn set(&self, eval_id: u32, status: Status) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(eval_id, status);
    }

    fn get(&self, eval_id: u32) -> Option<Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&eval_id).cloned()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), reqwest::Error> {
    log_messages();
    let server = Server::start().await;
    let client = server::client().timeout(Duration::from_millis(500)).build()?;
    let mut worker =
        Worker { client, service: server.url("/evaluations"), store: Store::default() };

    println!("\nEvaluation 1: a busy, absent, slow and impatient service, then a score");
    server.will_answer([
        Answer::Status(503),
        Answer::Close,
        Answer::Silence,
        Answer::Status(408),
        Answer::Success(r#"{ "score": 87 }"#),
    ]);
    let score = worker.evaluate_code(1, "print(6 * 7)").await;
    assert_eq!(score.ok(), Some(87));
    assert_eq!(worker.store.get(1), Some(Status::Succeeded { score: 87 }));
    report(&worker, 1);

    println!(
        "\nEvaluation 2: the service asks for a second's patience, on top of which comes jitter"
    );
    server.will_answer([Answer::RetryAfter(429, 1), Answer::Success(r#"{ "score": 64 }"#)]);
    let begun = Instant::now();
    let score = worker.evaluate_code(2, "print(8 * 8)").await;
    assert_eq!(score.ok(), Some(64));
    assert!(begun.elapsed().as_secs() >= 1, "Retry-After was honoured");
    report(&worker, 2);

    println!("\nEvaluation 3: the service refuses the code, and would refuse it again");
    server.will_answer([Answer::Status(422), Answer::Success(r#"{ "score": 100 }"#)]);
    let score = worker.evaluate_code(3, "print(").await;
    let status = score.err().and_then(|error| error.status());
    assert_eq!(status.map(|status| status.as_u16()), Some(422));
    assert_eq!(server.answers_left(), 1, "no second request was sent");
    assert!(matches!(
        worker.store.get(3),
        Some(Status::Failed { attempts: 1, permanent: true, .. })
    ));
    report(&worker, 3);

    println!("\nEvaluation 4: the service is down, and stays down");
    worker.service = nobody_listens().await;
    let score = worker.evaluate_code(4, "print(9 * 9)").await;
    assert_eq!(score.map_err(|error| error.status()), Err(None), "there was no response at all");
    assert!(matches!(
        worker.store.get(4),
        Some(Status::Failed { attempts: 6, permanent: false, .. })
    ));
    report(&worker, 4);
    Ok(())
}

/// Logs without the events' fields (function, id, attempt, delay …), which a real log would keep.
fn log_messages() {
    let message_alone = debug_fn(|line, field, value| match field.name() {
        "message" => write!(line, "{value:?}"),
        _ => Ok(()),
    });
    tracing_subscriber::fmt().without_time().with_ansi(false).fmt_fields(message_alone).init();
}

fn report(worker: &Worker, eval_id: u32) {
    if let Some(status) = worker.store.get(eval_id) {
        println!("   => {status:?}");
    }
}

/// An address whose port was free a moment ago: connecting to it is refused.
async fn nobody_listens() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    format!("http://{address}/evaluations")
}
