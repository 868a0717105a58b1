//! [`Bulkhead`]: a limit on how many calls run at a time.
//!
//! Slow calls pile up, and use up what all calls share: connections, threads, memory. A bulkhead limits
//! how many calls to one service run at a time, so that a slow service cannot take everything. The
//! pattern is Michael Nygard's ("Release It!", chapter "Stability Patterns"), after the walls that
//! keep a ship afloat when one of its compartments floods.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Bulkhead, Rejection};
//!
//! static DB: Bulkhead = Bulkhead::new(10)
//!     .with_max_wait(Duration::from_secs(1))
//!     .with_max_queue(100);
//!
//! fn count_users() -> Result<u64, Rejection> {
//!     let _permit = DB.acquire_blocking()?; // given back when it is dropped
//!     Ok(42)
//! }
//! assert_eq!(count_users(), Ok(42));
//! ```
//!
//! The attribute's `bulkhead = DB` holds a permit for the whole call, its retries and waits included;
//! so does [`Retrying::bulkhead`](crate::closure::Retrying::bulkhead) for a closure. A call
//! that is refused is not retried.
//!
//! [`Bulkhead::adaptive`] finds the number itself, between two bounds.
//!
//! # Waiting
//!
//! | set | when all permits are taken |
//! |---|---|
//! | neither | refused at once |
//! | [`with_max_wait`](Bulkhead::with_max_wait) | waits up to that time, however many others wait |
//! | [`with_max_queue`](Bulkhead::with_max_queue) | waits without a time limit, but is refused at once if that many others wait |
//! | both | waits up to that time, but is refused at once if that many others wait |
//!
//! A caller that is refused gets [`Rejection::BulkheadFull`]. Permits are granted in the order in which
//! they were asked for, to async and blocking callers alike: all wait in one queue. A caller whose
//! future is dropped leaves the queue; if it had a permit already, the next in the queue gets that.
//!
//! A call that makes another call through the same bulkhead, as `get_or_create` calls `get`, holds one
//! permit: the inner call shares its caller's. That applies within the same task and on the same thread.
//! What a body spawns or sends to another thread takes a permit of its own, and so do
//! [`acquire`](Bulkhead::acquire) and its variants, whose permits may outlive the call. The call's hooks
//! and its fallback run while it holds its permit, as its body does.
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | taking a free permit | a load and an exchange; for a whole call, a check of the permits that this thread holds; no lock, clock, timer or allocation |
//! | giving it back | a lock, held for a few instructions, as in tokio's `Semaphore` |
//! | waiting | an entry in the queue, and in the list of those whom a shutdown wakes; with a longest wait, a timer; an allocation, for a blocking caller's waker or the wait of an annotated function |
//! | being refused | a load; where callers may wait, a lock |
//! | all of these, of an [adaptive](Bulkhead::adaptive) one | a lock each; by the gradient, a clock reading, too |
//!
//! Blocking callers need no runtime, and async ones no particular one. `tokio::sync::Semaphore` would
//! serve async callers. But a task may call a blocking function, and a thread that waits for that
//! semaphore inside a task is never woken once the task has used up tokio's cooperative budget.

mod adaptive;
pub(crate) mod admit;
mod call;
mod callers;
mod change;
pub(crate) mod nested;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer;
#[cfg(feature = "overrides")]
mod outside;
mod owned;
mod permit;
mod queued;
pub(crate) mod report;
#[cfg(feature = "overrides")]
mod resize;
mod semaphore;
mod settings;
pub(crate) mod within;
// Not in the files themselves, which `tests/interleavings` compiles, too.
#[cfg(test)]
mod tests {
    mod adaptive;
    mod parking;
    mod semaphore;
}

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use std::time::Duration;

use self::admit::Nested;
#[doc(hidden)]
pub use self::owned::OwnedPermit;
pub(crate) use self::owned::OwnedQueued;
pub use self::permit::Permit;
pub(crate) use self::queued::Queued;
#[doc(hidden)]
pub use self::report::Sample;
use self::semaphore::Semaphore;
use crate::classify::rejection::Rejection;

/// Limits how many calls run at a time.
///
/// The [module's page](self) describes who waits, for how long, and at what cost. A bulkhead is a
/// constant in a static, one for each service that can be slow:
///
/// ```
/// use std::time::Duration;
/// use persevere::Bulkhead;
///
/// static SEARCH: Bulkhead = Bulkhead::new(50);
/// static REPORTS: Bulkhead = Bulkhead::new(2).with_max_wait(Duration::from_secs(60));
/// # assert_eq!((SEARCH.available(), REPORTS.available()), (50, 2));
/// ```
///
/// Nobody knows the right number for good: [`Bulkhead::adaptive`] finds it while the program runs.
///
/// A bulkhead without permits does not compile:
///
/// ```compile_fail
/// # use persevere::Bulkhead;
/// static CLOSED: Bulkhead = Bulkhead::new(0);
/// ```
pub struct Bulkhead {
    semaphore: Semaphore,
    maximum: Maximum,
    max_wait: Option<Duration>,
    max_queue: Option<usize>,
    /// In place of that, from outside; or [`AS_IN_CODE`].
    max_queue_outside: AtomicUsize,
}

/// No `max_queue` from outside.
const AS_IN_CODE: usize = usize::MAX;

/// How many calls may run at a time.
#[derive(Clone, Copy, Debug)]
enum Maximum {
    Fixed(usize),
    /// Between these two.
    Adaptive {
        lowest: usize,
        highest: usize,
    },
}

impl Bulkhead {
    /// The number of free permits: zero while any caller waits. One load; takes the queue's lock if the
    /// bulkhead is [adaptive](Self::adaptive).
    pub fn available(&self) -> usize {
        self.semaphore.free()
    }

