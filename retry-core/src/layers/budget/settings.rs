//! The constructors and the settings of a [`Budget`].

use std::time::Duration;

use super::adaptive::Adaptive;
use super::ratio::Ratio;
use super::token_bucket::TokenBucket;
use super::{Budget, Kind};
use crate::primitives::sync::AtomicU32;

impl Budget {
    /// A budget that grants every retry, for places that ask for one, such as an
    /// [`Upstream`](crate::Upstream).
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static RETRIES: Budget = Budget::UNLIMITED;
    ///
    /// assert!((0..1_000).all(|_| RETRIES.try_acquire(Cause::Failure).is_some()));
    /// assert_eq!(RETRIES.available().to_string(), "unlimited");
    /// ```
    #[allow(clippy::declare_interior_mutable_const, reason = "this kind of budget has no state")]
    pub const UNLIMITED: Self = Self { kind: Kind::Unlimited };

    /// A token bucket: 500 tokens, of which a retry costs 5, or 10 after a timeout. A retry that
    /// succeeds gives back what it cost; a first attempt that succeeds gives 1.
    ///
    /// The rule and the numbers are those of the AWS SDKs' standard retry mode (AWS SDKs and Tools
    /// Reference Guide, "Retry behavior"). So five first attempts that succeed pay for one retry
    /// that fails, and a full bucket for another hundred.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::new();
    ///
    /// assert_eq!(BUDGET.available().to_string(), "500 of 500 tokens");
    /// ```
    pub const fn new() -> Self {
        Self { kind: Kind::Tokens(TokenBucket::new(500)) }
    }

    /// Allows `ratio` retries for each call: 0.1 is one retry for ten calls. Another 10 a second are
    /// allowed besides.
    ///
    /// After the retry budget of Finagle (`RetryBudget`) and Linkerd. Within `expiry`, 10 s unless
    /// set, there are at most `ratio · calls + min_per_second · expiry` retries. Deposits expire
    /// in steps of a tenth of it.
    ///
    /// # Panics
    ///
    /// If `ratio` is NaN or outside 0.0 to 1.0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::ratio(0.1);
    ///
    /// assert_eq!(BUDGET.available().to_string(), "100 retries"); // 10 a second, for 10 s
    /// ```
    pub const fn ratio(ratio: f64) -> Self {
        assert!(
            ratio >= 0.0 && ratio <= 1.0,
            "`Budget::ratio` takes the retries per call, from 0.0 to 1.0: 0.1 for one in ten calls"
        );
        Self { kind: Kind::Ratio(Ratio::new(ratio, 10, Duration::from_secs(10))) }
    }

    /// Throttles retries by how many of the last attempts were accepted: a retry is refused with
    /// probability `max(0, (requests − multiplier · accepts) / (requests + 1))`.
    ///
    /// Client-side throttling after the Google SRE book, chapter "Handling Overload", where the
    /// multiplier is called K and is usually 2: then nothing is refused while half of all attempts
    /// are accepted. A smaller one refuses sooner. First attempts are never refused.
    ///
    /// # Panics
    ///
    /// If `multiplier` is NaN, infinite or below 1.0. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::adaptive(2.0);
    ///
    /// assert_eq!(BUDGET.available().to_string(), "0.0 % of retries refused");
    /// ```
    pub const fn adaptive(multiplier: f64) -> Self {
        assert!(
            multiplier.is_finite() && multiplier >= 1.0,
            "`Budget::adaptive` takes a finite number of at least 1.0: the attempts let through \
             for each that is accepted, such as 2.0"
        );
        Self { kind: Kind::Adaptive(Adaptive::new(multiplier, Duration::from_secs(2 * 60))) }
    }

    /// Sets how many tokens the bucket holds; it begins full. A retry costs no more than this.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0, or this is no token bucket. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::new().with_capacity(50); // ten retries
    ///
    /// assert_eq!(BUDGET.available().to_string(), "50 of 50 tokens");
    /// ```
    #[must_use]
    pub const fn with_capacity(self, capacity: u32) -> Self {
        assert!(capacity > 0, "a bucket without tokens allows no retry: use `max_retries = 0`");
        match self.kind {
            Kind::Tokens(bucket) => {
                let tokens = AtomicU32::new(capacity);
                Self { kind: Kind::Tokens(TokenBucket { tokens, capacity, ..bucket }) }
            }
            _ => panic!("`with_capacity` is for token buckets: `Budget::new()`"),
        }
    }

    /// Sets how many tokens a retry costs, unless it follows a timeout.
    ///
    /// # Panics
    ///
    /// If `tokens` is 0, or this is no token bucket. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new().with_retry_cost(100);
    ///
    /// let permit = BUDGET.try_acquire(Cause::Failure);
    /// assert_eq!(BUDGET.available().to_string(), "400 of 500 tokens");
    /// # drop(permit);
    /// ```
    #[must_use]
    pub const fn with_retry_cost(self, tokens: u32) -> Self {
        assert!(tokens > 0, "a retry that costs no tokens is never refused: it costs at least 1");
        match self.kind {
            Kind::Tokens(bucket) => {
                Self { kind: Kind::Tokens(TokenBucket { retry_cost: tokens, ..bucket }) }
            }
            _ => panic!("`with_retry_cost` is for token buckets: `Budget::new()`"),
        }
    }

