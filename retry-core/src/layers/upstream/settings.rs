//! The settings of an [`Upstream`]: what makes one, and what it is given.

use std::sync::Arc;
use std::time::Duration;

use super::{Counts, Upstream};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::{Gate, Rate};
use crate::layers::shared::Shared;
use crate::policy::Policy;

/// Sets what a constructor that runs in constants may not drop: nothing was set before, or a static.
macro_rules! set {
    ($field:expr, $layer:expr) => {
        std::mem::forget($field.replace($layer))
    };
}

impl Upstream {
    /// An upstream of that name, whose calls share `budget`. [`Budget::UNLIMITED`] grants every retry.
    ///
    /// The name is shown by events and logs, and tables of overrides know the upstream by it: `@geocoder=off`.
    /// It stays when functions move to other modules.
    ///
    /// ```
    /// use persevere::{Budget, Upstream};
    ///
    /// static GEOCODER: Upstream = Upstream::new("geocoder", &Budget::UNLIMITED);
    ///
    /// assert_eq!(GEOCODER.name(), "geocoder");
    /// ```
    #[must_use]
    pub const fn new(name: &'static str, budget: &'static Budget) -> Self {
        Self::of(name, Shared::Borrowed(budget))
    }

    /// An upstream that owns its layers, and counts its calls: for those that are known at run time alone.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use persevere::{Budget, Bulkhead, CircuitBreaker, Upstream};
    ///
    /// struct Client {
    ///     upstream: Arc<Upstream>, // `#[retry(upstream = self.upstream)]`
    /// }
    ///
    /// let upstream = Upstream::owning("hosts", Budget::new())
    ///     .breaker(CircuitBreaker::new())
    ///     .bulkhead(Bulkhead::new(8));
    /// let client = Client { upstream: Arc::new(upstream) };
    /// assert_eq!(client.upstream.layers().bulkhead.map(Bulkhead::available), Some(8));
    /// ```
    #[must_use]
    pub fn owning(name: &'static str, budget: Budget) -> Self {
        let counts = Some(Shared::Counted(Arc::new(Counts::new())));
        let gate = Some(Arc::new(Gate::new()));
        Self { gate, counts, ..Self::of(name, Shared::Counted(Arc::new(budget))) }
    }

    const fn of(name: &'static str, budget: Shared<'static, Budget>) -> Self {
        Self {
            name,
            budget,
            policy: None,
            timeout: None,
            breaker: None,
            bulkhead: None,
            rate: None,
            has_pushback: false,
            gate: None,
            counts: None,
        }
    }

