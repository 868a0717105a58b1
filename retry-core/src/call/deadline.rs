//! Deadlines that calls hand down to those within them, and where that must end.
//!
//! A call that has a deadline bounds the annotated functions that are called from its body: they
//! begin no wait that would reach it. They find it on their thread, where the call has left it for as
//! long as its body runs, or is polled. An attempt that still runs at the deadline has failed, to
//! their circuit breakers as to the call's own. Two kinds of work run on that thread without being
//! part of the call:
//!
//! - **Jobs of a pool whose threads steal work**, such as rayon's. A job that waits for others
//!   (`join`, `scope`, a parallel iterator) runs whatever is queued meanwhile, on its own stack. What
//!   a stranger has queued then runs within the waiting job's call: [`without_deadline`] around each
//!   job keeps the two apart.
//! - **Futures that several callers share**, such as the load of a cache's entry, for which all wait
//!   who want it. Whoever polls it lends it a deadline, now one and now another: [`detach`] it.
//!
//! What a call hands to other threads or tasks, by `spawn`, is not bound by its deadline, unless it is
//! [carried](carry) there. [`scope`] sets a deadline for calls without a call around them; [`remaining`] is what
//! to send to another process, whose side of it is the tower layer `DeadlineLayer`.

use std::future::Future;

pub use crate::call::handed_down::{
    carry, carry_blocking, grpc_timeout, parse_grpc_timeout, remaining, scope,
};
use crate::call::nesting;
use crate::layers::bulkhead;
use crate::primitives::entered::{Enter, entered};
use crate::time::enclosing;

/// Runs `body` outside of any call: the deadline of the call that is running on this thread does not
/// bound the calls that `body` makes. They do not count as nested in any other way either: they take
/// permits of their own of [bulkheads](crate::Bulkhead), no warning about multiplied retries is logged,
/// and a scope of overrides that runs on this thread does not hold for them.
///
/// For jobs of a pool whose threads steal work: see the [module's page](self).
///
/// ```
/// use std::time::Duration;
/// use persevere::deadline::without_deadline;
/// use persevere::{Policy, Rejection};
///
/// /// How long it may take, of which it knows nothing itself.
/// fn left() -> Result<Option<Duration>, Rejection> {
///     Policy::DEFAULT.retry_blocking_with_context(|attempt| Ok(attempt.remaining())).call()
/// }
///
/// let (within, without) = Policy::DEFAULT
///     .retry_blocking(|| Ok::<_, Rejection>((left()?, without_deadline(left)?)))
///     .deadline(Duration::from_secs(60))
///     .call()?;
/// assert!(within.is_some());
/// assert_eq!(without, None);
/// # Ok::<(), Rejection>(())
/// ```
pub fn without_deadline<T>(body: impl FnOnce() -> T) -> T {
    let _aside = (nesting::set_aside(), bulkhead::nested::set_aside());
    #[cfg(feature = "overrides")]
    let _scopes = crate::overrides::set_aside();
    enclosing::under(None, body)
}

/// Like [`without_deadline`], for a future: the deadline of the call that polls it does not bound the
/// calls that it makes. The future is still dropped with that call, if the call owns it.
///
/// ```
/// use std::time::Duration;
/// use persevere::deadline::detach;
/// use persevere::{Policy, Rejection};
///
/// async fn left() -> Result<Option<Duration>, Rejection> {
///     Policy::DEFAULT.retry_with_context(async |attempt| Ok(attempt.remaining())).await
/// }
///
/// # #[cfg(feature = "tokio")]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let (within, without) = Policy::DEFAULT
///     .retry(async || Ok::<_, Rejection>((left().await?, detach(left()).await?)))
///     .deadline(Duration::from_secs(60))
///     .await?;
/// assert!(within.is_some());
/// assert_eq!(without, None);
/// # Ok::<(), Rejection>(())
/// # }).unwrap();
/// ```
pub fn detach<F: Future>(future: F) -> Detached<F> {
    Detached::new(OutsideOfAnyCall, future)
}

entered! {
    /// The future of [`detach`].
    pub struct Detached within OutsideOfAnyCall;
}

struct OutsideOfAnyCall;

impl Enter for OutsideOfAnyCall {
    fn enter<T>(&mut self, body: impl FnOnce() -> T) -> T {
        without_deadline(body)
    }
}
