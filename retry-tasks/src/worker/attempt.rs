//! One attempt of a task, in a tokio task of its own, so that a body which blocks its thread does not
//! keep its lease from being looked after.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

#[cfg(feature = "chaos")]
use persevere_core::Classify as _;
use persevere_core::driver::{Driving, DueRetry, Failed, Next};
use persevere_core::engine::GiveUp;
use persevere_core::facade::{Entered, shielded};
use persevere_core::task::{Checkpoints, Delivery, Facts, NewTask, Payload, Task};
use persevere_core::{Event, Rejection, Verdict, breaker, bulkhead};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use super::failure::Failure;
use super::run::Run;
use crate::engine::QueueError;
use crate::events::trace::{self, Parent};
use crate::row::{NewRow, Row};

/// What an attempt came to. It has been reported.
#[derive(Debug)]
pub(crate) enum Came {
    /// It succeeded, and that is what it returned, and what follows it.
    Through(Payload, Vec<NewRow>),
    /// It failed with that error, and a retry is due.
    Again(DueRetry, String),
    /// It failed for good.
    ToNothing(GiveUp, String),
}

/// What an attempt needs of those around it, until it has ended.
#[derive(Debug)]
pub(crate) struct Permits {
    pub(crate) breaker: Option<breaker::Permit<'static>>,
    pub(crate) bulkhead: Option<bulkhead::Permit<'static>>,
}

/// An attempt that runs, or the text of why its arguments cannot be read. Dropped, it is cut.
pub(crate) type Begun = Result<Running, String>;

/// An attempt that runs, and is cut when this is dropped.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) JoinHandle<Came>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the attempts of one lease have in common.
pub(crate) struct Common<'a, S> {
    pub(crate) row: &'a Row,
    pub(crate) state: &'a Arc<S>,
    pub(crate) rows: &'a Rows,
    /// The last checkpoint, and where others are stored.
    pub(crate) checkpoint: Option<Payload>,
    pub(crate) checkpoints: Arc<dyn Checkpoints>,
    /// What makes the span that enqueued the task the parent of an attempt's.
    pub(crate) trace_parent: Option<&'a Parent>,
}

/// What a task becomes that is to follow another one, if the engine can store it.
pub(crate) type Rows = Arc<dyn Fn(NewTask) -> Result<NewRow, QueueError> + Send + Sync>;

/// Begins an attempt of a row's task.
pub(crate) fn begin<S, T>(common: Common<'_, S>, call: Driving, permits: Permits) -> Begun
where
    S: Send + Sync + 'static,
    T: Run<S>,
{
    let Common { row, state, rows, checkpoint, checkpoints, trace_parent } = common;
    let task = T::read(row.version, &row.args).map_err(|error| unreadable(row.version, &error))?;
    // As it was written; what another program has put there is none.
    let traceparent =
        row.envelope.traceparent.as_deref().filter(|text| trace::is_traceparent(text));
    let facts = Facts {
        id: row.id,
        queue: row.queue.clone(),
        enqueued: row.enqueued,
        crashes: row.progress.crashes,
        failures: row.progress.failures,
        traceparent: traceparent.map(str::to_owned),
    };
    let mut call = call.delivering(Delivery::new(facts, checkpoint, checkpoints));
    if let Ok(Some(id)) = catch_unwind(AssertUnwindSafe(|| task.id())) {
        call = call.id(id);
    }
    let (state, rows) = (Arc::clone(state), Arc::clone(rows));
    let number = call.attempt().number();
    let span = trace::span(&row.task, row.id, number, traceparent, trace_parent);
    Ok(Running(tokio::spawn(attempt(task, state, rows, call, permits).instrument(span))))
}

/// Where arguments cannot be read, without serde's own text, which shows the arguments.
fn unreadable(version: u32, error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Data => "a value is not of its type, or is missing",
        _ => "they are not JSON",
    };
    format!(
        "the arguments, of version {version}, cannot be read: {what}, at byte {}",
        error.column()
    )
}

