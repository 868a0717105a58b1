//! [`Hedge`]: a second attempt while the first is still running.
//!
//! Where most calls are quick and a few take very long, a caller that has waited longer than usual
//! sends the request again, and takes whichever answer comes first. After Dean and Barroso, "The Tail at
//! Scale" (CACM, 2013): a second request after the 95th percentile of the latency adds a twentieth to
//! the load, and cuts the tail. The rules for failures follow gRPC's hedging policy
//! (proposal A6).
//!
//! ```
//! use std::time::Duration;
//! use persevere::Hedge;
//!
//! static SEARCH: Hedge = Hedge::after_quantile(0.95);
//! static LOOK_UP: Hedge = Hedge::after(Duration::from_millis(200)).with_max(2);
//! # #[cfg(feature = "tokio")]
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//!
//! async fn look_up(name: &str) -> std::io::Result<usize> {
//!     Ok(name.len())
//! }
//!
//! let name = String::from("example");
//! let found = LOOK_UP.run(|| look_up(&name)).await;
//! assert_eq!(found.ok(), Some(7));
//! # });
//! ```
//!
//! Only hedge what may safely be done twice. The losing attempt's future is dropped; the other side does
//! not learn in any other way that its answer is not needed.
//!
//! The attribute's `hedge = "200ms"`, `hedge = "p95"` or `hedge = SEARCH` runs a function's body as a
//! race: each race is one attempt of the call. A [`Budget`](crate::Budget) of retries may pay for extra
//! attempts, too: it is a [`HedgeBudget`]. An extra attempt that loses its race was sent all the same, so
//! its cost is spent.
//!
//! # A race
//!
//! | event | what follows |
//! |---|---|
//! | an attempt succeeds | it wins; the others are dropped |
//! | the latest attempt is late | another starts |
//! | an attempt fails transiently | another starts at once |
//! | an attempt is throttled, or fails with a `retry_after` | no more are started; those in flight go on |
//! | an attempt fails permanently | the race ends with that failure |
//! | the budget refuses | no more are started; those in flight go on |
//! | all have failed, and no more are allowed | the race ends with the failure that asks for most restraint: throttled before transient, then the longest `retry_after`, then the last |
//!
//! An attempt is late when the delay has passed since it started. A race makes its first attempt and at
//! most [`max`](Hedge::with_max) more, including those that have failed. Of two that are ready at the
//! same moment, the older one wins. A race never waits between attempts: that is for the retry around it.
//! Where gRPC delays the next attempt for as long as the server asks, a race starts no more.
//!
//! A race that has ended or panicked stays pending if it is polled again. On each wake, all attempts are
//! polled, each time beginning with another one, so that one that uses up its task's cooperative budget
//! (as in tokio) does not starve the others or the timer.
//!
//! # What is measured
//!
//! [`Hedge::after_quantile`] learns from its own races how long first attempts take. The latency of an
//! attempt that succeeds is known exactly. Any other attempt (one that failed, was overtaken, was cut by a
//! timeout or a deadline, or was in flight when the race was dropped) is only known to take longer than
//! it ran. The estimate counts it as that (Kaplan and Meier, 1958): its weight is distributed over all
//! that took longer. So quick failures and callers that give up early do not shorten the estimate, and in
//! an outage in which attempts hang, it grows beyond the time at which they are cut.
//!
//! Latencies are counted in a histogram, as in `HdrHistogram`. After every 512 of them (for rare
//! quantiles, after enough that ten lie beyond the quantile), the weight of the earlier ones is halved.
//! The estimate is computed again after every 32, or fewer if fewer are enough. If all latencies are
//! known exactly, it is never below the weighted quantile, and above it by at most a thirty-second
//! (3.1 %) or a microsecond. Until [enough](Hedge::with_min_samples) are known exactly, no race has more
//! than its first attempt. While too many attempts are cut to know the quantile, or hardly any exact
//! latency has weight left, the estimate does not become shorter.
//!
//! # How many are hedged
//!
//! | | at most |
//! |---|---|
//! | [`Hedge::after_quantile`] | the share of races beyond the quantile, plus ten: with 0.95, 60 of any 1000 in a row |
//! | [`Hedge::after`] | all of them |
//! | either, with a [budget](HedgeBudget) | also what the budget allows |
//!
//! An estimate lags behind when a service stops answering: all attempts in flight are late by then. So
//! the quantile's share is also a limit, whatever the estimate is, and whether a delay or a failure starts
//! the extra attempt. Exactly, for 0.95: from any hedged race to any later one, there are at most ten
//! hedged races, plus one for each twenty races that ended in between. A latency that is
//! [recorded](Hedge::record) counts as a race. A race that the limit refuses goes on with the attempts
//! that it has. A hedged race may start all its extra attempts, so the load grows by at most `max` times
//! the share: by a twentieth, for 0.95 and a `max` of 1. Finagle's `BackupRequestFilter` limits the load
//! in the same way.
//!
//! A fixed delay has no such limit: while all calls take longer, all are hedged, and each makes `1 + max`
//! attempts. Give it a budget, as the attribute's `hedge` with `budget` does.
//!
//! # What it costs
//!
//! | until | fixed delay | quantile |
//! |---|---|---|
//! | the first attempt is ready at its first poll | nothing | two loads; two clock readings, two additions that all threads share |
//! | it is ready before it is late | a timer, kept in the future | the same timer, and the above |
//! | another one starts | two or three allocations for the first extra attempt, one for each more | the same, and an exchange |
//!
//! Every 32nd latency also costs the loads of two thousand counters, to compute the estimate.
//!
//! All attempts are polled in the caller's task, so they may borrow what the caller has. The static
//! takes 8 KiB.

