//! [`Attempting`]: what happens within the step of an attempt.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use persevere_core::engine::GiveUp;
use persevere_core::task::{CheckpointError, Checkpoints, Payload, Storing, TaskId};
use restate_sdk::errors::{HandlerError, HandlerResult};
use restate_sdk::ingress::CallResponse;
use restate_sdk::serde::Json;
use tokio::time::{Instant, sleep, timeout};

use super::Queue;
use super::http::refused;
use super::keeper::{self, KEEP, Kept};
use super::serving::Serving;
use super::written::{CENTURY, Death, Follower, Message, Standing, Step, raw};
use crate::engine::{Settled, Transition, WORKER_LOST};
use crate::events;
use crate::queue::MAX_ARGS;
use crate::row::Row;
use crate::row::moment::micros;
use crate::worker::asked_again::AskedAgain;
use crate::worker::attempt::{Came, Common};
use crate::worker::held::Order;
use crate::worker::registered::Registered;

/// The longest time that an open breaker puts a task off for: it may close before it said.
const LONGEST: Duration = Duration::from_secs(15);

/// How long Restate may take to keep a checkpoint.
const PATIENCE: Duration = Duration::from_secs(10);

/// An attempt that is due.
pub(super) struct Attempting<'a, S> {
    pub(super) serving: &'a Arc<Serving<S>>,
    pub(super) task: &'a Arc<Registered<S>>,
    pub(super) message: &'a Message,
    pub(super) row: Row,
    /// For how long it has been due this time.
    pub(super) late: Duration,
    pub(super) checkpoints: Arc<KeptInStep>,
}

/// Checkpoints of an attempt. Its step has them at its end, and takes nothing before: until then the
/// task's keeper has them, if the worker knows where Restate is.
#[derive(Debug)]
pub(super) struct KeptInStep {
    last: Mutex<Option<Payload>>,
    keeping: Option<Keeping>,
    has_kept: AtomicBool,
}

/// Where the checkpoints of an attempt are kept before its end.
#[derive(Debug)]
pub(super) struct Keeping {
    pub(super) queue: Queue,
    pub(super) task: String,
    pub(super) id: TaskId,
    pub(super) order: u64,
}

impl Keeping {
    /// Keeps one, however often that must be tried.
    async fn keep(&self, value: &Payload) -> Result<(), CheckpointError> {
        let mut asked = AskedAgain::default();
        loop {
            let value = raw(value).map_err(CheckpointError::Json)?;
            let target = keeper::of_task(&self.task, self.id, KEEP);
            let kept = Json(Kept { order: self.order, value });
            let request = self.queue.restate.ingress.request::<_, Vec<u8>>(target, kept);
            let answer = timeout(PATIENCE, request.call()).await;
            let why = match answer.map(|answer| answer.and_then(CallResponse::into_body)) {
                Ok(Ok(_)) => return Ok(()),
                Ok(Err(error)) => refused(error).to_string(),
                Err(_) => "Restate does not answer".to_owned(),
            };
            tracing::warn!(
                target: "persevere",
                task = self.task, id = %self.id,
                "a checkpoint was not stored, and will be: {why}"
            );
            sleep(asked.pause()).await;
        }
    }
}

impl KeptInStep {
    pub(super) const fn new(last: Option<Payload>, keeping: Option<Keeping>) -> Self {
        Self { last: Mutex::new(last), keeping, has_kept: AtomicBool::new(false) }
    }

    fn last(&self) -> Option<Payload> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the keeper may have one of this attempt.
    fn has_kept(&self) -> bool {
        self.has_kept.load(Ordering::Relaxed)
    }
}

impl Checkpoints for KeptInStep {
    fn store<'a>(&'a self, value: &'a Payload) -> Storing<'a> {
        Box::pin(async move {
            let (bytes, limit) = (value.as_str().len(), MAX_ARGS);
            if bytes > limit {
                return Err(CheckpointError::TooLarge { bytes, limit });
            }
            if let Some(keeping) = &self.keeping {
                self.has_kept.store(true, Ordering::Relaxed);
                keeping.keep(value).await?;
            }
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(value.clone());
            Ok(())
        })
    }
}

