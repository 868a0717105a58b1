//! [`Driving`]: a call of which an attempt runs.

mod end;

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::{Driver, Progress};
use crate::call::attempt::Attempt;
use crate::call::in_force::Control;
use crate::call::nesting::Nesting;
#[cfg(feature = "chaos")]
use crate::call::perturb::Acted;
#[cfg(all(feature = "chaos", feature = "tasks"))]
use crate::call::perturb::{Perturb, perturbed_by};
use crate::call::so_far::SoFar;
use crate::call::upstream::{count_call, within_upstream};
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::engine::History;
use crate::layers::budget::Permit;
use crate::layers::bulkhead::within::Within;
use crate::layers::upstream::Upstream;
use crate::primitives::entered::Entered;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::switches;
use crate::time::clock::{self, Instant};
use crate::time::limit::{Limit, within_by};
use crate::time::timeline::{Timeline, enclosed};

/// A call that is driven, of which an attempt runs: from [`Driver::begin`] or [`Driver::resume`].
///
/// Report how the attempt ended: [`succeeded`](Self::succeeded) or [`failed`](Self::failed). If it is
/// dropped before that, nothing is reported, and the permit of a retry stays spent, as when a loop's call
/// is dropped.
#[derive(Debug)]
#[must_use = "report how the attempt ended"]
pub struct Driving {
    driver: Driver,
    id: Option<Cow<'static, str>>,
    progress: Progress,
    timeline: Timeline,
    attempt: Arc<Attempt>,
    nesting: Nesting,
    budget_permit: Option<Permit<'static>>,
    /// Whether waits are counted but not made: the test kit's `no_waiting`.
    skips_waits: bool,
    /// Whether it matters how long the attempt runs.
    times_attempt: bool,
    /// When it began, if it is a retry and that matters.
    began: Option<Instant>,
    /// What `run` cut the attempt with.
    stopped: Option<Stopped>,
    /// The attempts on the call's upstream.
    within: Option<Within>,
    #[cfg(feature = "chaos")]
    acted: Arc<Acted>,
}

impl Driving {
    pub(super) fn resume(driver: Driver, progress: Progress, elapsed: Duration) -> Self {
        let timeline = Timeline::resumed(driver.deadline, elapsed);
        let skips_waits = if progress.retries == 0 {
            driver.budget.inspect(|budget| budget.begin());
            driver.upstream.inspect(|upstream| count_call(None, upstream));
            false
        } else {
            let test = switches::in_force();
            let skips_waits = test.skips_waits();
            test.end();
            skips_waits
        };
        // It knows of no decision in this process, so that the attempt is allowed what is in force.
        let so_far = so_far(&progress, skips_waits);
        let attempt = driver.attempt(timeline, &so_far);
        let budget_permit = driver.budget.zip(progress.granted).map(|(budget, cause)| {
            let mut budget_permit = budget.take_over(cause);
            budget_permit.begin();
            budget_permit
        });
        let times_attempt = progress.retries > 0
            && Control::policy(driver.caller, driver.upstream_name(), &driver.policy)
                .reset_after()
                .is_some();
        Self {
            driver,
            id: None,
            progress,
            timeline,
            attempt: Arc::new(attempt),
            nesting: Nesting::now(progress.attempts_within.max(1)),
            budget_permit,
            skips_waits,
            times_attempt,
            began: times_attempt.then(clock::now),
            stopped: None,
            within: driver.upstream.map(|upstream| within_upstream(upstream, None)),
            #[cfg(feature = "chaos")]
            acted: Arc::default(),
        }
    }

