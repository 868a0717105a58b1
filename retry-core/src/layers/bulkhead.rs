//! [`Bulkhead`]: no more than so many calls at a time.
//!
//! What is slow fills whatever is shared: connections, threads, memory. A bulkhead gives each thing
//! that can be slow a number of places, so that it cannot take all. The pattern is Michael Nygard's
//! ("Release It!", chapter "Stability Patterns"), after the walls that keep a ship afloat when one
//! of its compartments is not.
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
//!     let _permit = DB.acquire_blocking()?; // a place, until it is dropped
//!     Ok(42)
//! }
//! assert_eq!(count_users(), Ok(42));
//! ```
//!
//! The attribute's `bulkhead = DB` holds a place for a whole call, its retries and waits included;
//! so does [`Retrying::bulkhead`](crate::closure::Retrying::bulkhead) for a closure. What is refused
//! there is not retried.
//!
//! # Waiting
//!
//! | set | when all places are taken |
//! |---|---|
//! | neither | refused at once |
//! | [`with_max_wait`](Bulkhead::with_max_wait) | waits so long, however many others do |
//! | [`with_max_queue`](Bulkhead::with_max_queue) | waits as long as it takes, but refused at once if so many others do |
//! | both | waits so long, but refused at once if so many others do |
//!
//! Whoever is refused gets [`Rejection::BulkheadFull`]. Places are given in the order in which they
//! were asked for, to async and blocking callers alike: they stand in one queue. A caller whose
//! future is dropped leaves the queue; one that has its place already passes it on.
//!
//! A call that makes another through the same bulkhead, as `get_or_create` calls `get`, holds one place:
//! within a call that has its place, a further call takes none. That is so in the same
//! task and on the same thread; what a body spawns or sends to another thread takes a place of its
//! own, and so does [`acquire`](Bulkhead::acquire) and its like, whose permits may outlive the call.
//! The call's hooks and its fallback run in its place, as its body does.
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | a free place | a load and an exchange; for a whole call, a look at the places that this thread holds; neither lock, clock, timer nor allocation |
//! | giving it back | a lock, held for a few instructions, as tokio's `Semaphore` takes one |
//! | waiting | an entry in a map; with a longest wait, a timer; blocking callers, an allocation for the waker |
//! | being refused | a load; where callers may wait, a lock |
//!
//! Blocking callers need no runtime, and async ones no particular one. `tokio::sync::Semaphore` would
//! do for the latter. But a blocking function may be called by a task, and a thread that waits in a
//! task's place for that semaphore is never woken once the task has used up its turn's budget.

pub(crate) mod admit;
mod call;
pub(crate) mod nested;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer;
mod parking;
mod permit;
mod places;
mod settings;
// Not in the files themselves, which `tests/interleavings` compiles, too.
#[cfg(test)]
mod tests {
    mod parking;
    mod places;
}

use std::future::Future;
use std::time::Duration;

use self::admit::Nested;
pub use self::permit::Permit;
use self::places::Places;
pub(crate) use self::places::Queued;
use crate::classify::rejection::Rejection;

/// Lets no more than so many calls run at a time.
///
/// The [module's page](self) says who waits, for how long, and what that costs. A bulkhead is a
/// constant in a static, one for each thing that can be slow:
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
/// A bulkhead without places does not compile:
///
/// ```compile_fail
/// # use persevere::Bulkhead;
/// static CLOSED: Bulkhead = Bulkhead::new(0);
/// ```
#[derive(Debug)]
pub struct Bulkhead {
    places: Places,
    max_concurrent: usize,
    max_wait: Option<Duration>,
    max_queue: Option<usize>,
}

impl Bulkhead {
    /// How many places are free now. One load.
    ///
    /// None is, while a caller waits.
    pub fn available(&self) -> usize {
        self.places.free()
    }

    /// How many callers wait for a place now. Takes the queue's lock.
    pub fn waiting(&self) -> usize {
        self.places.waiting()
    }

    /// Takes a free place, without waiting.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if there is none.
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
        if self.places.try_take() {
            Ok(Permit::new(&self.places))
        } else {
            Err(Rejection::BulkheadFull)
        }
    }

    /// As `acquire`, on another runtime's timer: `sleep` makes a future that is ready so long
    /// after. It is called at most once, and only if there is no free place and a longest wait.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if there is no place in time, or too many wait already.
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

    /// Takes a place, blocking the thread until there is one, as long as the settings allow.
    ///
    /// The time is the thread's own: it cannot wait on a runtime's clock, paused or not. A thread
    /// that drives tasks should not wait here: what it waits for may be a task that it drives.
    ///
    /// # Errors
    ///
    /// With [`Rejection::BulkheadFull`] if there is no place in time, or too many wait already.
    ///
    /// ```
    /// use std::thread;
    /// use persevere::Bulkhead;
    ///
    /// static ONE: Bulkhead = Bulkhead::new(1).with_max_queue(1);
    ///
    /// thread::scope(|scope| {
    ///     let permit = ONE.acquire_blocking();
    ///     let other = scope.spawn(|| ONE.acquire_blocking().is_ok()); // waits for this place
    ///     drop(permit);
    ///     assert!(other.join().unwrap());
    /// });
    /// ```
    pub fn acquire_blocking(&self) -> Result<Permit<'_>, Rejection> {
        self.acquire_blocking_in_time(|| None)
    }

    /// Joins the queue, if one may wait at all.
    #[cold]
    pub(crate) fn join(&self) -> Result<Queued<'_>, Rejection> {
        let max_queue = match (self.max_wait, self.max_queue) {
            (None, None) | (Some(Duration::ZERO), _) => 0,
            (_, max_queue) => max_queue.unwrap_or(usize::MAX),
        };
        let queued = (max_queue > 0).then(|| self.places.join(max_queue)).flatten();
        queued.ok_or(Rejection::BulkheadFull)
    }
}