impl<S: Send + Sync + 'static> Attempting<'_, S> {
    /// The worker that was to make the attempt is not this one: it was lost, or gave the task back
    /// between two steps, which looks the same.
    pub(super) fn lost(mut self, worker: &str) -> Step {
        let pause = self.row.progress.crashed();
        self.row.attempts.add(SystemTime::now(), None, WORKER_LOST);
        let crashes = self.row.progress.crashes;
        tracing::warn!(
            target: "persevere",
            task = %self.row.task, id = %self.row.id, crashes,
            "its worker was lost, {worker}: it is due again"
        );
        if crashes > self.task.max_crashes {
            return self.dead(GiveUp::WorkerLost, WORKER_LOST);
        }
        match self.again(pause) {
            Step::Again { after_us, standing, .. } => {
                Step::Again { after_us, standing, is_lost: true }
            }
            other => other,
        }
    }

    /// Makes the attempt, unless there is a reason not to.
    pub(super) async fn make(mut self) -> HandlerResult<Step> {
        let since_due = self.message.since_due();
        if let Some((reason, error)) = self.task.refuses(&self.row, since_due) {
            return Ok(self.dead(reason, &error));
        }
        let asked = tokio::select! {
            biased;
            asked = self.task.permits() => asked,
            () = self.serving.ordered(Order::Release) => {
                self.serving.release();
                self.row.progress.released();
                return Ok(self.again(Duration::ZERO));
            }
        };
        let permits = match asked {
            Ok(permits) => permits,
            Err(rejection) => {
                let pause = self.task.put_off(&mut self.row, LONGEST, rejection);
                return Ok(self.again(pause));
            }
        };
        let call = match self.task.resume(&self.row, since_due) {
            Ok(call) => call,
            Err((reason, error)) => return Ok(self.dead(reason, &error)),
        };
        let (began, started) = (SystemTime::now(), Instant::now());
        events::moved(&self.row.task, self.row.id, "running");
        events::metrics::begun(&self.row.task, self.late);
        let common = Common {
            row: &self.row,
            state: &self.serving.state,
            rows: &self.serving.rows,
            checkpoint: self.checkpoints.last(),
            checkpoints: Arc::<KeptInStep>::clone(&self.checkpoints),
            trace_parent: None, // the trace is that of the request
        };
        let mut running = match (self.task.begin)(common, call, permits) {
            Ok(running) => running,
            Err(error) => return Ok(self.dead(GiveUp::Unreadable, &error)),
        };
        let came = tokio::select! {
            biased;
            came = &mut running.0 => came,
            () = self.serving.ordered(Order::Release) => {
                drop(running);
                self.serving.release();
                self.row.progress.released();
                return Ok(self.again(Duration::ZERO));
            }
        };
        match came {
            Ok(Came::Through(output, then)) => {
                let followers = then.iter().map(Follower::of).collect::<Result<_, _>>()?;
                let has_kept = self.checkpoints.has_kept();
                let step = Step::Done { output: raw(&output)?, then: followers, has_kept };
                self.report(&Transition::Done { output, then });
                Ok(step)
            }
            Ok(Came::Again(retry, error)) => {
                self.row.failed(began, started.elapsed(), &error);
                self.row.progress.come_to(&retry.progress());
                let after = retry.delay();
                retry.hand_over();
                Ok(self.again(after))
            }
            Ok(Came::ToNothing(reason, error)) => {
                self.row.failed(began, started.elapsed(), &error);
                Ok(self.dead(reason, &error))
            }
            // Somebody's subscriber panicked, or the runtime ends: Restate calls again.
            Err(ended) => {
                let why = format!("an attempt ended without an outcome: {ended}");
                Err(HandlerError::from(why))
            }
        }
    }

    /// Logs and counts what Restate will keep.
    fn report(&self, transition: &Transition) {
        events::settled(&self.row.task, self.row.id, transition, Settled::Written);
    }

    fn dead(&self, reason: GiveUp, error: &str) -> Step {
        self.report(&Transition::Dead { reason, error: error.to_owned() });
        Step::Dead(Death::of(&self.row, reason, error, self.checkpoints.has_kept()))
    }

    fn again(&self, after: Duration) -> Step {
        let after = after.min(CENTURY);
        self.report(&Transition::Again(after));
        let after_us = u64::try_from(micros(after)).unwrap_or(0);
        let checkpoint = self.checkpoints.last();
        let standing = Standing::of(&self.row, checkpoint.as_ref(), after);
        Step::Again { after_us, standing, is_lost: false }
    }
}
