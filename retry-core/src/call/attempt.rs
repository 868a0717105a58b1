//! [`Attempt`]: what a body learns about the attempt it is, and how it steers the next.

mod steering;

use std::sync::Mutex;
#[cfg(feature = "tasks")]
use std::sync::OnceLock;
use std::time::Duration;

use crate::call::in_force::Control;
use crate::call::retry::Retry;
use crate::call::so_far::SoFar;
use crate::engine::{History, Steering};
use crate::events::caller::Caller;
use crate::events::site::Site;
use crate::layers::upstream::Upstream;
use crate::policy::Policy;
use crate::policy::retry_limit::RetryLimit;
#[cfg(feature = "tasks")]
use crate::task::Delivery;
use crate::time::timeline::Timeline;

/// The attempt that is running, for bodies that ask for it with `context = …`.
///
/// Celery's `bind=True`: there `self.request.retries` is [`retries`](Self::retries) here, and
/// `raise self.retry(countdown=…)` is [`retry_in`](Self::retry_in) before returning the error.
///
/// The steering methods act when this attempt fails, whatever its error says; a success ignores
/// them. `&Attempt` may be held across an await in a `Send` future.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Attempt, Policy};
///
/// // What stands in the body of a function under `#[retry(context = attempt)]`.
/// fn body(attempt: &Attempt) -> Result<(), String> {
///     if attempt.is_last() {
///         println!("the last of {} attempts", attempt.max_retries() + 1);
///     }
///     if attempt.elapsed() > Duration::from_secs(60) {
///         attempt.give_up();
///     }
///     Err(format!("attempt {} failed", attempt.number()))
/// }
///
/// # let timeline = persevere::__private_0_1_0::Timeline::start(None);
/// # use persevere::__private_0_1_0::{Name, Site};
/// # static SITE: Site = Site::new(Name::given("body"), "default", file!(), line!());
/// # let attempt = Attempt::next(timeline, || &SITE, &Policy::DEFAULT, None);
/// # assert_eq!(body(&attempt), Err("attempt 1 failed".to_owned()));
/// # assert!(attempt.is_first() && !attempt.is_last());
/// # assert_eq!((attempt.retries(), attempt.max_retries()), (0, 5));
/// # assert_eq!((attempt.previous_delay(), attempt.remaining()), (None, None));
/// ```
#[derive(Debug)]
pub struct Attempt {
    pub(super) timeline: Timeline,
    limit: RetryLimit,
    history: History,
    steering: Mutex<Steering>,
    /// The longest time that it may take.
    pub(super) timeout: Option<Duration>,
    /// Which body of its race it is for.
    hedge: u32,
    /// Of the task that it is made for; outside of a worker a stand-in, once it is asked for.
    #[cfg(feature = "tasks")]
    delivery: OnceLock<Delivery>,
}

impl Attempt {
    /// The attempt about to run in a call under `policy`.
    #[doc(hidden)]
    #[must_use]
    pub fn next(
        timeline: Timeline,
        site: fn() -> &'static Site,
        policy: &Policy,
        so_far: Option<&Retry<'_>>,
    ) -> Self {
        Self::of(Caller::Function(site), None, timeline, policy, &SoFar::of(so_far))
    }

    /// Like [`next`](Self::next), in a call on `upstream`.
    #[doc(hidden)]
    #[must_use]
    pub fn next_on(
        upstream: &Upstream,
        timeline: Timeline,
        site: fn() -> &'static Site,
        policy: &Policy,
        so_far: Option<&Retry<'_>>,
    ) -> Self {
        let caller = Caller::Function(site);
        Self::of(caller, Some(upstream.name()), timeline, policy, &SoFar::of(so_far))
    }

    /// Like [`next`](Self::next), for a closure too.
    pub(crate) fn of(
        caller: Caller,
        upstream: Option<&'static str>,
        timeline: Timeline,
        policy: &Policy,
        so_far: &SoFar,
    ) -> Self {
        let in_force = || Control::policy(caller, upstream, policy).retry_limit();
        let limit = so_far.limit.unwrap_or_else(in_force);
        Self {
            timeline,
            limit,
            history: so_far.history,
            steering: Mutex::default(),
            timeout: None,
            hedge: 0,
            #[cfg(feature = "tasks")]
            delivery: OnceLock::new(),
        }
    }

    /// What that body of a race sees of this attempt. What it asks for is its own.
    pub(crate) fn of_hedge(&self, hedge: u32) -> Self {
        Self {
            timeline: self.timeline,
            limit: self.limit,
            history: self.history,
            steering: Mutex::default(),
            timeout: self.timeout,
            hedge,
            #[cfg(feature = "tasks")]
            delivery: OnceLock::new(), // a task has no hedge
        }
    }