    /// The number of callers that wait for a permit. Takes the queue's lock.
    pub fn waiting(&self) -> usize {
        self.semaphore.waiting()
    }

    /// The number of calls that run now. Takes the queue's lock.
    ///
    /// ```
    /// use persevere::Bulkhead;
    ///
    /// static DB: Bulkhead = Bulkhead::new(10);
    ///
    /// let permit = DB.try_acquire();
    /// assert_eq!((DB.in_flight(), DB.available()), (1, 9));
    /// # drop(permit);
    /// ```
    pub fn in_flight(&self) -> usize {
        self.semaphore.in_flight()
    }

    /// How many calls may run at a time now: [`max_concurrent`](Self::max_concurrent), unless the bulkhead is
    /// [adaptive](Self::adaptive), or an operator has set another number by a table of overrides. Takes the
    /// queue's lock.
    ///
    /// ```
    /// use persevere::{Bulkhead, Verdict};
    ///
    /// static SEARCH: Bulkhead = Bulkhead::adaptive(8..=256);
    /// static REPORTS: Bulkhead = Bulkhead::new(2);
    ///
    /// let permits: Vec<_> = std::iter::from_fn(|| SEARCH.try_acquire().ok()).collect();
    /// permits.into_iter().for_each(|permit| permit.succeeded());
    /// assert_eq!((SEARCH.limit(), REPORTS.limit()), (16, 2));
    /// ```
    pub fn limit(&self) -> usize {
        self.semaphore.limit().unwrap_or_else(|| self.semaphore.permits())
    }

    /// Makes an [adaptive](Self::adaptive) bulkhead forget what it has learnt: the limit is the lowest again.
    /// Permits that are out, and callers that wait, stay.
    pub fn reset(&self) {
        self.semaphore.reset();
    }

    /// Whether no permit is out, nobody waits, and nothing has been learnt.
    pub(crate) fn is_as_new(&self) -> bool {
        self.semaphore.is_as_new()
    }

    /// Takes a free permit, without waiting.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if no permit is free.
    ///
    /// ```
    /// use persevere::{Bulkhead, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1);
    ///
    /// let permit = ONE.try_acquire();
    /// assert!(permit.is_ok());
    /// assert_eq!(ONE.try_acquire().err(), Some(Rejection::BulkheadFull));
    /// drop(permit);
    /// assert!(ONE.try_acquire().is_ok());
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, Rejection> {
        if self.semaphore.try_take() {
            Ok(Permit::new(&self.semaphore))
        } else {
            self.semaphore.try_take_adaptive().ok_or(Rejection::BulkheadFull)
        }
    }

    /// Like `acquire`, on another runtime's timer: `sleep` returns a future that is ready after the
    /// given time. It is called at most once, and only if no permit is free and the wait has a limit.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if no permit becomes free in time, or too many callers wait
    /// already.
    ///
    /// ```
    /// use std::future::ready;
    /// use std::time::Duration;
    /// use persevere::{Bulkhead, Rejection};
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1).with_max_wait(Duration::from_secs(1));
    ///
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(async {
    /// let permit = ONE.acquire_by(|_| ready(())).await; // a timer that does not wait
    /// assert_eq!(ONE.acquire_by(|_| ready(())).await.err(), Some(Rejection::BulkheadFull));
    /// # });
    /// # assert!(future.poll(&mut std::task::Context::from_waker(waker)).is_ready());
    /// ```
    pub fn acquire_by<S: Future<Output = ()>>(
        &self,
        sleep: impl FnOnce(Duration) -> S,
    ) -> impl Future<Output = Result<Permit<'_>, Rejection>> {
        self.acquire_in_time(Nested::TakesItsOwn, || None, sleep)
    }

    /// Takes a permit, blocking the thread until one is free, for as long as the settings allow.
    ///
    /// The wait is by the system's clock, not by a runtime's clock that tests may pause. A thread that
    /// drives tasks should not wait here: the task that it waits for may be one of its own.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if no permit becomes free in time, or too many callers wait
    /// already.
    ///
    /// ```
    /// use std::thread;
    /// use persevere::Bulkhead;
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(1);
    ///
    /// thread::scope(|scope| {
    ///     let permit = ONE.acquire_blocking();
    ///     let other = scope.spawn(|| ONE.acquire_blocking().is_ok()); // waits for this permit
    ///     drop(permit);
    ///     assert!(other.join().unwrap());
    /// });
    /// ```
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, Rejection> {
        self.acquire_blocking_in_time(|| None)
    }

    /// Joins the queue, if the settings allow any waiting; see [`Semaphore::join`].
    #[cold]
    pub(crate) fn join(&self, waker: Option<&Waker>) -> Result<Queued<'_>, Rejection> {
        let outside = self.max_queue_outside.load(Ordering::Relaxed);
        let max_queue = if outside == AS_IN_CODE { self.max_queue } else { Some(outside) };
        let max_queue = match (self.max_wait, max_queue) {
            (None, None) | (Some(Duration::ZERO), _) => 0,
            (_, max_queue) => max_queue.unwrap_or(usize::MAX),
        };
        let queued = (max_queue > 0).then(|| self.semaphore.join(max_queue, waker)).flatten();
        queued.ok_or(Rejection::BulkheadFull)
    }
}

impl fmt::Debug for Bulkhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { semaphore, max_wait, max_queue, .. } = self;
        f.debug_struct("Bulkhead")
            .field("name", &semaphore.name())
            .field("semaphore", semaphore)
            .field("limit", &self.limit())
            .field("max_concurrent", &self.max_concurrent())
            .field("max_wait", max_wait)
            .field("max_queue", max_queue)
            .finish()
    }
}