    /// Sets how many tokens a retry after a timeout costs.
    ///
    /// # Panics
    ///
    /// If `tokens` is 0, or this is no token bucket. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Budget;
    /// use persevere::budget::Cause;
    ///
    /// static BUDGET: Budget = Budget::new().with_timeout_cost(50);
    ///
    /// let permit = BUDGET.try_acquire(Cause::Timeout);
    /// assert_eq!(BUDGET.available().to_string(), "450 of 500 tokens");
    /// # drop(permit);
    /// ```
    #[must_use]
    pub const fn with_timeout_cost(self, tokens: u32) -> Self {
        assert!(tokens > 0, "a retry that costs no tokens is never refused: it costs at least 1");
        match self.kind {
            Kind::Tokens(bucket) => {
                Self { kind: Kind::Tokens(TokenBucket { timeout_cost: tokens, ..bucket }) }
            }
            _ => panic!("`with_timeout_cost` is for token buckets: `Budget::new()`"),
        }
    }

    /// Sets how many tokens a first attempt that succeeds puts into the bucket: 1 unless set.
    ///
    /// # Panics
    ///
    /// If `tokens` is 0, or this is no token bucket. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::budget::Cause;
    /// use persevere::{Budget, Verdict};
    ///
    /// static BUDGET: Budget = Budget::new().with_success_deposit(2);
    ///
    /// BUDGET.try_acquire(Cause::Failure).expect("it is full").failed(Verdict::TRANSIENT);
    /// BUDGET.succeeded();
    /// assert_eq!(BUDGET.available().to_string(), "497 of 500 tokens");
    /// ```
    #[must_use]
    pub const fn with_success_deposit(self, tokens: u32) -> Self {
        assert!(tokens > 0, "a bucket that successes do not fill stays empty: deposit at least 1");
        match self.kind {
            Kind::Tokens(bucket) => {
                Self { kind: Kind::Tokens(TokenBucket { success_deposit: tokens, ..bucket }) }
            }
            _ => panic!("`with_success_deposit` is for token buckets: `Budget::new()`"),
        }
    }

    /// Sets how many retries a second are allowed in addition to those that calls have earned, so that
    /// infrequent calls can be retried at all: 10 unless set.
    ///
    /// # Panics
    ///
    /// If this is no budget by ratio. In a constant, that is a compile error.
    ///
    /// ```
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::ratio(0.1).with_min_per_second(1);
    ///
    /// assert_eq!(BUDGET.available().to_string(), "10 retries"); // 1 a second, for 10 s
    /// ```
    #[must_use]
    pub const fn with_min_per_second(self, retries: u32) -> Self {
        match self.kind {
            Kind::Ratio(Ratio { per_call, expiry, .. }) => {
                Self { kind: Kind::Ratio(Ratio::new(per_call, retries, expiry)) }
            }
            _ => panic!("`with_min_per_second` is for budgets by ratio: `Budget::ratio(0.1)`"),
        }
    }

    /// Sets for how long a call counts: 10 s unless set.
    ///
    /// # Panics
    ///
    /// If `expiry` is zero, or this is no budget by ratio. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::ratio(0.1).with_expiry(Duration::from_secs(60));
    ///
    /// assert_eq!(BUDGET.available().to_string(), "600 retries"); // 10 a second, for 60 s
    /// ```
    #[must_use]
    pub const fn with_expiry(self, expiry: Duration) -> Self {
        assert!(
            !expiry.is_zero(),
            "deposits that expire at once buy no retry: give a time above 0"
        );
        match self.kind {
            Kind::Ratio(Ratio { per_call, min_per_second, .. }) => {
                Self { kind: Kind::Ratio(Ratio::new(per_call, min_per_second, expiry)) }
            }
            _ => panic!("`with_expiry` is for budgets by ratio: `Budget::ratio(0.1)`"),
        }
    }

    /// Sets over how long attempts are counted: 2 min unless set, as in the SRE book.
    ///
    /// # Panics
    ///
    /// If `window` is zero, or this is no adaptive budget. In a constant, that is a compile error.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Budget;
    ///
    /// static BUDGET: Budget = Budget::adaptive(1.5).with_window(Duration::from_secs(30));
    /// # assert_eq!(BUDGET.available().to_string(), "0.0 % of retries refused");
    /// ```
    #[must_use]
    pub const fn with_window(self, window: Duration) -> Self {
        assert!(!window.is_zero(), "a window of no time counts nothing: give a time above 0");
        match self.kind {
            Kind::Adaptive(Adaptive { multiplier, .. }) => {
                Self { kind: Kind::Adaptive(Adaptive::new(multiplier, window)) }
            }
            _ => panic!("`with_window` is for adaptive budgets: `Budget::adaptive(2.0)`"),
        }
    }
}

impl Default for Budget {
    /// [`Budget::new`].
    fn default() -> Self {
        Self::new()
    }
}
