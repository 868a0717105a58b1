//! [`Budget`]: a limit on retries that many calls share.
//!
//! `max_retries` limits one call. When everything fails, every call makes all its retries, which
//! multiplies the load on a service just when it is failing. A budget limits the retries of all calls
//! that name it: a few failures are retried as usual, an outage is not.
//!
//! | | [`Budget::new`] | [`Budget::ratio`] | [`Budget::adaptive`] |
//! |---|---|---|---|
//! | after | the AWS SDKs' standard retry mode | the retry budget of Finagle and Linkerd | the SRE book, chapter "Handling Overload" |
//! | limits retries to | 5 of 500 tokens for each, or 10 after a timeout | one for ten calls of the last 10 s, plus 10 a second | a probability that falls with the share of the last 2 min's attempts that were accepted |
//! | a call begins | | earns its share of a retry | |
//! | a first attempt succeeds | adds 1 token | | is counted |
//! | a retry succeeds | returns what it cost | | is counted |
//! | an attempt fails, or its deadline cuts it | spends what it cost | | is counted; if permanently, as accepted |
//! | a retry never runs | returns what it cost | is uncounted, in the window in which it was counted | is not counted |
//! | a retry runs and is dropped, or is a hedge that another attempt beats | spends what it cost | stays counted | is not counted |
//! | cost of a healthy call | one relaxed load, and no write while the bucket is full | a clock reading, a relaxed load, an addition on this thread's own cache line | the same |
//!
//! A retry never runs if its call is dropped during the wait before it, if a circuit breaker refuses
//! it, or if the wait leaves no time until the deadline. Once a retry has begun, its request is out
//! and its cost is spent, even if nobody waits for the answer any more. So retries that hang until
//! they are cut cannot exceed any limit. A permit that is given back after its own retry has left a
//! ratio's window changes nothing.
//!
//! An attempt that a deadline cuts while it runs is a failure, whether the deadline is the call's own
//! or an earlier one of a call around it. A call without a `deadline` of its own holds no permit
//! during its first attempt, so the budget does not notice when an enclosing deadline cuts that one.
//!
//! Nothing allocates, except that a retried call keeps its permit in 32 bytes; the static takes
//! 5 KiB, whatever the kind. An extra attempt of a [`hedge`](crate::layers::hedge) costs as much as a
//! retry after a failure, begins as soon as it is granted, and ends as a retry does.
//!
//! The token bucket is the cheapest: it needs no clock, and refills by successes alone. The ratio is
//! the easiest to reason about: at most a tenth more load. Adaptive throttling reacts to what the
//! other side accepts, whatever the load. A refusal ends the call with its last outcome, for the
//! reason [`GiveUp::BudgetExhausted`](crate::engine::GiveUp::BudgetExhausted).
//!
//! # The three kinds, and their settings
//!
//! | [`Budget::new`] | [`Budget::ratio`] | [`Budget::adaptive`] |
//! |---|---|---|
//! | [`with_capacity`](Budget::with_capacity), [`with_retry_cost`](Budget::with_retry_cost), [`with_timeout_cost`](Budget::with_timeout_cost), [`with_success_deposit`](Budget::with_success_deposit) | [`with_min_per_second`](Budget::with_min_per_second), [`with_expiry`](Budget::with_expiry) | [`with_window`](Budget::with_window) |
//!
//! All three are one type, so that a static, a field or an argument of the type [`Budget`] takes
//! whichever kind suits. A setting of another kind panics, so in a static or a constant, where budgets
//! are made, it does not compile:
//!
//! ```compile_fail
//! # use persevere::Budget;
//! static BUDGET: Budget = Budget::ratio(0.1).with_capacity(50);
//! ```
//!
//! # A loop of your own
//!
//! ```
//! use rand::{SeedableRng, rngs::SmallRng};
//! use persevere::engine::{Decision, Failure, GiveUp, History, decide};
//! use persevere::budget::{self, Budget, Cause};
//! use persevere::{Policy, Verdict};
//!
//! static BUDGET: Budget = Budget::new().with_capacity(10); // two retries
//! let policy = Policy::DEFAULT;
//! let mut rng = SmallRng::seed_from_u64(7);
//!
//! BUDGET.begin();
//! let mut history = History::NEW;
//! let mut permit: Option<budget::Permit<'_>> = None; // of the retry that runs
//! let reason = loop {
//!     if let Some(permit) = &mut permit {
//!         permit.begin(); // the wait is over
//!     }
//!     let outcome: Result<(), Verdict> = Err(Verdict::TRANSIENT); // the attempt
//!     let verdict = outcome.expect_err("it always fails");
//!     match permit.take() {
//!         None => BUDGET.failed(verdict),
//!         Some(permit) => permit.failed(verdict),
//!     }
//!     let decision = decide(&Failure::new(&policy, verdict), &history, &mut rng);
//!     let (decision, granted) = decision.granted_by(|| BUDGET.try_acquire(Cause::Failure));
//!     match decision {
//!         Decision::GiveUp(reason) => break reason,
//!         Decision::Retry(delay) => {
//!             permit = granted;
//!             history = history.with_retry(delay);
//!         }
//!     }
//! };
//! assert_eq!((reason, history.retries), (GiveUp::BudgetExhausted, 2));
//! ```

