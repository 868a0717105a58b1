//! The options of a [`Retrying`]: the keys of the attribute.

use std::borrow::Cow;
use std::time::Duration;

use super::parts::{ByFunction, Cut, Fallback, Listening, Refine, Rules, Unless};
use super::{AsyncOperation, By, ErrorOf, Operation, Retrying, ValueOf};
use crate::call::hook::{FromRejection, rejected};
use crate::classify::Verdict;
use crate::events::event::{Event, EventKind};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::policy::Policy;

#[allow(clippy::type_complexity, reason = "a signature shows which of the rules a method changes")]
impl<O: Operation, J, A, L, F, T> Retrying<O, Rules<J, A, L, F>, T> {
    /// Retries the failures for which `predicate` holds; it may also return a [`Verdict`], whose
    /// class and `retry_after` are then listened to. So are those of a verdict that it has asked, by
    /// [`is_retryable`](Verdict::is_retryable) or [`class`](Verdict::class), before it said `true`:
    /// an answer 429 with `Retry-After: 60` is waited for as long.
    ///
    /// Called again, or beside [`when`](Self::when), a failure is retried if all agree.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let outcome = Policy::DEFAULT.retry_blocking(|| Err::<(), _>(404)).on(|code| *code >= 500).call();
    /// assert_eq!(outcome, Err(404));
    /// ```
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Classify, Policy, Verdict};
    ///
    /// #[derive(Debug)]
    /// struct TooMany;
    ///
    /// impl Classify for TooMany {
    ///     fn classify(&self) -> Verdict {
    ///         Verdict::THROTTLED.with_retry_after(Duration::from_secs(60))
    ///     }
    /// }
    ///
    /// let mut waits = Vec::new();
    /// let outcome = Policy::CONSERVATIVE
    ///     .retry_blocking(|| Err::<(), _>(TooMany))
    ///     .on(|error| error.classify().is_retryable())
    ///     .sleep(|wait| waits.push(wait.as_secs()))
    ///     .call();
    /// assert!(outcome.is_err());
    /// assert_eq!(waits, [60, 60, 60]);
    /// ```
    pub fn on<P, V>(self, predicate: P) -> Retrying<O, Rules<J::With<P>, A, L, F>, T>
    where
        J: Refine,
        P: FnMut(&ErrorOf<O>) -> V,
        V: Into<Verdict>,
    {
        self.with_judge(|judge| judge.with(predicate))
    }

    /// Asks `judge` for a [`Verdict`], or whether to retry: another word for
    /// [`on`](Self::on).
    pub fn when<P, V>(self, judge: P) -> Retrying<O, Rules<J::With<P>, A, L, F>, T>
    where
        J: Refine,
        P: FnMut(&ErrorOf<O>) -> V,
        V: Into<Verdict>,
    {
        self.on(judge)
    }

    /// Never retries the failures for which `predicate` holds, whatever else is said.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let mut calls = 0;
    /// let outcome = Policy::DEFAULT
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         Err::<(), _>("broken")
    ///     })
    ///     .on(|_| true)
    ///     .unless(|error| *error == "broken")
    ///     .call();
    /// assert_eq!((outcome, calls), (Err("broken"), 1));
    /// ```
    pub fn unless<P>(self, predicate: P) -> Retrying<O, Rules<Unless<J, P>, A, L, F>, T>
    where
        P: FnMut(&ErrorOf<O>) -> bool,
    {
        self.with_judge(|judge| Unless(judge, predicate))
    }

    /// Retries the `Ok` values for which `predicate` holds; it may also return a
    /// [`Verdict`]. After the last retry, such a value is returned as it is.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let mut progress = 0;
    /// let done = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         progress += 50;
    ///         Ok::<_, std::io::Error>(progress)
    ///     })
    ///     .on_ok(|progress| *progress < 100)
    ///     .call();
    /// assert_eq!(done.ok(), Some(100));
    /// ```
    pub fn on_ok<P, V>(self, predicate: P) -> Retrying<O, Rules<J, By<P>, L, F>, T>
    where
        P: FnMut(&ValueOf<O>) -> V,
        V: Into<Verdict>,
    {
        let again = By(predicate);
        self.with_rules(|Rules { judge, listener, fallback, .. }| Rules {
            judge,
            again,
            listener,
            fallback,
        })
    }

    /// Exchanges what judges failures and `Ok` values, for types that are not closures; it takes the
    /// place of what was said before.
    ///
    /// ```
    /// use persevere::Policy;
    /// use persevere::closure::{ByClassify, Never};
    ///
    /// let outcome = Policy::DEFAULT
    ///     .retry_blocking(|| Ok::<_, std::io::Error>(42))
    ///     .judged_by(ByClassify, Never)
    ///     .call();
    /// assert_eq!(outcome.ok(), Some(42));
    /// ```
    pub fn judged_by<K, B>(self, judge: K, again: B) -> Retrying<O, Rules<K, B, L, F>, T> {
        self.with_rules(|Rules { listener, fallback, .. }| Rules {
            judge,
            again,
            listener,
            fallback,
        })
    }

    /// The policy whose schedule is used when a failure is throttled. The `max_delay` of the call's
    /// own policy bounds these waits, too.
    pub fn throttled(mut self, policy: Policy) -> Self {
        self.settings.throttled = Some(policy);
        self
    }

    /// Ends the call within `deadline` of its start: no wait begins that would reach that moment, not
    /// even after a slow hook, and an attempt in flight is cut, unless it blocks the thread. A
    /// [`fallback`](Self::fallback) is not bounded by it.
    pub fn deadline(mut self, deadline: Duration) -> Self
    where
        O: Cut,
    {
        self.options.deadline = Some(deadline);
        self.reject = self.reject.or(O::REJECT);
        self
    }

    /// Cuts each attempt of an async operation that takes longer than `timeout`.
    pub fn timeout(mut self, timeout: Duration) -> Self
    where
        O: AsyncOperation,
        ErrorOf<O>: FromRejection,
    {
        self.options.timeout = Some(timeout);
        self.reject = Some(rejected);
        self
    }

    /// Asks `budget` for a permit before each retry; a refusal ends the call at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use persevere::{Budget, Policy};
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(10); // two retries
    ///
    /// let mut calls = 0;
    /// let outcome = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         None::<u8>
    ///     })
    ///     .budget(&BUDGET)
    ///     .call();
    /// assert_eq!((outcome, calls), (None, 3));
    /// ```
    pub fn budget(mut self, budget: &'static Budget) -> Self {
        self.settings.budget = Some(budget);
        self
    }

    /// Asks `breaker` for a permit before each attempt; a refusal ends the call at once, with what its
    /// last attempt failed with. If it made none, that is
    /// [`Rejection::CircuitOpen`](crate::Rejection::CircuitOpen), made into the operation's own error.
    ///
    /// Where [`on`](Self::on) or [`when`](Self::when) retries that error, the call waits until the
    /// circuit lets a probe through; unless that takes longer than `max_delay`.
    ///
    /// ```
    /// use persevere::{CircuitBreaker, Policy, Rejection};
    ///
    /// static BREAKER: CircuitBreaker = CircuitBreaker::new();
    ///
    /// BREAKER.force_open();
    /// let mut calls = 0;
    /// let outcome = Policy::DEFAULT
    ///     .with_max_retries(0)
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         Ok::<_, Rejection>(calls)
    ///     })
    ///     .breaker(&BREAKER)
    ///     .call();
    /// assert!(matches!(outcome, Err(Rejection::CircuitOpen { .. })));
    /// assert_eq!(calls, 0);
    /// ```
    pub fn breaker(mut self, breaker: &'static CircuitBreaker) -> Self
    where
        ErrorOf<O>: FromRejection,
    {
        self.options.breaker = Some(breaker);
        self.reject = Some(rejected);
        self
    }

    /// Waits for a permit of `bulkhead` before the first attempt, as long as that and the deadline
    /// allow, and holds it for the whole call. Without one, the call ends at once with
    /// [`Rejection::BulkheadFull`](crate::Rejection::BulkheadFull), made into the operation's own
    /// error.
    ///
    /// ```
    /// use persevere::{Bulkhead, Policy, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1);
    ///
    /// let ask = || {
    ///     let attempt = || Ok::<_, Rejection>(ONE.available());
    ///     Policy::DEFAULT.retry_blocking(attempt).bulkhead(&ONE).call()
    /// };
    /// assert_eq!(ask(), Ok(0));
    /// let permit = ONE.try_acquire();
    /// assert_eq!(ask(), Err(Rejection::BulkheadFull));
    /// # drop(permit);
    /// ```
    pub fn bulkhead(mut self, bulkhead: &'static Bulkhead) -> Self
    where
        ErrorOf<O>: FromRejection,
    {
        self.options.bulkhead = Some(bulkhead);
        self.reject = Some(rejected);
        self
    }

    /// Calls `hook` when an attempt has failed and another follows, before the wait.
    pub fn on_retry<H: FnMut(&Event<'_>)>(
        self,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T> {
        let happens = |kind: EventKind| matches!(kind, EventKind::Retry);
        self.listen(happens, hook)
    }

    /// Calls `hook` when an attempt has failed and its outcome goes to the caller.
    pub fn on_give_up<H: FnMut(&Event<'_>)>(
        self,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T> {
        let happens = |kind: EventKind| matches!(kind, EventKind::GiveUp(_));
        self.listen(happens, hook)
    }

    /// Calls `hook` when an attempt after the first has succeeded.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use persevere::Policy;
    /// let (mut calls, mut line) = (0, String::new());
    /// let outcome = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         if calls < 3 { None } else { Some(calls) }
    ///     })
    ///     .name("count")
    ///     .on_success(|event| line = event.to_string())
    ///     .call();
    /// assert_eq!(outcome, Some(3));
    /// assert_eq!(line, "count: attempt 3 of 6 succeeded after 0 s of waiting");
    /// ```
    pub fn on_success<H: FnMut(&Event<'_>)>(
        self,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T> {
        let happens = |kind: EventKind| matches!(kind, EventKind::LateSuccess);
        self.listen(happens, hook)
    }

    /// What to return instead of the last error.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let outcome = Policy::DEFAULT
    ///     .retry_blocking(|| Err::<u8, _>("broken"))
    ///     .on(|_| false)
    ///     .fallback(|_| Ok(7))
    ///     .call();
    /// assert_eq!(outcome, Ok(7));
    /// ```
    pub fn fallback<G>(self, fallback: G) -> Retrying<O, Rules<J, A, L, Fallback<G>>, T>
    where
        G: FnOnce(ErrorOf<O>) -> O::Output,
    {
        let fallback = Fallback(fallback);
        self.with_rules(|Rules { judge, again, listener, .. }| Rules {
            judge,
            again,
            listener,
            fallback,
        })
    }

    /// The name in events; without it, the path of the function that the closure stands in.
    pub fn name(mut self, name: &'static str) -> Self {
        self.settings.name = Some(name);
        self
    }

    /// What this call is about, in events.
    pub fn id(mut self, id: impl Into<Cow<'static, str>>) -> Self {
        self.options.id = Some(id.into());
        self
    }

    /// Waits by `sleep` instead of the runtime's timer, or instead of blocking the thread.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let mut waits = Vec::new();
    /// let outcome = Policy::CONSERVATIVE
    ///     .retry_blocking(|| None::<u8>)
    ///     .sleep(|wait| waits.push(wait.as_secs()))
    ///     .call();
    /// assert_eq!((outcome, waits), (None, vec![5, 10, 20]));
    /// ```
    pub fn sleep<S, R>(self, sleep: S) -> Retrying<O, Rules<J, A, L, F>, ByFunction<S>>
    where
        S: FnMut(Duration) -> R,
    {
        let Self { operation, rules, settings, options, reject, .. } = self;
        Retrying { operation, rules, timer: ByFunction(sleep), settings, options, reject }
    }
}

#[allow(clippy::type_complexity, reason = "a signature shows which of the rules a method changes")]
impl<O: Operation, J, A, L, F, T> Retrying<O, Rules<J, A, L, F>, T> {
    fn with_judge<K>(self, change: impl FnOnce(J) -> K) -> Retrying<O, Rules<K, A, L, F>, T> {
        self.with_rules(|Rules { judge, again, listener, fallback }| Rules {
            judge: change(judge),
            again,
            listener,
            fallback,
        })
    }

    fn listen<H>(
        self,
        happens: fn(EventKind) -> bool,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T> {
        self.with_rules(|Rules { judge, again, listener, fallback }| {
            let listener = Listening { others: listener, happens, hook };
            Rules { judge, again, listener, fallback }
        })
    }
}

impl<O: Operation, R, T> Retrying<O, R, T> {
    fn with_rules<S>(self, change: impl FnOnce(R) -> S) -> Retrying<O, S, T> {
        let Self { operation, rules, timer, settings, options, reject } = self;
        Retrying { operation, rules: change(rules), timer, settings, options, reject }
    }
}
