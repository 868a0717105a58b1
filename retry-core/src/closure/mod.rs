//! Retrying a closure, for places where an attribute cannot stand.
//!
//! [`Policy::retry`] takes a closure that returns a future, [`Policy::retry_blocking`] one that
//! returns the outcome itself. Both give a [`Retrying`], whose methods are the keys of the
//! attribute; `.await` runs the one, [`call`](Retrying::call) the other. The decision and the
//! waits are those of the attribute, and so are the events, but for an error's text: a closure
//! cannot ask whether its type has a `Display`, so it is shown by its `Debug`. Nor can it ask
//! whether the type classifies itself. What an error knows of throttling and waiting, such as a
//! `Retry-After`, is listened to
//!
//! - where neither `on` nor `when` is given, so that [`Classify`](crate::Classify) decides;
//! - where one of them returns a [`Verdict`](crate::Verdict), as in `.on(|error| error.classify())`;
//! - where one of them asks a verdict, and returns `true`, as in
//!   `.on(|error| error.classify().is_retryable())`: the last one asked counts.
//!
//! One that neither asks nor returns a verdict, such as `.on(|error| error.status() == 429)`, decides
//! alone. `.on(…).when(Classify::classify)` makes the error's own word a second condition, and
//! listens to it.
//!
//! An operation that returns an `Option` needs `.on(|_| true)`, since a `None` does not say why; and a
//! [`fallback`](Retrying::fallback) before a `timeout`, `deadline`, `breaker` or `bulkhead`, since a `None`
//! cannot say that one of these ended the call.
//!
//! ```
//! use std::io;
//! use std::time::Duration;
//! use persevere::Policy;
//!
//! # #[cfg(feature = "tokio")]
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let mut calls = 0;
//! let fetched = Policy::AGGRESSIVE
//!     .with_base_delay(Duration::ZERO)
//!     .retry(|| {
//!         calls += 1;
//!         let outcome = if calls < 3 { Err(io::ErrorKind::NotFound.into()) } else { Ok(calls) };
//!         async move { outcome }
//!     })
//!     .on(|error: &io::Error| error.kind() == io::ErrorKind::NotFound)
//!     .deadline(Duration::from_secs(30))
//!     .await;
//! assert_eq!(fetched.unwrap(), 3);
//! # });
//! ```
//!
//! With [`hedge`](Retrying::hedge), an attempt that is slow gets another one beside it: the race of these is
//! one attempt to the policy, the hooks and the circuit breaker. The rules judge each outcome once, the budget
//! pays for the extra ones, and a `timeout` is that of each of them.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Hedge, Policy};
//!
//! static HEDGE: Hedge = Hedge::after(Duration::from_millis(200));
//!
//! async fn ask(replicas: &[&str]) -> std::io::Result<usize> {
//!     Ok(replicas.len())
//! }
//!
//! # #[cfg(feature = "tokio")]
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let replicas = ["near", "far"];
//! let found = Policy::DEFAULT.retry(|| ask(&replicas)).hedge(&HEDGE).await;
//! assert_eq!(found.unwrap(), 2);
//! # });
//! ```

mod alarmed;
mod beside;
mod between;
mod blocking;
mod boxed;
mod conclude;
mod fallback;
mod future;
mod guard;
mod guarded;
mod guards;
mod hedged;
mod hooks;
mod judge;
mod layered;
mod limited;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
mod on_timer;
mod operation;
mod options;
#[doc(hidden)]
pub mod parts;
#[cfg_attr(not(feature = "chaos"), path = "unperturbed.rs")]
mod perturbed;
mod rules;
mod settings;
mod state;
mod timer;
mod upstream;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use self::beside::{Beside, WithBeside};
pub use self::future::RetryFuture;
pub use self::judge::{Again, By, ByClassify, Judge, Never, Polled};
use self::layered::{Layered, Options};
pub use self::operation::{
    AsyncOperation, Blocking, BlockingOperation, BlockingWithAttempt, Operation, Plain, WithAttempt,
};
use self::parts::{DefaultTimer, Reject, Rules};
use self::settings::ClosureSettings;
use crate::call::attempt::Attempt;
use crate::classify::outcome::Outcome;
use crate::policy::Policy;

/// What an operation's attempts return.
type OutputOf<O> = <O as Operation>::Output;
/// What they fail with.
type ErrorOf<O> = <OutputOf<O> as Outcome>::Error;
/// What they succeed with.
type ValueOf<O> = <OutputOf<O> as Outcome>::Value;

impl Policy {
    /// Retries the futures that `operation` makes, under this policy.
    ///
    /// `operation` is called for each attempt. It may be an `async` closure that borrows what is
    /// around it, but not one that owns or changes what it captures, since its futures would borrow
    /// from itself: there, `move || { let url = url.clone(); async move { … } }` does. The future of
    /// the call is `Send` if the closure and its futures are.
    ///
    /// A function that takes a future, such as `tokio::spawn`, is given
    /// [`into_future`](std::future::IntoFuture::into_future) of it.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use persevere::Policy;
    ///
    /// let answer = Policy::DEFAULT.retry(async || Ok::<_, std::io::Error>(42)).await;
    /// assert_eq!(answer.ok(), Some(42));
    /// # });
    /// ```
    pub fn retry<F, Fut>(self, operation: F) -> Retrying<Plain<F>>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output: Outcome>,
    {
        Retrying::under(ClosureSettings::of(self), Plain(operation))
    }

