//! [`Budget`]: a limit on retries that many calls share.
//!
//! `max_retries` limits one call. When everything fails, every call makes all its retries, and the
//! load on what has failed is multiplied just then. A budget limits the retries of all calls that
//! name it: a few failures are retried as ever, an outage is not.
//!
//! | | [`Budget::new`] | [`Budget::ratio`] | [`Budget::adaptive`] |
//! |---|---|---|---|
//! | after | the AWS SDKs' standard retry mode | the retry budget of Finagle and Linkerd | the SRE book, chapter "Handling Overload" |
//! | a retry | costs 5 tokens of 500; 10 after a timeout | is one for ten calls of the last 10 s, and 10 a second above that | is refused the likelier, the fewer attempts of the last 2 min were accepted |
//! | a call begins | | is deposited | |
//! | a first attempt succeeds | gives 1 token | | is counted |
//! | a retry succeeds | gives back what it cost | | is counted |
//! | an attempt fails, or its deadline cuts it | keeps what it cost | | is counted; if permanently, as accepted |
//! | a retry never runs | gives back what it cost | gives back its place, in the window that it was taken in | is not counted |
//! | a retry runs and is dropped, or is a hedge that another attempt beats | keeps what it cost | keeps its place | is not counted |
//! | cost of a healthy call | one relaxed load, no write while the bucket is full | a clock reading, a relaxed load, an addition on this thread's own cache line | the same |
//!
//! A retry never runs if its call is dropped during the wait before it, if a circuit breaker refuses
//! it, or if the wait leaves it no time until the deadline. Once it has begun it was sent, and is
//! spent: the other side has its work, whoever has stopped waiting for the answer. So no bound is
//! exceeded by retries that hang until they are cut. A give-back that comes after its own retry has
//! left the window of a ratio changes nothing.
//!
//! An attempt that its deadline cuts while it runs is a failure. That is the call's own `deadline`, or
//! that of a call around it if it ends sooner. A call without a `deadline` of its own holds nothing of
//! the budget during a first attempt, so there a deadline around it is not heard.
//!
//! Nothing allocates, except that a retried call keeps what it was granted in 24 bytes; the static
//! takes 5 KiB, whatever the kind. An extra attempt of a [`hedge`](crate::layers::hedge) costs what a retry
//! after a failure costs, begins as soon as it is granted, and ends as a retry does.
//!
//! The token bucket is the cheapest: it needs no clock, and refills by successes alone. The ratio
//! is the easiest to reason about: at most a tenth more load. Adaptive throttling reacts to what
//! the other side accepts, whatever the load. A refusal ends the call with its last outcome, and
//! with [`GiveUp::BudgetExhausted`](crate::engine::GiveUp::BudgetExhausted) as the reason.
//!
//! # A loop of one's own
//!
//! ```
//! use std::time::Duration;
//! use rand::{SeedableRng, rngs::SmallRng};
//! use persevere::engine::{Decision, Failure, GiveUp, History, decide};
//! use persevere::budget::{Budget, Cause, Withdrawal};
//! use persevere::{Policy, Verdict};
//!
//! static BUDGET: Budget = Budget::new().with_capacity(10); // two retries
//! let policy = Policy::DEFAULT;
//! let mut rng = SmallRng::seed_from_u64(7);
//!
//! BUDGET.begin();
//! let mut history = History::NEW;
//! let mut withdrawal: Option<Withdrawal<'_>> = None; // of the attempt that runs
//! let reason = loop {
//!     if let Some(withdrawal) = &mut withdrawal {
//!         withdrawal.begin(); // the wait is over
//!     }
//!     let outcome: Result<(), Verdict> = Err(Verdict::TRANSIENT); // the attempt
//!     let verdict = outcome.expect_err("it always fails");
//!     match withdrawal.take() {
//!         None => BUDGET.failed(verdict),
//!         Some(withdrawal) => withdrawal.failed(verdict),
//!     }
//!     let decision = decide(&Failure::new(&policy, verdict), &history, &mut rng);
//!     let (decision, granted) = decision.granted_by(|| BUDGET.try_withdraw(Cause::Failure));
//!     match decision {
//!         Decision::GiveUp(reason) => break reason,
//!         Decision::Retry(delay) => {
//!             withdrawal = granted;
//!             history = history.with_retry(delay);
//!         }
//!     }
//! };
//! assert_eq!((reason, history.retries), (GiveUp::BudgetExhausted, 2));
//! ```

mod adaptive;
mod available;
mod ratio;
mod settings;
mod token_bucket;
mod withdrawal;

use rand::Rng;

use self::adaptive::Adaptive;
pub use self::available::Available;
use self::ratio::Ratio;
use self::token_bucket::TokenBucket;
pub use self::withdrawal::Withdrawal;
use crate::classify::{Class, Verdict};
use crate::layers::window::Slot;
use crate::primitives::random::ThreadRandom;
use crate::time::clock::Instant;
use crate::time::tick::Tick;

/// A limit on retries, shared by all calls that name it.
///
/// The [module's page](self) compares the kinds. A budget is a constant in a static:
///
/// ```
/// use std::time::Duration;
/// use persevere::Budget;
///
/// static PAYMENTS: Budget = Budget::new().with_capacity(100);
/// static SEARCH: Budget = Budget::ratio(0.2).with_min_per_second(5);
/// static REPORTS: Budget = Budget::adaptive(2.0).with_window(Duration::from_secs(60));
/// # assert_eq!(PAYMENTS.available().to_string(), "100 of 100 tokens");
/// # assert_eq!(SEARCH.available().to_string(), "50 retries");
/// # assert_eq!(REPORTS.available().to_string(), "0.0 % of retries refused");
/// ```
#[derive(Debug)]
pub struct Budget {
    kind: Kind,
}