async fn attempt<S, T: Run<S>>(
    task: T,
    state: Arc<S>,
    rows: Rows,
    mut call: Driving,
    permits: Permits,
) -> Came {
    let attempt = Arc::clone(call.attempt());
    let running = async {
        match task.run(&state, &attempt).await {
            // It has had its effect, and would not be written the next time either.
            Ok(output) => success::<T>(&output, attempt.delivery(), &rows)
                .map_err(|error| Failure::new(Verdict::PERMANENT, error)),
            Err(failure) => Err(failure),
        }
    };
    #[cfg(feature = "chaos")]
    let running = call.perturbed(tokio::time::sleep, |fault| Err(broken(fault)), running);
    // Calls within it through the same bulkhead share the permit, as in a call; not where it runs on a thread
    // of its own.
    let holding = Entered::new(permits.bulkhead.as_ref(), running);
    // Whatever of the user's code may panic.
    let body = without_panic(shielded(holding));
    let ran = if T::IS_BLOCKING {
        Ok(call.run_uncut(body).await)
    } else {
        call.run(T::timeout(), tokio::time::sleep, body).await
    };
    let (to_bulkhead, was_cut) = (permits.bulkhead, ran.is_err());
    let failure = match ran {
        Ok(Ok(Ok((output, then)))) => {
            if let Some(permit) = to_bulkhead {
                permit.succeeded();
            }
            if let Some(permit) = permits.breaker {
                permit.succeeded();
            }
            call.succeeded_awaiting(async |event: &Event<'_>| heard::<S, T>(event).await).await;
            return Came::Through(output, then);
        }
        Ok(Ok(Err(failure))) => failure,
        Ok(Err(panic)) => Failure::new(Verdict::TRANSIENT, format!("it panicked: {panic}")),
        Err(rejection) => Failure::new(Verdict::TRANSIENT, rejection),
    };
    let verdict = failure.verdict();
    if let Some(permit) = to_bulkhead {
        match failure.health() {
            Some(_) if was_cut => permit.cut(),
            Some(health) => permit.failed(health),
            None => permit.succeeded(),
        }
    }
    if let Some(permit) = permits.breaker {
        match failure.health() {
            Some(health) => permit.failed(health),
            None => permit.succeeded(),
        }
    }
    let failed = match (failure.health(), failure.is_value()) {
        (None, _) => Failed::waiting(verdict),
        (Some(_), true) => Failed::value(verdict),
        (Some(_), false) => Failed::new(verdict, &failure),
    };
    let hear = async |event: &Event<'_>| heard::<S, T>(event).await;
    match call.failed_awaiting(failed, hear).await {
        Next::Retry(retry) => Came::Again(retry, failure.to_string()),
        Next::GiveUp(reason) => Came::ToNothing(reason, failure.to_string()),
    }
}

/// What an attempt fails with that chaos breaks.
#[cfg(feature = "chaos")]
fn broken(fault: Rejection) -> Failure {
    Failure::new(fault.classify(), fault)
}

/// Hands the event to the task's hooks; one that panics is logged, and changes nothing.
async fn heard<S, T: Run<S>>(event: &Event<'_>) {
    if let Err(panic) = without_panic(T::hear(event)).await {
        tracing::error!(target: "persevere", task = T::NAME, "a hook panicked: {panic}");
    }
}

/// What is written of a success: what it returned, and what follows it.
fn success<T: Task>(
    output: &T::Output,
    delivery: &Delivery,
    rows: &Rows,
) -> Result<(Payload, Vec<NewRow>), String> {
    let output =
        Payload::of(output).map_err(|error| format!("its output cannot be written: {error}"))?;
    let then = delivery.take_followers().into_iter().map(&**rows);
    let then = then.collect::<Result<_, _>>();
    Ok((output, then.map_err(|error| format!("what is to follow it cannot be stored: {error}"))?))
}

/// The end of a task for which no time is left: reported, as that of an attempt which was not made.
pub(super) fn end_late(call: Driving) -> (GiveUp, String) {
    let late = Rejection::DeadlineExceeded;
    let refused = Failed::new(Verdict::PERMANENT, &late).refused(late);
    match call.failed(refused) {
        Next::GiveUp(reason) => (reason, late.to_string()),
        Next::Retry(_) => (GiveUp::DeadlineExceeded, late.to_string()),
    }
}

/// What `body` returns, or the text that it panics with.
fn without_panic<F: Future>(body: F) -> WithoutPanic<F> {
    WithoutPanic(Some(Box::pin(body)))
}

/// A body that is polled, and dropped when it has ended or is cut, without a panic of it going further.
struct WithoutPanic<F>(Option<Pin<Box<F>>>);

impl<F: Future> Future for WithoutPanic<F> {
    type Output = Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(body) = &mut self.0 else { return Poll::Pending };
        match catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(panic) => Poll::Ready(Err(text_of(panic))),
        }
    }
}

impl<F> Drop for WithoutPanic<F> {
    fn drop(&mut self) {
        let body = self.0.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(body))) {
            tracing::error!(
                target: "persevere",
                "what a body held panicked when it was dropped: {}", text_of(panic)
            );
        }
    }
}

fn text_of(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| {
        std::mem::forget(panic); // dropped, it may panic again
        "with a value that is no text".to_owned()
    })
}