mod adaptive;
mod at;
mod available;
mod permit;
mod ratio;
mod renewed;
mod settings;
mod token_bucket;

use rand::Rng;

use self::adaptive::Adaptive;
pub use self::available::Available;
pub use self::permit::Permit;
use self::ratio::Ratio;
use self::token_bucket::TokenBucket;
use crate::classify::{Class, Verdict};
use crate::layers::window::Slot;
use crate::primitives::random::ThreadRandom;
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
    Unlimited,
}

/// What a retry follows. A retry after a timeout costs a token bucket more, since the timed-out
/// attempt has cost the other side more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The attempt failed.
    Failure,
    /// The attempt took too long.
    Timeout,
}

impl Budget {
    /// Reports that a call begins, before its first attempt: it earns a share of a retry from a
    /// budget by [ratio](Self::ratio).
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
        self.deposit(Tick::now);
    }

    #[inline]
    fn deposit(&self, now: impl FnOnce() -> Tick) {
        if let Kind::Ratio(ratio) = &self.kind {
            ratio.deposit(now());
        }
    }

    /// Reports that a first attempt has succeeded. For a retry, see [`Permit::succeeded`].
    #[inline]
    pub fn succeeded(&self) {
        self.succeed(Tick::now);
    }

    #[inline]
    fn succeed(&self, now: impl FnOnce() -> Tick) {
        match &self.kind {
            Kind::Tokens(bucket) => bucket.deposit(),
            Kind::Ratio(_) | Kind::Unlimited => {}
            Kind::Adaptive(adaptive) => adaptive.accept(now()),
        }
    }

    /// Reports that a first attempt has failed. For a retry, see [`Permit::failed`].
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

    fn fail(&self, verdict: Verdict, now: impl FnOnce() -> Tick) {
        if let Kind::Adaptive(adaptive) = &self.kind {
            match verdict.kind() {
                Class::Permanent => adaptive.accept(now()),
                Class::Transient | Class::Throttled => adaptive.fail(now()),
            }
        }
    }

    /// Asks for a permit to make one retry; `None` is a refusal.
    ///
    /// Ask last, once a retry would otherwise follow, as
    /// [`Decision::granted_by`](crate::engine::Decision::granted_by) does.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(12);
    ///
    /// let first = BUDGET.try_acquire(Cause::Timeout); // 10 tokens
    /// assert!(first.is_some());
    /// assert!(BUDGET.try_acquire(Cause::Failure).is_none()); // 2 are left
    /// ```
    pub fn try_acquire(&self, cause: Cause) -> Option<Permit<'_>> {
        self.acquire(cause, Tick::now, &mut ThreadRandom)
    }

    /// The permit for a retry that another process was granted, and [handed
    /// over](Permit::hand_over): nothing is asked or taken here. A token bucket gets what the retry
    /// cost if it succeeds, or never begins.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new();
    ///
    /// let retry = BUDGET.try_acquire(Cause::Timeout).expect("the bucket is full");
    /// let cause = retry.cause(); // what the row keeps of it
    /// retry.hand_over();
    /// assert_eq!(BUDGET.available().to_string(), "490 of 500 tokens");
    ///
    /// let mut retry = BUDGET.take_over(cause);
    /// retry.begin();
    /// retry.succeeded();
    /// assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    /// ```
    pub const fn take_over(&self, cause: Cause) -> Permit<'_> {
        Permit::new(self, cause, Slot::NONE)
    }

    fn acquire<R: Rng + ?Sized>(
        &self,
        cause: Cause,
        now: impl FnOnce() -> Tick,
        rng: &mut R,
    ) -> Option<Permit<'_>> {
        let slot = match &self.kind {
            Kind::Tokens(bucket) => bucket.try_withdraw(cause).then_some(Slot::NONE),
            Kind::Ratio(ratio) => ratio.try_withdraw(now()),
            Kind::Adaptive(adaptive) => adaptive.admits(now(), rng).then_some(Slot::NONE),
            Kind::Unlimited => Some(Slot::NONE),
        };
        slot.map(|slot| Permit::new(self, cause, slot))
    }

    /// What is left of the budget, for people to read. Takes nothing from it.
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

    fn left(&self, now: impl FnOnce() -> Tick) -> Available {
        match &self.kind {
            Kind::Tokens(bucket) => {
                Available::Tokens { tokens: bucket.tokens(), capacity: bucket.capacity }
            }
            Kind::Ratio(ratio) => Available::Retries { retries: ratio.retries(now()) },
            Kind::Adaptive(adaptive) => Available::Refusal { probability: adaptive.refusal(now()) },
            Kind::Unlimited => Available::Unlimited,
        }
    }
}
