//! [`Hedge`]: a second attempt before the first has failed.
//!
//! Where most calls are quick and a few take very long, a caller who has waited longer than usual
//! does well to ask once more, and to take whichever answer comes first. After Dean and Barroso,
//! "The Tail at Scale" (CACM, 2013): to ask again after the 95th percentile of the latency costs a
//! twentieth more load, and cuts the tail. The rules for failures follow gRPC's hedging policy
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
//! Only what may be done twice can be hedged: nobody tells the other side that the losing attempt
//! is not needed any more, except by dropping its future.
//!
//! The attribute's `hedge = "200ms"`, `hedge = "p95"` or `hedge = SEARCH` runs a function's body so:
//! each race is one attempt of the call. A [`Budget`](crate::Budget) of retries may pay for extra
//! attempts, too: it is a [`HedgeBudget`]. Those that lose their race were sent all the same: what
//! they cost is spent.
//!
//! # A race
//!
//! | event | what follows |
//! |---|---|
//! | an attempt succeeds | it wins; the others are dropped |
//! | the last one started is late | another starts |
//! | an attempt fails transiently | another starts at once |
//! | it is throttled, or says after how long to try again | no more are started; those in flight go on |
//! | it fails permanently | the race ends with that failure |
//! | the budget refuses | no more are started; those in flight go on |
//! | all have failed, no more are allowed | the race ends with the failure that asks for most restraint: throttled before transient, then the longest `retry_after`, then the last |
//!
//! Late means that the delay has passed since the last one was started. The first attempt, and at
//! most [`max`](Hedge::with_max) more, are made in a race, whether they are in flight or have
//! failed. Of two that are ready at the same moment, the older one wins. Waiting between attempts
//! is for the retry around the race: where gRPC holds back the next attempt as long as the server
//! asks, a race starts no more.
//!
//! A race that has ended, or panicked, is pending for ever if it is polled again. On each wake, all
//! attempts are polled, each time beginning with another one: one that uses up its task's budget, as
//! tokio gives it, does not starve the others, nor the alarm.
//!
//! # What is measured
//!
//! [`Hedge::after_quantile`] learns from its own races how long first attempts take. One that
//! succeeds tells it exactly. Of all others it is known that they would have taken longer: of one
//! that failed, was overtaken, was cut by a timeout or a deadline, or was in flight when the race
//! was dropped. The estimate counts them as that (Kaplan and Meier, 1958): each lends its weight to
//! all that took longer. So quick failures and callers who leave early do not make it any shorter,
//! and in an outage in which attempts hang, it grows beyond the time at which they are cut.
//!
//! The latencies are counted in a histogram, as `HdrHistogram` does; after each 512 of them (for
//! rare quantiles, as many as leave ten beyond), those before weigh half as much. The estimate is
//! made anew after each 32, or fewer if fewer are enough. Where all are known exactly, it is never
//! below the quantile of the latencies so weighed, and above it by at most a thirty-second (3.1 %),
//! or a microsecond. Until [enough](Hedge::with_min_samples) are known exactly, no race has more than
//! its first attempt. While too many are cut to tell the quantile, or what is known exactly has all
//! but faded, the estimate does not become shorter.
//!
//! # How many are hedged
//!
//! | | at most |
//! |---|---|
//! | [`Hedge::after_quantile`] | as many races as are beyond the quantile, and ten: of any 1000 in a row, 60 with 0.95 |
//! | [`Hedge::after`] | all of them |
//! | either, with a [budget](HedgeBudget) | as the budget allows besides |
//!
//! An estimate follows what happens, and so comes too late when a service stops answering: all that
//! are in flight are late by then. So a quantile's share is also a limit, whatever the estimate says,
//! and whatever starts an extra attempt, a delay or a failure. Exactly, for 0.95: from any hedged race
//! to any later one, there are at most ten hedged ones, and one for each twenty races that have ended
//! from the one to the other. A latency that is [recorded](Hedge::record) counts as a race. A race
//! that is refused goes on with the attempts that it has. One that is hedged may start all its extra
//! attempts, so the load grows by at most `max` times the share: by a twentieth, for 0.95 and 1.
//! Finagle's `BackupRequestFilter` bounds the load in the same way.
//!
//! A fixed delay has no such limit: while all calls take longer, all are hedged, and the load is
//! that of `1 + max` attempts for each call. Give it a budget, as `hedge` and `budget` in the
//! attribute do.
//!
//! # What it costs
//!
//! | until | fixed delay | quantile |
//! |---|---|---|
//! | the first attempt is ready at its first poll | nothing | two loads; two clock readings, two additions that all threads share |
//! | it is ready before it is late | a timer, kept in the future | the same timer, and the above |
//! | another one starts | two or three allocations for the first extra attempt, one for each more | the same, and an exchange |
//!
//! Each 32nd latency, when the estimate is made anew, also costs a look at two thousand counters.
//!
//! All attempts are polled in the caller's task, so they may borrow what the caller has. The static
//! takes 8 KiB.

mod budget;
mod extras;
pub(crate) mod key;
mod latencies;
#[cfg(any(feature = "tokio", feature = "async-io", all(feature = "wasm", target_family = "wasm")))]
pub(crate) mod on_timer;
pub(crate) mod plan;
mod race;
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
/// The [module's page](self) says what follows what, what is measured, and what it costs. A hedge is
/// a constant in a static, one for each kind of call, since each has its own latencies:
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
    /// After how long an attempt is late, for a race that begins now. `None` while a quantile has
    /// not been measured often enough.
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

    /// Counts a latency that was measured elsewhere, such as before this process was started, of a
    /// call that succeeded. Races count their own. Without meaning if the delay is fixed.
    pub fn record(&self, latency: Duration) {
        self.record_latency(Latency::Exactly(latency));
    }

    /// How many extra attempts have been started, by all races.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Hedge;
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
    ///         if is_first { std::future::pending().await } else { Some("the second") }
    ///     }
    /// });
    /// assert_eq!(second.await, Some("the second"));
    /// assert_eq!((HEDGE.started(), HEDGE.won()), (1, 1));
    /// # });
    /// ```
    pub fn started(&self) -> u64 {
        self.started.load(Ordering::Relaxed)
    }

    /// How many of the extra attempts that have been [started](Self::started) have won their race.
    pub fn won(&self) -> u64 {
        self.won.load(Ordering::Relaxed)
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
