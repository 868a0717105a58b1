//! [`Rate`]: a limit on how many attempts begin in a time.
//!
//! Services that count requests answer 429 to those above a number in a second or a minute. Who keeps below
//! it gets no such answers, and need not retry. A rate spaces attempts: each begins an interval after the one
//! before it, or at once after a pause, up to a burst.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Budget, Rate, Upstream};
//!
//! static RATE: Rate = Rate::per_second(50).with_burst(10).with_max_wait(Duration::from_secs(1));
//! static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE);
//! # assert_eq!(MAPS.layers().rate.map(Rate::burst), Some(10));
//! ```
//!
//! A rate belongs to a remote service, and so to its [`Upstream`](crate::Upstream). Every attempt takes a
//! turn: the first, each retry after its wait, and each extra attempt of a hedge. A call within an attempt,
//! in the same task or on the same thread, takes no second turn.
//!
//! # Waiting
//!
//! First come, first served, async and blocking callers alike. A caller is refused at once if its turn comes
//! after [`with_max_wait`](Rate::with_max_wait), zero unless set, or not before its deadline:
//! [`Rejection::RateLimited`], which says after which time there would be a turn. It is permanent, since a
//! retry would bring back the load; `on` and `when` can ask for a retry, which then waits for at least that
//! time. A caller that leaves gives its turn to the next one. An extra attempt of a hedge does not wait: it
//! takes a turn that is free, or is not made.
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | a turn that is free | a reading of the clock, a load and an exchange; no lock, timer or allocation |
//! | waiting | an entry in a map, an allocation, a timer; a lock for each look at the queue |
//! | being refused | a lock |
//!
//! The algorithm is GCRA, as of the crate `governor`, which gives the same verdicts. It is our own since
//! `governor` has no queue and no pauses, can be no constant in a static, and waits on a timer of its own, which
//! knows nothing of tokio's paused clock.

mod at;
mod gate;
pub(crate) mod gates;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer;
pub(crate) mod pace;
mod pacer;
mod pause;
mod queue;
mod settings;
mod spacing;
pub(crate) mod wait;

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub(crate) use self::gate::Gate;
use self::pacer::{Asked, Pacer};
use self::pause::Pause;
pub(crate) use self::pause::Paused;
use self::wait::{Queued, Waiter, wait_blocking, wait_by};
use crate::classify::rejection::Rejection;
use crate::primitives::sync::AtomicU64;
use crate::time::tick::Tick;

/// Limits how many attempts begin in a time.
///
/// The [module's page](self) describes who waits, for how long, and at what cost. A rate is a constant in a
/// static, one for each service that counts requests:
///
/// ```
/// use std::time::Duration;
/// use persevere::Rate;
///
/// static MAPS: Rate = Rate::per_second(50).with_burst(10).with_max_wait(Duration::from_secs(1));
/// static REPORTS: Rate = Rate::per_minute(2);
/// # assert_eq!((MAPS.available(), REPORTS.available()), (10, 1));
/// ```
///
/// A rate that lets nothing through does not compile:
///
/// ```compile_fail
/// # use persevere::Rate;
/// static CLOSED: Rate = Rate::per_second(0);
/// ```
#[derive(Debug)]
pub struct Rate {
    pacer: Pacer,
    interval: Duration,
    burst: u32,
    max_wait: Duration,
    pause: Pause,
    waits: AtomicU64,
    refusals: AtomicU64,
}

impl Rate {
    /// Takes a turn that is free, without waiting.
    ///
    /// # Errors
    ///
    /// With [`Rejection::RateLimited`] if none is free, or others wait.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Rate, Rejection};
    ///
    /// static RATE: Rate = Rate::per_minute(1);
    ///
    /// assert!(RATE.try_acquire().is_ok());
    /// match RATE.try_acquire() {
    ///     Err(Rejection::RateLimited { retry_in }) => assert!(retry_in > Duration::from_secs(50)),
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<(), Rejection> {
        self.take(Tick::now())
    }

    #[inline]
    fn take(&self, now: Tick) -> Result<(), Rejection> {
        if self.pacer.try_take(now) { Ok(()) } else { self.take_or_refuse(now) }
    }

    #[cold]
    fn take_or_refuse(&self, now: Tick) -> Result<(), Rejection> {
        match self.pacer.ask(now, now) {
            Asked::TooLate(retry_in) => Err(self.refused(retry_in)),
            Asked::Taken | Asked::Queued(_) => Ok(()),
        }
    }

    /// Takes a turn, waiting for it as long as [`max_wait`](Self::max_wait) allows, on another runtime's
    /// timer: `sleep` returns a future that is ready after the given time. It is called for each wait, and
    /// again if the turn moves.
    ///
    /// # Errors
    ///
    /// With [`Rejection::RateLimited`] if the turn comes too late: at once, not after the wait.
    ///
    /// ```
    /// use std::future::ready;
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_minute(60).with_max_wait(Duration::from_secs(1));
    ///
    /// # let waker = std::task::Waker::noop();
    /// # let future = std::pin::pin!(async {
    /// let mut waits = Vec::new();
    /// for _ in 0..2 {
    ///     let acquired = RATE.acquire_by(|wait| {
    ///         waits.push(wait);
    ///         ready(()) // a timer that does not wait
    ///     });
    ///     assert!(acquired.await.is_ok());
    /// }
    /// assert_eq!(waits.len(), 1);
    /// # });
    /// # assert!(future.poll(&mut std::task::Context::from_waker(waker)).is_ready());
    /// ```
    pub async fn acquire_by<S: Future<Output = ()>>(
        &self,
        sleep: impl FnMut(Duration) -> S,
    ) -> Result<(), Rejection> {
        match self.ask(self, || None)? {
            None => Ok(()),
            Some(queued) => wait_by(Waiter::queued(queued), sleep).await,
        }
    }

