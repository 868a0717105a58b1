//! [`Upstream`]: what is true of a remote service, whichever function calls it.
//!
//! Which failures to retry is a fact about a function. How many calls a service takes at a time, how long
//! its answers usually take and whether it is down are facts about the service, which every function that
//! calls it shares. An upstream is the place for these: a name, a budget, and what else is known.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Budget, Bulkhead, CircuitBreaker, Policy, Upstream};
//!
//! static RETRIES: Budget = Budget::ratio(0.1);
//! static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
//! static PLACES: Bulkhead = Bulkhead::new(64);
//!
//! static PAYMENTS: Upstream = Upstream::new("payments", &RETRIES)
//!     .with_policy(Policy::AGGRESSIVE)
//!     .with_timeout(Duration::from_millis(800))
//!     .with_breaker(&CIRCUIT)
//!     .with_bulkhead(&PLACES);
//!
//! assert_eq!(PAYMENTS.name(), "payments");
//! ```
//!
//! `#[retry(upstream = PAYMENTS)]` gives a function all of that; [`Upstream::retry`] and
//! [`Upstream::retry_blocking`] give it to a closure. It refers to its layers, which stay statics of their
//! own: other functions may name them singly, and status pages ask them.
//!
//! What a function says itself takes the place of what its upstream says, and is never added to it:
//! `timeout = "5s"` is the only timeout then, and `breaker = false` leaves the circuit breaker out.
//!
//! Upstreams that are known at run time alone, such as one for each host, own their layers:
//! [`Upstream::owning`].

mod listed;
mod renewed;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[cfg(feature = "overrides")]
pub(crate) use self::listed::when_listed;
pub use self::listed::{Listed, upstreams};
use crate::layers::breaker::CircuitBreaker;
use crate::layers::budget::Budget;
use crate::layers::bulkhead::Bulkhead;
use crate::layers::rate::gates::{GateRef, Key};
use crate::layers::rate::pace::{OwnedPace, Pace};
use crate::layers::rate::{Gate, Rate};
use crate::layers::shared::Shared;
use crate::policy::Policy;
use crate::primitives::striped::Striped;
use crate::time::tick::Tick;

/// A remote service: its name, its layers, its usual policy and timeout.
///
/// The [module's page](self) has an example.
pub struct Upstream {
    name: &'static str,
    budget: Shared<'static, Budget>,
    policy: Option<Policy>,
    timeout: Option<Duration>,
    breaker: Option<Shared<'static, CircuitBreaker>>,
    bulkhead: Option<Shared<'static, Bulkhead>>,
    rate: Option<Shared<'static, Rate>>,
    /// Whether a pause that one caller is asked for holds the others.
    has_pushback: bool,
    /// The pause of one that owns its layers, where it has pushback and no rate.
    gate: Option<Arc<Gate>>,
    counts: Option<Shared<'static, Counts>>,
}

/// The layers of an [`Upstream`], for status pages and tests: see [`Upstream::layers`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Layers<'a> {
    /// What limits its retries.
    pub budget: &'a Budget,
    /// What refuses its calls while it is down.
    pub breaker: Option<&'a CircuitBreaker>,
    /// What limits how many of its calls run at a time.
    pub bulkhead: Option<&'a Bulkhead>,
    /// What limits how many of its attempts begin in a time.
    pub rate: Option<&'a Rate>,
    /// What counts its calls and their retries.
    pub counts: Option<&'a Counts>,
    /// What keeps its pause, where it has pushback and no rate.
    gate: Option<GateRef<'a>>,
}

impl Layers<'_> {
    /// What is left of the pause that the service has asked for, which holds all of its callers; `None` if there
    /// is none, or it is over.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Budget, Rate, Upstream};
    ///
    /// static RATE: Rate = Rate::per_second(50);
    /// static MAPS: Upstream =
    ///     Upstream::new("maps", &Budget::UNLIMITED).with_rate(&RATE).with_pushback();
    ///
    /// assert_eq!(MAPS.layers().pause_left(), None);
    /// RATE.hold(Duration::from_secs(30));
    /// assert!(MAPS.layers().pause_left() > Some(Duration::from_secs(25)));
    /// ```
    #[must_use]
    pub fn pause_left(&self) -> Option<Duration> {
        match self.rate {
            Some(rate) => rate.pause_left(),
            None => self.gate?.find()?.pause_left(Tick::now()),
        }
    }

    /// Whether anything keeps a pause.
    #[cfg(feature = "metrics")]
    pub(crate) const fn may_pause(&self) -> bool {
        self.rate.is_some() || self.gate.is_some()
    }
}

/// How many calls an [`Upstream`] has had, and how many retries they made: since the process began, and
/// only ever more.
///
/// A call adds one, to a cache line that is usually its thread's own. A call counts once its bulkhead has
/// let it in, and a retry when it is decided on.
///
/// ```
/// use persevere::upstream::Counts;
/// use persevere::{Budget, Policy, Upstream};
///
/// static COUNTS: Counts = Counts::new();
/// static SEARCH: Upstream = Upstream::new("search", &Budget::UNLIMITED)
///     .with_policy(Policy::DEFAULT.with_max_retries(2).with_base_delay(std::time::Duration::ZERO))
///     .with_counts(&COUNTS);
///
/// let failed = SEARCH.retry_blocking(|| Err::<u8, persevere::Rejection>(persevere::Rejection::TimedOut));
/// assert!(failed.call().is_err());
/// assert_eq!((COUNTS.calls(), COUNTS.retries()), (1, 2));
/// assert_eq!(COUNTS.retries_per_call(), Some(2.0)); // below 0.1 while all is well
/// ```
pub struct Counts {
    calls: Striped,
    retries: AtomicU64,
}