    /// What the call is about, which its events show, as `id` in the attribute.
    pub fn id(self, id: impl Into<Cow<'static, str>>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The attempt that runs is made for that task.
    #[cfg(feature = "tasks")]
    #[doc(hidden)]
    pub fn delivering(self, delivery: crate::task::Delivery) -> Self {
        self.attempt.deliver(delivery);
        self
    }

    /// The attempt that runs, for the body: it knows which it is, and may steer what follows.
    #[must_use]
    pub const fn attempt(&self) -> &Arc<Attempt> {
        &self.attempt
    }

    /// How far the call had come when the attempt began.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Runs the attempt's body for at most `timeout`, and until the call's deadline at the latest.
    /// Annotated functions that it calls keep the deadline. `sleep` makes the timer, such as
    /// `tokio::time::sleep`.
    ///
    /// # Errors
    ///
    /// What the body was cut by, or what kept it from beginning; it has been dropped.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
    /// use std::future::pending;
    /// use std::time::Duration;
    /// use persevere::driver::{Driver, Failed, Next};
    /// use persevere::{Policy, Rejection, Verdict};
    ///
    /// let mut call = Driver::named("mailer::send", Policy::DEFAULT).begin();
    /// let timeout = Some(Duration::from_millis(10));
    /// let cut = call.run(timeout, tokio::time::sleep, pending::<()>()).await.unwrap_err();
    /// assert_eq!(cut, Rejection::TimedOut);
    /// let next = call.failed(Failed::new(Verdict::TRANSIENT, &cut));
    /// assert!(matches!(next, Next::Retry(_)));
    /// # });
    /// ```
    pub async fn run<F, S>(
        &mut self,
        timeout: Option<Duration>,
        sleep: impl FnOnce(Duration) -> S,
        body: F,
    ) -> Result<F::Output, Rejection>
    where
        F: Future,
        S: Future,
    {
        self.begin_here().await;
        let body = Entered::new(self.within.as_ref(), body);
        let outcome = if timeout.is_some() || self.driver.deadline.is_some() {
            let limit = Limit::of(Some(&self.timeline), timeout);
            let sleep = limit.map(|limit| sleep(limit.after()));
            within_by(limit, enclosed(self.timeline, body), sleep).await
        } else {
            Ok(body.await)
        };
        outcome.map_err(|stopped| {
            self.stopped = Some(stopped);
            stopped.rejection()
        })
    }

    /// As [`run`](Self::run), of a body that runs on another thread, where nothing can cut it.
    #[cfg(feature = "tasks")]
    #[doc(hidden)]
    pub async fn run_uncut<F: Future>(&mut self, body: F) -> F::Output {
        self.begin_here().await;
        Entered::new(self.within.as_ref(), body).await
    }

    /// `body`, the attempt's, which chaos may break: it becomes what `fault` makes of it, or is later, as `sleep`
    /// says.
    #[cfg(all(feature = "chaos", feature = "tasks"))]
    #[doc(hidden)]
    pub fn perturbed<F, S>(
        &self,
        sleep: fn(Duration) -> S,
        fault: fn(Rejection) -> F::Output,
        body: F,
    ) -> impl Future<Output = F::Output> + use<F, S>
    where
        F: Future,
        S: Future<Output = ()>,
    {
        let (caller, upstream) = (self.driver.caller, self.driver.upstream_name());
        let acted = Arc::clone(&self.acted);
        async move {
            let perturb = Perturb::by(&acted, caller, upstream, Some(fault));
            perturbed_by(perturb, sleep, body).await
        }
    }

    /// The attempt begins in the task that polls this.
    async fn begin_here(&mut self) {
        self.began = self.times_attempt.then(clock::now);
        std::future::poll_fn(|context| {
            self.nesting.begin_in_task_of(context.waker());
            Poll::Ready(())
        })
        .await;
    }

    pub(super) fn delay(&self) -> Duration {
        if self.skips_waits { Duration::ZERO } else { self.progress.delay }
    }

    pub(super) fn begin_retry(mut self) -> Self {
        self.nesting.begin();
        self.began = self.times_attempt.then(clock::now);
        if let Some(budget_permit) = &mut self.budget_permit {
            budget_permit.begin();
        }
        self
    }

    pub(super) fn hand_over(self) -> Progress {
        if let Some(budget_permit) = self.budget_permit {
            budget_permit.hand_over();
        }
        self.progress
    }
}

impl Driver {
    fn upstream_name(&self) -> Option<&'static str> {
        self.upstream.map(Upstream::name)
    }

    /// The attempt that begins now.
    fn attempt(&self, timeline: Timeline, so_far: &SoFar) -> Attempt {
        let upstream = self.upstream_name();
        let attempt = Attempt::of(self.caller, upstream, timeline, &self.policy, so_far);
        if self.waits_as_asked { attempt.waiting_as_asked() } else { attempt }
    }
}

/// What has happened in a call before an attempt that begins after `progress`.
fn so_far(progress: &Progress, skips_waits: bool) -> SoFar {
    if progress.retries == 0 {
        return SoFar::NOTHING;
    }
    SoFar {
        history: History::new(progress.retries, Some(progress.delay)),
        waited: Nanoseconds::of(progress.waited),
        skipped: if skips_waits { progress.waited } else { Duration::ZERO },
        limit: None,
        by_kind: progress.by_kind,
        began: None,
        has_failed: true, // rows do not say which retries were polls
        #[cfg(feature = "metrics")]
        failing_for: None, // the time since the call's start is known, which is measured instead
    }
}
