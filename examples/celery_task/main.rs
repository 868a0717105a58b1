//! A Celery task in this library's form: retries that outlive the process.
//!
//! `cargo run --example celery_task` (it calls cargo again with the feature that it needs, so that the other
//! examples do not have to build a database)
//!
//! In Celery, a task sends code to an evaluation service, and its retries are messages that a broker keeps:
//!
//! ```python
//! @app.task(bind=True, max_retries=5, acks_late=True, reject_on_worker_lost=True)
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
//! ```
//!
//! Here the body makes the call, the attribute above it has the rest (`evaluation.rs`), and the broker is a
//! SQLite file. This program enqueues evaluations, starts two workers in processes of their own, and kills
//! one of them with signal 9 while it runs a task. Nothing is lost.

#[cfg(feature = "tasks")]
mod evaluation;
#[cfg(feature = "tasks")]
mod service;
#[cfg(feature = "tasks")]
mod story;
#[cfg(feature = "tasks")]
mod worker;

#[cfg(feature = "tasks")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("worker") => worker::run().await,
        _ => story::tell().await,
    }
}

#[cfg(not(feature = "tasks"))]
fn main() -> std::io::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let example = ["run", "--quiet", "--package", "persevere-examples", "--features", "tasks"];
    let status = std::process::Command::new(cargo)
        .args(example)
        .args(["--example", "celery_task"])
        .status()?;
    std::process::exit(status.code().unwrap_or(1));
}
