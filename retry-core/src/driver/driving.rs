//! [`Driving`]: a call of which an attempt runs.

use std::borrow::Cow;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::{Driver, DueRetry, Failed, Next, Progress};
use crate::call::Call;
use crate::call::attempt::Attempt;
use crate::call::nesting::Nesting;
use crate::call::retry::DecidedRetry;
use crate::call::so_far::SoFar;
use crate::classify::rejection::Rejection;
use crate::classify::stopped::Stopped;
use crate::engine::{GiveUp, History};
use crate::events::event::{Event, EventKind};
use crate::events::text::Text;
use crate::layers::budget::Permit;
use crate::primitives::nanoseconds::Nanoseconds;
use crate::switches;
use crate::time::limit::{Limit, within_by};
use crate::time::timeline::{Timeline, enclosed};

/// A call that is driven, of which an attempt runs: from [`Driver::begin`] or [`Driver::resume`].
///
/// It is to be said how the attempt [ended](Self::failed). Dropped before that, nothing is reported,
/// and the permit of a retry stays spent, as where a loop's call is dropped.
#[derive(Debug)]
#[must_use = "it is to be said how the attempt ended"]
pub struct Driving {
    driver: Driver,
    id: Option<Cow<'static, str>>,
    progress: Progress,
    timeline: Timeline,
    attempt: Arc<Attempt>,
    nesting: Nesting,
    budget_permit: Option<Permit<'static>>,
    /// Whether waits are planned but not made: a test's wish.
    skips_waits: bool,
    /// What `run` cut the attempt with.
    stopped: Option<Stopped>,
}