    /// Takes a turn, blocking the thread until it comes, for as long as [`max_wait`](Self::max_wait) allows.
    ///
    /// # Errors
    ///
    /// With [`Rejection::RateLimited`] if the turn comes too late: at once, not after the wait.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use persevere::Rate;
    ///
    /// static RATE: Rate =
    ///     Rate::every(Duration::from_millis(5)).with_max_wait(Duration::from_secs(1));
    ///
    /// let began = Instant::now();
    /// for _ in 0..3 {
    ///     assert!(RATE.acquire_blocking().is_ok());
    /// }
    /// assert!(began.elapsed() >= Duration::from_millis(10));
    /// ```
    pub fn acquire_blocking(&self) -> Result<(), Rejection> {
        match self.ask(self, || None)? {
            None => Ok(()),
            Some(queued) => wait_blocking(&mut Waiter::queued(queued)),
        }
    }

    /// The number of turns that are free: zero while any caller waits.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.free(Tick::now())
    }

    fn free(&self, now: Tick) -> u32 {
        u32::try_from(self.pacer.free(now)).unwrap_or(u32::MAX)
    }

    /// The number of callers that wait for their turn. Takes the queue's lock.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.pacer.waiting()
    }

    /// How often a caller has had to wait for its turn: since the process began, and only ever more.
    #[must_use]
    pub fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// How often a caller was refused: since the process began, and only ever more.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// No attempt begins for `pause`, an hour at most; then one for each interval, without a burst. An
    /// earlier pause is never shortened. Whoever waits, waits for longer, or is refused now if that is too
    /// long.
    ///
    /// So a service is left alone that has asked for it. [`Upstream::with_pushback`](crate::Upstream::with_pushback)
    /// does this with every `Retry-After`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Rate, Rejection};
    ///
    /// static RATE: Rate = Rate::per_second(50).with_burst(10);
    ///
    /// RATE.hold(Duration::from_secs(30));
    /// RATE.hold(Duration::from_secs(10));
    /// match RATE.try_acquire() {
    ///     Err(Rejection::RateLimited { retry_in }) => assert!(retry_in > Duration::from_secs(25)),
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    pub fn hold(&self, pause: Duration) {
        self.pause(pause);
    }

    /// As [`hold`](Self::hold); says whether that is longer than before.
    pub(crate) fn pause(&self, pause: Duration) -> Paused {
        self.hold_from(Tick::now(), pause)
    }

    fn hold_from(&self, now: Tick, pause: Duration) -> Paused {
        self.pacer.hold(now, pause);
        Paused::of(pause, self.pause.lengthen(now, pause))
    }

    /// What is left of the pause that [`hold`](Self::hold) began; `None` if there is none, or it is over.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Rate;
    ///
    /// static RATE: Rate = Rate::per_second(50);
    ///
    /// assert_eq!(RATE.pause_left(), None);
    /// RATE.hold(Duration::from_secs(30));
    /// assert!(RATE.pause_left() > Some(Duration::from_secs(25)));
    /// ```
    #[must_use]
    pub fn pause_left(&self) -> Option<Duration> {
        self.pause.left(Tick::now())
    }

    /// Forgets the turns that were taken and every pause: a whole burst is free, or goes to those who wait.
    /// For tests that share a static.
    pub fn reset(&self) {
        self.pause.reset();
        self.pacer.reset(Tick::now());
    }

    /// Takes a turn if one is free; else joins the queue, `Some`, if the turn comes within `max_wait` and
    /// `remaining`. `kept` is this rate, as whoever waits keeps it.
    pub(crate) fn ask<R: std::ops::Deref<Target = Self>>(
        &self,
        kept: R,
        remaining: impl FnOnce() -> Option<Duration>,
    ) -> Result<Option<Queued<R>>, Rejection> {
        let now = Tick::now();
        if self.pacer.try_take(now) {
            return Ok(None);
        }
        match self.pacer.ask(now, latest(now, self.max_wait, remaining())) {
            Asked::Taken => Ok(None),
            Asked::TooLate(retry_in) => Err(self.refused(retry_in)),
            Asked::Queued(ticket) => {
                self.waits.fetch_add(1, Ordering::Relaxed);
                Ok(Some(Queued::new(kept, ticket)))
            }
        }
    }

    #[cold]
    fn refused(&self, retry_in: Duration) -> Rejection {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        Rejection::RateLimited { retry_in }
    }

    /// Whether it remembers nothing: a whole burst is free, and nobody waits.
    pub(crate) fn is_as_new(&self) -> bool {
        self.available() == self.burst && self.waiting() == 0
    }

    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// The last moment at which a turn is of use: an attempt that begins at its deadline is not.
fn latest(now: Tick, max_wait: Duration, remaining: Option<Duration>) -> Tick {
    let before_deadline =
        remaining.map(|remaining| now.plus(remaining.saturating_sub(Duration::from_nanos(1))));
    let longest = now.plus(max_wait);
    before_deadline.map_or(longest, |before| before.min(longest))
}