    /// As [`retry`](Self::retry), for an operation that asks for its [`Attempt`], as `context`
    /// does in the attribute.
    ///
    /// ```
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// let number = Policy::DEFAULT
    ///     .retry_with_context(async |attempt| {
    ///         attempt.retry_in(Duration::ZERO);
    ///         if attempt.is_first() { None } else { Some(attempt.number()) }
    ///     })
    ///     .on(|_| true)
    ///     .await;
    /// assert_eq!(number, Some(2));
    /// # });
    /// ```
    pub fn retry_with_context<F, Fut>(self, operation: F) -> Layering<WithAttempt<F>>
    where
        F: FnMut(Arc<Attempt>) -> Fut,
        Fut: Future<Output: Outcome>,
    {
        Retrying::new(self, WithAttempt(operation))
    }

    /// Retries `operation` under this policy; its waits block the thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// let mut calls = 0;
    /// let outcome = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking(|| {
    ///         calls += 1;
    ///         if calls < 3 { Err("busy") } else { Ok(calls) }
    ///     })
    ///     .on(|_| true)
    ///     .call();
    /// assert_eq!(outcome, Ok(3));
    /// ```
    pub fn retry_blocking<F, O>(self, operation: F) -> Retrying<Blocking<F>>
    where
        F: FnMut() -> O,
        O: Outcome,
    {
        Retrying::under(ClosureSettings::of(self), Blocking(operation))
    }

    /// As [`retry_blocking`](Self::retry_blocking), for an operation that asks for its
    /// [`Attempt`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// let number = Policy::DEFAULT
    ///     .with_base_delay(Duration::ZERO)
    ///     .retry_blocking_with_context(|attempt| {
    ///         if attempt.is_first() { None } else { Some(attempt.number()) }
    ///     })
    ///     .on(|_| true)
    ///     .call();
    /// assert_eq!(number, Some(2));
    /// ```
    pub fn retry_blocking_with_context<F, O>(self, operation: F) -> Layering<BlockingWithAttempt<F>>
    where
        F: FnMut(Arc<Attempt>) -> O,
        O: Outcome,
    {
        Retrying::new(self, BlockingWithAttempt(operation))
    }
}

/// A closure about to be retried, with what the attribute's keys say.
///
/// A call pays for what it names alone, since its type says what that is: with a `budget` or `throttled`, and with
/// any other limit or layer, it is of another type. The name and the hooks can be decided on at run time in any
/// case; what else a program decides on at run time, it names in both cases, as a budget that is
/// [`UNLIMITED`](crate::Budget::UNLIMITED), or a deadline of [`Duration::MAX`](std::time::Duration::MAX).
///
/// Without [`on`](Self::on) and [`when`](Self::when), the error type must implement
/// [`Classify`](crate::Classify).
#[must_use = "nothing runs until this is awaited, or `call` is called"]
pub struct Retrying<O: Operation, R = Rules, T = DefaultTimer, S = ClosureSettings> {
    operation: O,
    rules: R,
    timer: T,
    settings: S,
    /// Set with `timeout`, `deadline`, `breaker` and `bulkhead`, which alone ask it of the error
    /// type.
    reject: Option<Reject<O::Output>>,
}

/// A call that may have limits and layers.
type Layering<O> = Retrying<O, Rules, DefaultTimer, Layered>;

impl<O: Operation, S> Retrying<O, Rules, DefaultTimer, S> {
    /// A call under these settings, for an operation that does not ask for its attempts.
    #[doc(hidden)]
    #[inline]
    pub const fn under(settings: S, operation: O) -> Self {
        Self { operation, rules: Rules::NONE, timer: DefaultTimer, settings, reject: None }
    }
}

impl<O: Operation> Layering<O> {
    /// A call of `operation`, for a type that makes its attempts by itself, such as a layer around a
    /// service. Closures have [`Policy::retry`] and [`Policy::retry_blocking`].
    ///
    /// ```
    /// use persevere::Policy;
    /// use persevere::closure::{Operation, Retrying};
    ///
    /// struct Ping;
    ///
    /// impl Operation for Ping {
    ///     type Output = Result<(), std::io::Error>;
    ///     const ASKS_FOR_ATTEMPT: bool = false;
    /// }
    ///
    /// let call = Retrying::new(Policy::DEFAULT, Ping).name("ping");
    /// assert!(format!("{call:?}").contains("ping"));
    /// ```
    pub const fn new(policy: Policy, operation: O) -> Self {
        let beside = Beside { budget: None, throttled: None };
        let settings = WithBeside { settings: ClosureSettings::of(policy), beside };
        let settings = Layered { settings, options: Options::NONE };
        Self { operation, rules: Rules::NONE, timer: DefaultTimer, settings, reject: None }
    }
}

impl<O: Operation, R, T, S: fmt::Debug> fmt::Debug for Retrying<O, R, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retrying").field("settings", &self.settings).finish_non_exhaustive()
    }
}
