//! Hooks, and the fallback.

use super::with_rules;
use crate::closure::parts::{Listening, Replace, Rules, UsedUp};
use crate::closure::{ErrorOf, Operation, Retrying, ValueOf};
use crate::events::event::{Event, EventKind};

#[allow(clippy::type_complexity, reason = "a signature shows which of the rules a method changes")]
impl<O: Operation, J, A, L, F, T, S> Retrying<O, Rules<J, A, L, F>, T, S> {
    /// Calls `hook` when an attempt has failed and another follows, before the wait.
    pub fn on_retry<H: FnMut(&Event<'_>)>(
        self,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T, S> {
        let happens = |kind: EventKind| matches!(kind, EventKind::Retry);
        self.listen(happens, hook)
    }

    /// Calls `hook` when an attempt has failed and its outcome goes to the caller.
    pub fn on_give_up<H: FnMut(&Event<'_>)>(
        self,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T, S> {
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
    ///     .on(|_| true)
    ///     .name("count")
    ///     .on_success(|event| line = event.to_string())
    ///     .call();
    /// assert_eq!(outcome, Some(3));
    /// assert_eq!(line, "count: attempt 3 of 6 succeeded after 0 s of waiting");
    /// ```
    pub fn on_success<H: FnMut(&Event<'_>)>(
        self,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T, S> {
        let happens = |kind: EventKind| matches!(kind, EventKind::LateSuccess);
        self.listen(happens, hook)
    }

    /// What to return instead of the last error, where retrying or a refusal has ended the call. A permanent
    /// failure goes to the caller.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let ask = |failure: &'static str| {
    ///     Policy::DEFAULT
    ///         .with_max_retries(0)
    ///         .retry_blocking(|| Err::<u8, _>(failure))
    ///         .on(|failure| *failure == "busy")
    ///         .fallback(|_| Ok(7))
    ///         .call()
    /// };
    /// assert_eq!(ask("busy"), Ok(7));
    /// assert_eq!(ask("no such thing"), Err("no such thing"));
    /// ```
    pub fn fallback<G>(self, fallback: G) -> Retrying<O, Rules<J, A, L, F::With<G>>, T, S>
    where
        F: Replace,
        G: FnOnce(ErrorOf<O>) -> O::Output,
    {
        with_rules!(self, Rules { judge, again, listener, fallback: before } => Rules {
            judge,
            again,
            listener,
            fallback: before.with(fallback),
        })
    }

    /// What to return of a value that [`on_ok`](Self::on_ok) has waited for in vain, since no retry follows:
    /// the attribute's `on_ok = PATTERN => VALUE`. It is called at the end alone. Without it, the value is
    /// returned as it is. A [`fallback`](Self::fallback) is for errors, and is not asked about the value.
    ///
    /// ```
    /// # use persevere::Policy;
    /// let outcome = Policy::DEFAULT
    ///     .with_max_retries(3)
    ///     .with_base_delay(std::time::Duration::ZERO)
    ///     .retry_blocking(|| Ok::<_, std::io::Error>(50))
    ///     .on_ok(|progress| *progress < 100)
    ///     .used_up(|progress| Err(std::io::Error::other(format!("still at {progress} %"))))
    ///     .call();
    /// assert_eq!(outcome.unwrap_err().to_string(), "still at 50 %");
    /// ```
    pub fn used_up<G>(self, used_up: G) -> Retrying<O, Rules<J, A, L, UsedUp<F, G>>, T, S>
    where
        G: FnOnce(ValueOf<O>) -> O::Output,
    {
        with_rules!(self, Rules { judge, again, listener, fallback } => Rules {
            judge,
            again,
            listener,
            fallback: UsedUp(fallback, Some(used_up)),
        })
    }

    fn listen<H>(
        self,
        happens: fn(EventKind) -> bool,
        hook: H,
    ) -> Retrying<O, Rules<J, A, Listening<L, H>, F>, T, S> {
        with_rules!(self, Rules { judge, again, listener: others, fallback } => Rules {
            judge,
            again,
            listener: Listening { others, happens, hook },
            fallback,
        })
    }
}
