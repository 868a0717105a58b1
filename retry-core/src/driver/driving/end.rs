//! How an attempt of a driven call ends, and what follows.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::super::{Driver, DueRetry, Failed, Next, Progress};
use super::{Driving, so_far};
use crate::call::Call;
use crate::call::nesting::Nesting;
use crate::call::retry::DecidedRetry;
use crate::call::so_far::SoFar;
use crate::engine::GiveUp;
use crate::events::event::{Event, EventKind};
use crate::events::text::Text;
use crate::layers::budget::Permit;

impl Driving {
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
        let mut decision = call.decide(&so_far, budget_permit, noticed, verdict, false, &mut event);
        if may_take_time {
            hook(&event).await;
            let is_late =
                |retry: &DecidedRetry<'_>| call.is_late(&self.before(retry), retry.wait());
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
    fn waiting_for(self, retry: DecidedRetry<'static>, nesting: Nesting) -> Self {
        let progress = self.progress_with(&retry, &nesting);
        let so_far = self.before(&retry);
        let attempt = self.driver.attempt(self.timeline, &so_far);
        Self {
            progress,
            attempt: Arc::new(attempt),
            nesting,
            budget_permit: retry.budget_permit,
            skips_waits: retry.skips_wait,
            times_attempt: retry.times_attempt,
            began: None,
            stopped: None,
            ..self
        }
    }

    fn progress_with(&self, retry: &DecidedRetry<'_>, nesting: &Nesting) -> Progress {
        let Progress { retries, waited, .. } = self.progress;
        Progress {
            retries: retry.number(retries),
            delay: retry.delay,
            waited: waited.saturating_add(retry.delay),
            granted: retry.budget_permit.as_ref().map(Permit::cause),
            attempts_within: nesting.attempts(),
            by_kind: retry.by_kind,
        }
    }

    /// What has happened in the call before the attempt of `retry`.
    fn before(&self, retry: &DecidedRetry<'_>) -> SoFar {
        let progress = self.progress_with(retry, &self.nesting);
        SoFar { limit: Some(retry.limit), ..so_far(&progress, retry.skips_wait) }
    }

    fn so_far(&self) -> SoFar {
        let limit = (self.progress.retries > 0).then(|| self.attempt.retry_limit());
        SoFar { limit, began: self.began, ..so_far(&self.progress, self.skips_waits) }
    }

    fn call(&self) -> Call<'_, 'static> {
        let Driver { caller, policy, throttled, budget, .. } = &self.driver;
        let mut call = Call::by(*caller, policy).context(&self.attempt).timeline(&self.timeline);
        if let Some(policy) = throttled {
            call = call.throttled(policy);
        }
        if let Some(budget) = budget {
            call = call.budget(budget);
        }
        if let (Some(upstream), Some(within)) = (self.driver.upstream, &self.within) {
            call = call.upstream(upstream, within);
        }
        if let Some(id) = &self.id {
            call = call.id(Text::Display(id));
        }
        #[cfg(feature = "chaos")]
        {
            call = call.chaos(&self.acted);
        }
        call
    }
}

/// The output of a future that awaits nothing.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a hook that is not async awaits nothing"),
    }
}