impl Counts {
    /// No calls, no retries.
    #[must_use]
    pub const fn new() -> Self {
        Self { calls: Striped::new(), retries: AtomicU64::new(0) }
    }

    /// The number of calls.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.sum()
    }

    /// The number of retries that were decided on.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// The number of retries for each call; `None` before the first one.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio, for people to read")]
    pub fn retries_per_call(&self) -> Option<f64> {
        match self.calls() {
            0 => None,
            calls => Some(self.retries() as f64 / calls as f64),
        }
    }

    #[inline]
    pub(crate) fn count_call(&self) {
        self.calls.increment();
    }

    pub(crate) fn count_retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Counts {
    /// [`Counts::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts")
            .field("calls", &self.calls())
            .field("retries", &self.retries())
            .finish()
    }
}

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

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The policy of its functions that name none.
    pub const fn policy(&self) -> Policy {
        match self.policy {
            Some(policy) => policy,
            None => Policy::DEFAULT,
        }
    }

    /// The longest time for an attempt of its functions that name none.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Its layers.
    ///
    /// ```
    /// use persevere::breaker::State;
    /// use persevere::{Budget, CircuitBreaker, Upstream};
    ///
    /// static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
    /// static INDEX: Upstream = Upstream::new("index", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
    ///
    /// CIRCUIT.force_open();
    /// let layers = INDEX.layers();
    /// assert_eq!(layers.breaker.map(CircuitBreaker::state), Some(State::ForcedOpen));
    /// assert!(layers.bulkhead.is_none());
    /// ```
    #[must_use]
    pub fn layers(&self) -> Layers<'_> {
        Layers {
            budget: &self.budget,
            breaker: self.breaker.as_deref(),
            bulkhead: self.bulkhead.as_deref(),
            rate: self.rate.as_deref(),
            counts: self.counts.as_deref(),
            gate: self.pausing(),
        }
    }

    /// For the layers around services.
    #[doc(hidden)]
    #[must_use]
    pub fn shared_layers(
        &self,
    ) -> (
        Shared<'static, Budget>,
        Option<Shared<'static, CircuitBreaker>>,
        Option<Shared<'static, Bulkhead>>,
    ) {
        (self.budget.clone(), self.breaker.clone(), self.bulkhead.clone())
    }

    /// Whether attempts that are made here take turns: not those within an attempt that has one.
    #[doc(hidden)]
    #[must_use]
    pub fn takes_turns(&self) -> bool {
        self.pace().is_some_and(|pace| !pace.is_nested())
    }

    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) const fn shared_budget(&self) -> &Shared<'static, Budget> {
        &self.budget
    }

    pub(crate) const fn shared_breaker(&self) -> Option<&Shared<'static, CircuitBreaker>> {
        self.breaker.as_ref()
    }

    pub(crate) const fn shared_bulkhead(&self) -> Option<&Shared<'static, Bulkhead>> {
        self.bulkhead.as_ref()
    }

    /// Whether a pause that one caller is asked for holds the others.
    #[must_use]
    pub const fn has_pushback(&self) -> bool {
        self.has_pushback
    }

    /// Whether anything spaces its attempts.
    #[inline]
    pub(crate) const fn has_pace(&self) -> bool {
        self.rate.is_some() || self.has_pushback
    }

    /// What spaces its attempts.
    #[inline]
    pub(crate) fn pace(&self) -> Option<Pace<'_>> {
        match &self.rate {
            Some(rate) => Some(Pace::Rate(rate)),
            None if self.has_pushback => Some(Pace::Gate(self.gate(), self.policy().max_delay())),
            None => None,
        }
    }

    fn pausing(&self) -> Option<GateRef<'_>> {
        (self.has_pushback && self.rate.is_none()).then(|| self.gate())
    }

    pub(super) fn gate(&self) -> GateRef<'_> {
        match &self.gate {
            Some(gate) => GateRef::Owned(gate),
            None => GateRef::Named(Key { address: self.address(), name: self.name }),
        }
    }

    /// As [`pace`](Self::pace), of a caller that may outlive this.
    pub(crate) fn owned_pace(&self) -> Option<OwnedPace> {
        match &self.rate {
            Some(rate) => Some(OwnedPace::Rate(rate.clone())),
            None if self.has_pushback => {
                Some(OwnedPace::Gate(self.gate().keep(), self.policy().max_delay()))
            }
            None => None,
        }
    }

    pub(crate) const fn shared_counts(&self) -> Option<&Shared<'static, Counts>> {
        self.counts.as_ref()
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            budget,
            policy,
            timeout,
            breaker,
            bulkhead,
            rate,
            has_pushback,
            counts,
            ..
        } = self;
        f.debug_struct("Upstream")
            .field("name", name)
            .field("budget", &budget.available())
            .field("policy", policy)
            .field("timeout", timeout)
            .field("breaker", &breaker.as_ref().map(|breaker| breaker.state()))
            .field("bulkhead", &bulkhead.as_ref().map(|bulkhead| bulkhead.available()))
            .field("rate", &rate.as_ref().map(|rate| rate.available()))
            .field("pushback", has_pushback)
            .field("counts", counts)
            .finish()
    }
}