mod budget;
mod extras;
pub(crate) mod key;
mod latencies;
mod lone_race;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer;
pub(crate) mod plan;
pub(crate) mod race;
mod reaction;
mod run;
mod settings;
mod share;
mod stopwatch;
mod trigger;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use self::budget::{HedgeBudget, Unlimited};
#[doc(hidden)]
pub use self::latencies::Latency;
use self::trigger::Trigger;

/// Starts another attempt of a call that is late, and takes the first good outcome.
///
/// The [module's page](self) describes the race, what is measured, and the costs. A hedge is a constant
/// in a static, one for each kind of call, since each has its own latencies:
///
/// ```
/// use std::time::Duration;
/// use persevere::Hedge;
///
/// static SEARCH: Hedge = Hedge::after_quantile(0.95).with_max(2);
/// static LOOK_UP: Hedge = Hedge::after(Duration::from_millis(200));
/// # assert_eq!((SEARCH.max(), LOOK_UP.max()), (2, 1));
/// ```
///
/// One that makes no sense does not compile:
///
/// ```compile_fail
/// # use persevere::Hedge;
/// static PERCENT: Hedge = Hedge::after_quantile(95.0);
/// ```
#[derive(Debug)]
pub struct Hedge {
    trigger: Trigger,
    max: u32,
    started: AtomicU64,
    won: AtomicU64,
}

impl Hedge {
    /// The time after which an attempt is late, for a race that begins now. `None` while there are too few
    /// samples for the quantile.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Hedge;
    ///
    /// static HEDGE: Hedge = Hedge::after_quantile(0.95);
    ///
    /// (1..=100).for_each(|millis| HEDGE.record(Duration::from_millis(millis)));
    /// let delay = HEDGE.delay().expect("that was enough");
    /// assert!(delay >= Duration::from_millis(95) && delay <= Duration::from_millis(95) * 33 / 32);
    /// ```
    pub fn delay(&self) -> Option<Duration> {
        match &self.trigger {
            Trigger::Fixed(delay) => Some(*delay),
            Trigger::Measured(measured) => measured.estimate(),
        }
    }

    /// Counts the latency of a call that succeeded and was measured elsewhere, such as before this
    /// process started. Races count their own. Has no effect if the delay is fixed.
    pub fn record(&self, latency: Duration) {
        self.record_latency(Latency::Exactly(latency));
    }

    /// The number of extra attempts that all races have started.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Hedge, Rejection};
    ///
    /// static HEDGE: Hedge = Hedge::after(Duration::ZERO);
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    ///
    /// let mut attempts = 0;
    /// let second = HEDGE.run(|| {
    ///     attempts += 1;
    ///     let is_first = attempts == 1;
    ///     async move {
    ///         if is_first { std::future::pending().await } else { Ok("the second") }
    ///     }
    /// });
    /// assert_eq!(second.await, Ok::<_, Rejection>("the second"));
    /// assert_eq!((HEDGE.started(), HEDGE.won()), (1, 1));
    /// # });
    /// ```
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// The number of extra attempts that have won their race, of those [started](Self::started).
    pub fn won(&self) -> u64 {
        self.won.load(Ordering::Relaxed)
    }

    /// Forgets the latencies that were measured. The numbers of attempts [started](Self::started) and
    /// [won](Self::won) go on.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Hedge;
    ///
    /// static SEARCH: Hedge = Hedge::after_quantile(0.5).with_min_samples(1);
    ///
    /// SEARCH.record(Duration::from_millis(20));
    /// assert!(SEARCH.delay().is_some());
    /// SEARCH.reset();
    /// assert_eq!(SEARCH.delay(), None);
    /// ```
    pub fn reset(&self) {
        if let Trigger::Measured(measured) = &self.trigger {
            measured.reset();
        }
    }

    fn record_latency(&self, latency: Latency) {
        if let Trigger::Measured(measured) = &self.trigger {
            measured.record(latency);
        }
    }

    fn may_hedge(&self) -> bool {
        match &self.trigger {
            Trigger::Fixed(_) => true,
            Trigger::Measured(measured) => measured.may_hedge(),
        }
    }

    fn has_started(&self) {
        self.started.fetch_add(1, Ordering::Relaxed);
    }

    fn has_won(&self) {
        self.won.fetch_add(1, Ordering::Relaxed);
    }

    const fn measures(&self) -> bool {
        matches!(self.trigger, Trigger::Measured(_))
    }
}
