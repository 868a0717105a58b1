//! Which failures and which `Ok` values are retried.

use super::with_rules;
use crate::classify::Verdict;
use crate::closure::parts::{Refine, Rules, Unless};
use crate::closure::{By, ErrorOf, Operation, Retrying, ValueOf};

/// The call, judged by what is made of its judge.
macro_rules! with_judge {
    ($call:ident, $judge:ident => $with:expr) => {
        with_rules!($call, Rules { judge: $judge, again, listener, fallback } => Rules {
            judge: $with,
            again,
            listener,
            fallback,
        })
    };
}

#[allow(clippy::type_complexity, reason = "a signature shows which of the rules a method changes")]
impl<O: Operation, J, A, L, F, T, S> Retrying<O, Rules<J, A, L, F>, T, S> {
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
    pub fn on<P, V>(self, predicate: P) -> Retrying<O, Rules<J::With<P>, A, L, F>, T, S>
    where
        J: Refine,
        P: FnMut(&ErrorOf<O>) -> V,
        V: Into<Verdict>,
    {
        with_judge!(self, judge => judge.with(predicate))
    }

    /// Asks `judge` for a [`Verdict`], or whether to retry: another word for
    /// [`on`](Self::on).
    pub fn when<P, V>(self, judge: P) -> Retrying<O, Rules<J::With<P>, A, L, F>, T, S>
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
    pub fn unless<P>(self, predicate: P) -> Retrying<O, Rules<Unless<J, P>, A, L, F>, T, S>
    where
        P: FnMut(&ErrorOf<O>) -> bool,
    {
        with_judge!(self, judge => Unless(judge, predicate))
    }

    /// Retries the failures for which `predicate` holds as well as those that the error, or
    /// [`on`](Self::on), says to retry; what the error says of waiting still counts.
    ///
    /// `on` takes the place of what the error says, and this adds to it;
    /// [`unless`](Self::unless) excludes from both.
    ///
    /// ```
    /// use std::io::{Error, ErrorKind};
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// // A file that is not there yet; by itself, that is a permanent error.
    /// let mut kinds = [ErrorKind::NotFound, ErrorKind::TimedOut].into_iter();
    /// let outcome = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| kinds.next().map_or(Ok(7), |kind| Err(Error::from(kind))))
    ///     .also(|error| error.kind() == ErrorKind::NotFound)
    ///     .call();
    /// assert_eq!(outcome.ok(), Some(7));
    /// ```
    pub fn also<P>(self, predicate: P) -> Retrying<O, Rules<J::Plus<P>, A, L, F>, T, S>
    where
        J: Refine,
        P: FnMut(&ErrorOf<O>) -> bool,
    {
        with_judge!(self, judge => judge.plus(predicate))
    }

    /// Retries the `Ok` values for which `predicate` holds. A mere `true` says that nothing has failed: the
    /// value is [waited for](crate::Event::is_waiting), as a job that still runs. A [`Verdict`], returned or
    /// asked, says that the value is a failure, as a response 503. After the last retry, the value is returned as
    /// it is.
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
    pub fn on_ok<P, V>(self, predicate: P) -> Retrying<O, Rules<J, By<P>, L, F>, T, S>
    where
        P: FnMut(&ValueOf<O>) -> V,
        V: Into<Verdict> + 'static,
    {
        with_rules!(self, Rules { judge, listener, fallback, .. } => Rules {
            judge,
            again: By(predicate),
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
    pub fn judged_by<K, B>(self, judge: K, again: B) -> Retrying<O, Rules<K, B, L, F>, T, S> {
        with_rules!(self, Rules { listener, fallback, .. } => Rules {
            judge,
            again,
            listener,
            fallback,
        })
    }
}