#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "budgets are statics, and boxes are not `const`")]
enum Kind {
    Tokens(TokenBucket),
    Ratio(Ratio),
    Adaptive(Adaptive),
}

/// What a retry follows: a token bucket asks more after a timeout, which has cost the other side
/// more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// A failure.
    Failure,
    /// An attempt that took too long.
    Timeout,
}

impl Budget {
    /// A call begins, before its first attempt: [`Budget::ratio`] deposits.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::ratio(0.5).with_min_per_second(0);
    ///
    /// (0..4).for_each(|_| BUDGET.begin());
    /// assert_eq!(BUDGET.available().to_string(), "2 retries");
    /// ```
    #[inline]
    pub fn begin(&self) {
        if let Kind::Ratio(ratio) = &self.kind {
            ratio.deposit(Tick::now());
        }
    }

    /// As [`begin`](Self::begin), by the caller's clock.
    pub fn begin_at(&self, now: Instant) {
        if let Kind::Ratio(ratio) = &self.kind {
            ratio.deposit(Tick::of(now));
        }
    }

    /// A first attempt has succeeded. For a retry that has, see [`Withdrawal::succeeded`].
    #[inline]
    pub fn succeeded(&self) {
        self.succeed(Tick::now);
    }

    /// As [`succeeded`](Self::succeeded), by the caller's clock.
    pub fn succeeded_at(&self, now: Instant) {
        self.succeed(|| Tick::of(now));
    }

    fn succeed(&self, now: impl FnOnce() -> Tick) {
        match &self.kind {
            Kind::Tokens(bucket) => bucket.deposit(),
            Kind::Ratio(_) => {}
            Kind::Adaptive(adaptive) => adaptive.accept(now()),
        }
    }

    /// A first attempt has failed. For a retry that has, see [`Withdrawal::failed`].
    ///
    /// [`Budget::adaptive`] counts a permanent failure as accepted: the other side was well enough
    /// to say no.
    ///
    /// ```
    /// use persevere::{Budget, Verdict};
    ///
    /// static BUDGET: Budget = Budget::adaptive(2.0);
    ///
    /// BUDGET.failed(Verdict::PERMANENT);
    /// assert_eq!(BUDGET.available().to_string(), "0.0 % of retries refused");
    /// (0..3).for_each(|_| BUDGET.failed(Verdict::TRANSIENT));
    /// assert_eq!(BUDGET.available().to_string(), "40.0 % of retries refused"); // (4 - 2 · 1) / 5
    /// ```
    pub fn failed(&self, verdict: Verdict) {
        self.fail(verdict, Tick::now);
    }

    /// As [`failed`](Self::failed), by the caller's clock.
    pub fn failed_at(&self, verdict: Verdict, now: Instant) {
        self.fail(verdict, || Tick::of(now));
    }

    fn fail(&self, verdict: Verdict, now: impl FnOnce() -> Tick) {
        if let Kind::Adaptive(adaptive) = &self.kind {
            match verdict.kind() {
                Class::Permanent => adaptive.accept(now()),
                Class::Transient | Class::Throttled => adaptive.fail(now()),
            }
        }
    }

    /// Asks for the leave to make one retry; `None` is a refusal.
    ///
    /// To be asked last, when a retry would otherwise follow, as
    /// [`Decision::granted_by`](crate::engine::Decision::granted_by) does.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(12);
    ///
    /// let first = BUDGET.try_withdraw(Cause::Timeout); // 10 tokens
    /// assert!(first.is_some());
    /// assert!(BUDGET.try_withdraw(Cause::Failure).is_none()); // 2 are left
    /// ```
    pub fn try_withdraw(&self, cause: Cause) -> Option<Withdrawal<'_>> {
        self.withdraw(cause, Tick::now, &mut ThreadRandom)
    }

    /// As [`try_withdraw`](Self::try_withdraw), by the caller's clock and random source.
    pub fn try_withdraw_at<R: Rng + ?Sized>(
        &self,
        cause: Cause,
        now: Instant,
        rng: &mut R,
    ) -> Option<Withdrawal<'_>> {
        self.withdraw(cause, || Tick::of(now), rng)
    }

    fn withdraw<R: Rng + ?Sized>(
        &self,
        cause: Cause,
        now: impl FnOnce() -> Tick,
        rng: &mut R,
    ) -> Option<Withdrawal<'_>> {
        let slot = match &self.kind {
            Kind::Tokens(bucket) => bucket.try_withdraw(cause).then_some(Slot::NONE),
            Kind::Ratio(ratio) => ratio.try_withdraw(now()),
            Kind::Adaptive(adaptive) => adaptive.admits(now(), rng).then_some(Slot::NONE),
        };
        slot.map(|slot| Withdrawal::new(self, cause, slot))
    }

    /// What is left, for people. It takes nothing.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::new();
    ///
    /// assert_eq!(format!("{}", BUDGET.available()), "500 of 500 tokens");
    /// ```
    pub fn available(&self) -> Available {
        self.left(Tick::now)
    }

    /// As [`available`](Self::available), by the caller's clock.
    pub fn available_at(&self, now: Instant) -> Available {
        self.left(|| Tick::of(now))
    }

    fn left(&self, now: impl FnOnce() -> Tick) -> Available {
        match &self.kind {
            Kind::Tokens(bucket) => {
                Available::Tokens { tokens: bucket.tokens(), capacity: bucket.capacity }
            }
            Kind::Ratio(ratio) => Available::Retries { retries: ratio.retries(now()) },
            Kind::Adaptive(adaptive) => Available::Refusal { probability: adaptive.refusal(now()) },
        }
    }
}