impl Driving {
    pub(super) fn resume(driver: Driver, progress: Progress, elapsed: Duration) -> Self {
        let timeline = Timeline::resumed(driver.deadline, elapsed);
        let skips_waits = if progress.retries == 0 {
            driver.budget.inspect(|budget| budget.begin());
            false
        } else {
            let test = switches::in_force();
            let skips_waits = test.skips_waits();
            test.end();
            skips_waits
        };
        // It knows of no decision in this process, so that the attempt is allowed what is in force.
        let so_far = so_far(&progress, skips_waits);
        let attempt = Attempt::of(driver.caller, timeline, &driver.policy, &so_far);
        let budget_permit = driver.budget.zip(progress.granted).map(|(budget, cause)| {
            let mut budget_permit = budget.take_over(cause);
            budget_permit.begin();
            budget_permit
        });
        Self {
            driver,
            id: None,
            progress,
            timeline,
            attempt: Arc::new(attempt),
            nesting: Nesting::now(progress.attempts_within.max(1)),
            budget_permit,
            skips_waits,
            stopped: None,
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
        let outcome = if timeout.is_some() || self.driver.deadline.is_some() {
            let limit = Limit::of(Some(&self.timeline), timeout);
            within_by(limit, enclosed(self.timeline, body), sleep(limit.after())).await
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
        body.await
    }

    /// The attempt begins in the task that polls this.
    async fn begin_here(&mut self) {
        std::future::poll_fn(|context| {
            self.nesting.begin_in_task_of(context.waker());
            Poll::Ready(())
        })
        .await;
    }

    /// The attempt succeeded, and the call with it: reported, if anything had failed before.
    pub fn succeeded(self) {
        self.succeeded_with(|_| ());
    }

    /// As [`succeeded`](Self::succeeded); calls `hook` last, as the attribute's `on_success`.
    pub fn succeeded_with(self, hook: impl FnOnce(&Event<'_>)) {
        let mut hook = Some(hook);
        at_once(self.succeeded_awaiting(async |event: &Event<'_>| {
            if let Some(hook) = hook.take() {
                hook(event);
            }
        }));
    }

    /// As [`succeeded_with`](Self::succeeded_with), for a hook that is awaited.
    #[doc(hidden)]
    pub async fn succeeded_awaiting(mut self, mut hook: impl AsyncFnMut(&Event<'_>)) {
        let budget_permit = self.budget_permit.take();
        if self.progress.retries == 0 {
            self.driver.budget.inspect(|budget| budget.succeeded());
            return;
        }
        let call = self.call();
        let event = call.recovered(&self.so_far(), budget_permit);
        hook(&event).await;
    }

    /// The attempt failed: decides what follows, and reports it.
    pub fn failed(self, failed: Failed<'_>) -> Next {
        at_once(self.conclude(failed, false, async |_: &Event<'_>| ()))
    }

    /// As [`failed`](Self::failed); calls `hook` last, as the attribute's `on_retry` and `on_give_up`. If
    /// the hook takes the time that was left for the retry, the call ends, and the hook is called for that,
    /// too.
    ///
    /// ```
    /// use persevere::driver::{Driver, Failed, Next};
    /// use persevere::{Policy, Verdict};
    ///
    /// let call = Driver::named("mailer::send", Policy::CONSERVATIVE).begin().id("mail-7");
    /// let mut lines = Vec::new();
    /// let busy = Failed::new(Verdict::TRANSIENT, &"busy");
    /// let next = call.failed_with(busy, |event| lines.push(event.to_string()));
    /// assert!(matches!(next, Next::Retry(_)));
    /// assert_eq!(lines, ["mailer::send[mail-7]: attempt 1 of 4 failed: busy; retrying in 5 s"]);
    /// ```
    pub fn failed_with(self, failed: Failed<'_>, mut hook: impl FnMut(&Event<'_>)) -> Next {
        at_once(self.conclude(failed, true, async |event: &Event<'_>| hook(event)))
    }

    /// As [`failed_with`](Self::failed_with), for a hook that is awaited.
    #[doc(hidden)]
    pub async fn failed_awaiting(
        self,
        failed: Failed<'_>,
        hook: impl AsyncFnMut(&Event<'_>),
    ) -> Next {
        self.conclude(failed, true, hook).await
    }

    /// `may_take_time` says whether there is a hook at all.
    async fn conclude(
        mut self,
        failed: Failed<'_>,
        may_take_time: bool,
        mut hook: impl AsyncFnMut(&Event<'_>),
    ) -> Next {
        let so_far = self.so_far();
        let budget_permit = self.budget_permit.take();
        let mut nesting = self.nesting;
        // As in a loop, calls within the first attempt are not recognised.
        let noticed = (self.progress.retries > 0).then_some(&mut nesting);
        let Failed { verdict, subject, stopped, earlier } = failed;
        let call = self.call().rejected(stopped.or(self.stopped)).earlier(earlier.map(Err));
        let mut event = call.event(EventKind::Retry, &so_far, subject);
        let mut decision = call.decide(&so_far, budget_permit, noticed, verdict, &mut event);
        if may_take_time {
            hook(&event).await;
            let is_late = |retry: &DecidedRetry| call.is_late(&self.before(retry), retry.wait());
            if decision.as_ref().is_ok_and(is_late) {
                decision = Err(GiveUp::DeadlineExceeded); // drops the budget's permit, which gives it back
                call.call_off(&mut event);
                hook(&event).await;
            }
        }
        match decision {
            Ok(retry) => Next::Retry(DueRetry(Box::new(self.waiting_for(retry, nesting)))),
            Err(reason) => Next::GiveUp(reason),
        }
    }

    /// The call while it waits for `retry`.
    fn waiting_for(self, retry: DecidedRetry, nesting: Nesting) -> Self {
        let progress = self.progress_with(&retry, &nesting);
        let so_far = self.before(&retry);
        let attempt = Attempt::of(self.driver.caller, self.timeline, &self.driver.policy, &so_far);
        Self {
            progress,
            attempt: Arc::new(attempt),
            nesting,
            budget_permit: retry.budget_permit,
            skips_waits: retry.skips_wait,
            stopped: None,
            ..self
        }
    }

    fn progress_with(&self, retry: &DecidedRetry, nesting: &Nesting) -> Progress {
        let Progress { retries, waited, .. } = self.progress;
        Progress {
            retries: retries.saturating_add(1),
            delay: retry.delay,
            waited: waited.saturating_add(retry.delay),
            granted: retry.budget_permit.as_ref().map(Permit::cause),
            attempts_within: nesting.attempts(),
        }
    }

    /// What has happened in the call before the attempt of `retry`.
    fn before(&self, retry: &DecidedRetry) -> SoFar {
        let progress = self.progress_with(retry, &self.nesting);
        let max_retries = Some(retry.max_retries);
        SoFar { max_retries, ..so_far(&progress, retry.skips_wait) }
    }

    fn so_far(&self) -> SoFar {
        let max_retries = (self.progress.retries > 0).then(|| self.attempt.max_retries());
        SoFar { max_retries, ..so_far(&self.progress, self.skips_waits) }
    }

    fn call(&self) -> Call<'_> {
        let Driver { caller, policy, throttled, budget, .. } = &self.driver;
        let mut call = Call::by(*caller, policy).context(&self.attempt).timeline(&self.timeline);
        if let Some(policy) = throttled {
            call = call.throttled(policy);
        }
        if let Some(budget) = budget {
            call = call.budget(budget);
        }
        if let Some(id) = &self.id {
            call = call.id(Text::Display(id));
        }
        call
    }

    pub(super) fn delay(&self) -> Duration {
        if self.skips_waits { Duration::ZERO } else { self.progress.delay }
    }

    pub(super) fn begin_retry(mut self) -> Self {
        self.nesting.begin();
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

/// What an attempt looks back on that comes after `progress`.
fn so_far(progress: &Progress, skips_waits: bool) -> SoFar {
    if progress.retries == 0 {
        return SoFar::NOTHING;
    }
    SoFar {
        history: History { retries: progress.retries, previous_delay: Some(progress.delay) },
        waited: Nanoseconds::of(progress.waited),
        skipped: if skips_waits { progress.waited } else { Duration::ZERO },
        max_retries: None,
        #[cfg(feature = "metrics")]
        failing_for: None, // the time since the call's start is known, which is measured instead
    }
}

/// What a future comes to that awaits nothing.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a hook that is no async one awaits nothing"),
    }
}