    /// Sets the policy of its functions that name none: [`Policy::DEFAULT`] unless set.
    #[must_use]
    pub const fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Sets the longest time for an attempt of its functions that name none. It cuts async attempts. A
    /// blocking function hands it to its socket: [`Attempt::time_limit`](crate::Attempt::time_limit).
    ///
    /// # Panics
    ///
    /// If `timeout` is zero. In a constant, that is a compile error.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        assert!(!timeout.is_zero(), "a timeout of zero cuts every attempt: give a time above 0");
        self.timeout = Some(timeout);
        self
    }

    /// Sets the circuit breaker, which refuses attempts while the service is down.
    #[must_use]
    pub const fn with_breaker(mut self, breaker: &'static CircuitBreaker) -> Self {
        set!(self.breaker, Shared::Borrowed(breaker));
        self
    }

    /// Sets the bulkhead, which limits how many calls run at a time.
    #[must_use]
    pub const fn with_bulkhead(mut self, bulkhead: &'static Bulkhead) -> Self {
        set!(self.bulkhead, Shared::Borrowed(bulkhead));
        self
    }

    /// Sets the rate, which limits how many attempts begin in a time.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Budget, Rate, Upstream};
    ///
    /// static RATE: Rate = Rate::per_second(50).with_burst(10).with_max_wait(Duration::from_secs(1));
    /// static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE);
    ///
    /// let answer = MAPS.retry_blocking(|| Ok::<_, persevere::Rejection>(RATE.available()));
    /// assert_eq!(answer.call(), Ok(9));
    /// ```
    #[must_use]
    pub const fn with_rate(mut self, rate: &'static Rate) -> Self {
        set!(self.rate, Shared::Borrowed(rate));
        self
    }

    /// Lets a `Retry-After` that one caller receives hold the others: none of them sends before that time, an
    /// hour at most. The caller that has received it waits as ever.
    ///
    /// A pause is never shortened; a longer one counts. With a [rate](Self::with_rate), the callers wait in
    /// its queue, up to its `max_wait`, and then leave it one by one, without a burst; other upstreams that
    /// share the rate wait, too. Without one, they wait up to the `max_delay` of the upstream's policy, and
    /// then begin at random moments of a span that is a tenth of the pause. Whose deadline or longest wait is
    /// shorter is refused at once, with [`Rejection::RateLimited`](crate::Rejection::RateLimited), which has
    /// the time that is left.
    ///
    /// What a failure asks for counts if it is retryable: its verdict's
    /// [`retry_after`](crate::Verdict::retry_after), not what the function itself asks for by
    /// [`Attempt::retry_in`](crate::Attempt::retry_in).
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Budget, Classify, Policy, Rejection, Upstream, Verdict};
    ///
    /// static MAPS: Upstream = Upstream::new("maps", &Budget::UNLIMITED)
    ///     .with_policy(Policy::NONE.with_max_delay(Duration::from_secs(10)))
    ///     .with_pushback();
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum Error {
    ///     Busy,
    ///     Rejected(Rejection),
    /// }
    /// # impl From<Rejection> for Error { fn from(it: Rejection) -> Self { Self::Rejected(it) } }
    ///
    /// impl Classify for Error {
    ///     fn classify(&self) -> Verdict {
    ///         match self {
    ///             Self::Busy => Verdict::THROTTLED.with_retry_after(Duration::from_secs(30)),
    ///             Self::Rejected(rejection) => rejection.classify(),
    ///         }
    ///     }
    /// }
    ///
    /// assert_eq!(MAPS.retry_blocking(|| Err::<u8, _>(Error::Busy)).call(), Err(Error::Busy));
    /// match MAPS.retry_blocking(|| Ok::<u8, _>(1)).call() {
    ///     Err(Error::Rejected(Rejection::RateLimited { retry_in })) => {
    ///         assert!(retry_in > Duration::from_secs(25)); // longer than 10 s
    ///     }
    ///     other => panic!("{other:?}"),
    /// }
    /// ```
    #[must_use]
    pub const fn with_pushback(mut self) -> Self {
        self.has_pushback = true;
        self
    }

    /// Counts its calls and their retries in `counts`. Not counted unless set, since it costs each call an
    /// addition.
    #[must_use]
    pub const fn with_counts(mut self, counts: &'static Counts) -> Self {
        set!(self.counts, Shared::Borrowed(counts));
        self
    }

    /// Gives it a circuit breaker of its own.
    #[must_use]
    pub fn breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.breaker = Some(Shared::Counted(Arc::new(breaker)));
        self
    }

    /// Gives it a bulkhead of its own.
    #[must_use]
    pub fn bulkhead(mut self, bulkhead: Bulkhead) -> Self {
        self.bulkhead = Some(Shared::Counted(Arc::new(bulkhead)));
        self
    }

    /// Gives it a rate of its own.
    ///
    /// ```
    /// use persevere::{Budget, Rate, Upstream};
    ///
    /// let upstream = Upstream::owning("hosts", Budget::new()).rate(Rate::per_second(5)).with_pushback();
    /// assert_eq!(upstream.layers().rate.map(Rate::available), Some(1));
    /// ```
    #[must_use]
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(Shared::Counted(Arc::new(rate)));
        self
    }
}