    /// This attempt's number, counted from 1; or from the last failure that started the count anew
    /// ([`Policy::with_reset_after`]), which counts as that of attempt 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.history.retries.saturating_add(1)
    }

    /// How many retries have been made, this attempt included if it is one: 0 in the first
    /// attempt, 1 in the second.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.history.retries
    }

    /// How many retries the call's policy allows: one less than it allows attempts; `u32::MAX` if they are
    /// [unlimited](Self::is_unlimited). As it is in force when the attempt begins, if it is changed from
    /// outside.
    #[must_use]
    pub const fn max_retries(&self) -> u32 {
        self.limit.number()
    }

    /// Whether the number of retries is unlimited: then no attempt is the last one.
    #[must_use]
    pub const fn is_unlimited(&self) -> bool {
        self.limit.is_unlimited()
    }

    pub(crate) const fn retry_limit(&self) -> RetryLimit {
        self.limit
    }

    /// Whether this is the first attempt.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.history.retries == 0
    }

    /// Whether no retry can follow this attempt: all that the policy allows have been made.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        !self.limit.allows(self.history.retries)
    }

    /// Which body of a race this is, counted from 0: 0 is the first, 1 the first that `hedge` has started
    /// beside it. 0 without a `hedge`. So a hedge can ask another host:
    ///
    /// ```
    /// use persevere::retry;
    ///
    /// # #[cfg(feature = "tokio")]
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// #[retry(
    ///     hedge = "10ms",
    ///     context = attempt,
    /// )]
    /// async fn ask(replicas: [&'static str; 2]) -> std::io::Result<&'static str> {
    ///     let replica = replicas[attempt.hedge() as usize];
    ///     if replica == "hangs" {
    ///         std::future::pending::<()>().await;
    ///     }
    ///     Ok(replica)
    /// }
    ///
    /// assert_eq!(ask(["near", "far"]).await.unwrap(), "near");
    /// assert_eq!(ask(["hangs", "far"]).await.unwrap(), "far");
    /// # });
    /// ```
    ///
    /// The bodies of a race have one attempt's [number](Self::number) and clock. What each of them asks of
    /// the retry counts once it has failed; of two that ask for different waits, the later counts.
    #[must_use]
    pub const fn hedge(&self) -> u32 {
        self.hedge
    }

    /// Time since the call began, waits included: on the monotonic clock, which is tokio's own
    /// with the feature `tokio`, so that a paused clock is obeyed.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.timeline.elapsed()
    }

    /// Time left until the call's deadline, or that of an annotated function which it is called
    /// in, whichever is nearer; `None` when there is neither.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.timeline.remaining()
    }

    /// How long this attempt may take: its `timeout`, or that of its upstream, or the time left until the
    /// deadline, whichever is least; `None` without any of them.
    ///
    /// A blocking attempt cannot be cut. It hands this to what can end by itself, such as a socket:
    ///
    /// ```
    /// use std::io::Read;
    /// use std::net::TcpStream;
    /// use std::time::Duration;
    /// use persevere::{Budget, Policy, Upstream};
    ///
    /// static LEGACY: Upstream =
    ///     Upstream::new("legacy", &Budget::UNLIMITED).with_timeout(Duration::from_secs(2));
    ///
    /// # #[derive(Debug)]
    /// # struct Error;
    /// # impl From<persevere::Rejection> for Error { fn from(_: persevere::Rejection) -> Self { Self } }
    /// # impl From<std::io::Error> for Error { fn from(_: std::io::Error) -> Self { Self } }
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// # let address = listener.local_addr().unwrap();
    /// let limit = LEGACY
    ///     .retry_blocking_with_context(|attempt| {
    ///         let stream = TcpStream::connect(address)?;
    ///         stream.set_read_timeout(attempt.time_limit())?;
    ///         Ok::<_, Error>(stream.read_timeout()?)
    ///     })
    ///     .on(|_| true)
    ///     .call();
    /// assert_eq!(limit.unwrap(), Some(Duration::from_secs(2)));
    /// ```
    #[must_use]
    pub fn time_limit(&self) -> Option<Duration> {
        match (self.timeout, self.remaining()) {
            (Some(timeout), Some(remaining)) => Some(timeout.min(remaining)),
            (timeout, remaining) => timeout.or(remaining),
        }
    }

    /// The wait that was decided on before this attempt, jitter included; `None` in the first.
    #[must_use]
    pub const fn previous_delay(&self) -> Option<Duration> {
        self.history.previous_delay
    }

    /// The durable task that the attempt is made for: its id, and what can be asked of its worker.
    ///
    /// Outside of a worker, as in a unit test of a task's body, there is a stand-in: a task of its own,
    /// which keeps the checkpoint and what is to follow with the attempt.
    ///
    /// ```
    /// use persevere_core::testing;
    ///
    /// let attempt = testing::attempt(3);
    /// let delivery = attempt.delivery();
    /// assert_eq!((delivery.queue(), delivery.failures(), delivery.crashes()), ("default", 2, 0));
    /// assert_eq!(delivery.idempotency_key(), attempt.delivery().id().to_string());
    /// ```
    #[cfg(feature = "tasks")]
    #[must_use]
    pub fn delivery(&self) -> &Delivery {
        self.delivery.get_or_init(|| Delivery::stand_in(self.history.retries))
    }

    /// It is made for that task.
    #[cfg(feature = "tasks")]
    pub(crate) fn deliver(&self, delivery: Delivery) {
        let known = self.delivery.set(delivery);
        debug_assert!(known.is_ok(), "an attempt is made for one task");
    }
}
