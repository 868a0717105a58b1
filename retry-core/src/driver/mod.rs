//! Retries whose loop is elsewhere: a queue's worker, with a call's history in a row.
//!
//! A loop keeps what it knows of a call on its stack. Where attempts are far apart, or each may run in
//! another process, that is kept as numbers, the [`Progress`], and a [`Driver`] takes the loop's
//! part: it decides by the same function, and reports the same. So a driven call obeys
//! [overrides](crate::overrides) and the [test kit](crate::testing), shares
//! [budgets](crate::Budget), is counted at its [`Site`], reaches `tracing`, `metrics` and
//! [observers](crate::observe), and is warned of when retries multiply.
//!
//! [`engine::decide`](crate::engine::decide) is the decision alone, which reports nothing.
//!
//! ```
//! use std::time::Duration;
//! use persevere::driver::{Driver, Failed, Next, Progress};
//! use persevere::engine::GiveUp;
//! use persevere::{Policy, Verdict};
//!
//! static SEND: Driver = Driver::named("mailer::send", Policy::CONSERVATIVE)
//!     .deadline(Duration::from_secs(60));
//!
//! /// A row of the queue's table.
//! #[derive(Default)]
//! struct Row {
//!     retries: u32,
//!     waited: Duration,
//!     delay: Duration,
//!     elapsed: Duration, // since the row was first due, by the database's clock
//! }
//!
//! /// One delivery of the row, by whichever worker. The end, if there is no other.
//! fn deliver(row: &mut Row) -> Option<GiveUp> {
//!     let mut progress = Progress::NONE;
//!     (progress.retries, progress.waited, progress.delay) = (row.retries, row.waited, row.delay);
//!     let call = SEND.resume(progress, row.elapsed).id("mail-7");
//!
//!     // The body runs here, and fails.
//!     let error = "451 try again later";
//!
//!     match call.failed(Failed::new(Verdict::TRANSIENT, &error)) {
//!         Next::GiveUp(reason) => Some(reason),
//!         Next::Retry(retry) => {
//!             let progress = retry.hand_over();
//!             (row.retries, row.waited, row.delay) =
//!                 (progress.retries, progress.waited, progress.delay);
//!             row.elapsed += progress.delay; // the row is due again then
//!             None
//!         }
//!     }
//! }
//!
//! let mut row = Row::default();
//! assert_eq!((deliver(&mut row), row.delay.as_secs()), (None, 5));
//! assert_eq!((deliver(&mut row), row.delay.as_secs()), (None, 10));
//! assert_eq!((deliver(&mut row), row.delay.as_secs()), (None, 20));
//! assert_eq!(deliver(&mut row), Some(GiveUp::Exhausted)); // after 3 retries
//! assert_eq!(row.waited.as_secs(), 35);
//! ```
//!
//! # Budgets
//!
//! A [`Next::Retry`] holds the budget's permit for the retry. Dropped, it gives that back, as a loop
//! does whose call is dropped while it waits. Once another process knows of the retry,
//! [`hand_over`](DueRetry::hand_over) keeps the permit spent; [`Progress::granted`] says that there is
//! one, and the process that makes the retry reports its end to a budget of its own.

mod driving;
mod failed;
mod next;
mod progress;
#[cfg(feature = "serde")]
mod progress_by_serde;

use std::time::Duration;

pub use self::driving::Driving;
pub use self::failed::Failed;
pub use self::next::{DueRetry, Next};
pub use self::progress::Progress;
use crate::events::caller::Caller;
use crate::events::name::Name;
use crate::events::site::Site;
use crate::layers::budget::Budget;
use crate::layers::upstream::Upstream;
use crate::policy::Policy;

/// How the calls of one function are retried whose loop is elsewhere: what `#[retry]` says with its
/// keys. The [module's page](self) has an example.
#[derive(Clone, Copy, Debug)]
#[must_use = "a driver does nothing until a call begins or goes on"]
pub struct Driver {
    pub(crate) caller: Caller,
    pub(crate) policy: Policy,
    pub(crate) throttled: Option<Policy>,
    pub(crate) budget: Option<&'static Budget>,
    pub(crate) upstream: Option<&'static Upstream>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) waits_as_asked: bool,
}

impl Driver {
    /// For a function of that name, which events and overrides know it by. Like a closure, it is not
    /// listed by [`sites`](crate::sites).
    pub const fn named(name: &'static str, policy: Policy) -> Self {
        Self::by(Caller::Closure(Name::given(name)), policy)
    }

    /// For generated code: for an annotated function, whose calls are counted at its site.
    #[doc(hidden)]
    pub const fn of(site: fn() -> &'static Site, policy: Policy) -> Self {
        Self::by(Caller::Function(site), policy)
    }

    const fn by(caller: Caller, policy: Policy) -> Self {
        Self {
            caller,
            policy,
            throttled: None,
            budget: None,
            upstream: None,
            deadline: None,
            waits_as_asked: false,
        }
    }

    /// The schedule of waits after a throttled failure, as `throttled` in the attribute.
    pub const fn throttled(self, policy: Policy) -> Self {
        Self { throttled: Some(policy), ..self }
    }

    /// The budget of the retries, as `budget` in the attribute.
    pub const fn budget(self, budget: &'static Budget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// The calls are made on `upstream`: events name it, overrides of `@name` reach them, its `Counts` count
    /// them, a `Retry-After` holds its other callers, and a call within an attempt takes no second permit. Its
    /// policy, budget and deadline are not taken from there, and its layers are for the loop to ask.
    ///
    /// ```
    /// use persevere::driver::{Driver, Failed};
    /// use persevere::upstream::Counts;
    /// use persevere::{Budget, Policy, Upstream, Verdict};
    ///
    /// static COUNTS: Counts = Counts::new();
    /// static MAILS: Upstream = Upstream::new("mails", &Budget::UNLIMITED).with_counts(&COUNTS);
    ///
    /// let call = Driver::named("mailer::send", Policy::DEFAULT).upstream(&MAILS).begin();
    /// call.failed_with(Failed::new(Verdict::TRANSIENT, &"busy"), |event| {
    ///     assert_eq!(event.upstream(), Some("mails"));
    /// });
    /// assert_eq!((COUNTS.calls(), COUNTS.retries()), (1, 1));
    /// ```
    pub const fn upstream(self, upstream: &'static Upstream) -> Self {
        Self { upstream: Some(upstream), ..self }
    }

    /// The longest that a call may take, from its start in whichever process, waits included, as
    /// `deadline` in the attribute.
    pub const fn deadline(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// Makes a call wait as long as its failure asks for (`Retry-After`), even if that is longer than
    /// `max_delay`, instead of ending it: nobody waits in memory for what is kept in a row. A deadline still
    /// ends the call if the wait does not fit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::driver::{Driver, Failed, Next};
    /// use persevere::engine::GiveUp;
    /// use persevere::{Policy, Verdict};
    ///
    /// let hour = Duration::from_secs(3600);
    /// let after_an_hour = || Failed::new(Verdict::THROTTLED.with_retry_after(hour), &"429");
    ///
    /// let driver = Driver::named("mailer::send", Policy::CONSERVATIVE); // max_delay is 5 min
    /// let next = driver.begin().failed(after_an_hour());
    /// assert!(matches!(next, Next::GiveUp(GiveUp::RetryAfterTooLong)));
    ///
    /// match driver.waits_as_asked().begin().failed(after_an_hour()) {
    ///     Next::Retry(retry) => assert_eq!(retry.delay(), hour),
    ///     Next::GiveUp(reason) => panic!("{reason}"),
    /// }
    /// ```
    pub const fn waits_as_asked(self) -> Self {
        Self { waits_as_asked: true, ..self }
    }

    /// A call begins now, and its first attempt with it.
    ///
    /// ```
    /// use persevere::Policy;
    /// use persevere::driver::Driver;
    ///
    /// let call = Driver::named("mailer::send", Policy::DEFAULT).begin();
    /// assert!(call.attempt().is_first());
    /// call.succeeded(); // which is no event, as nothing has failed
    /// ```
    pub fn begin(&self) -> Driving {
        self.resume(Progress::NONE, Duration::ZERO)
    }

    /// An attempt begins of a call that has come as far as `progress`, and has been going on for
    /// `elapsed`, waits included. From when that is counted, and by which clock, is the caller's choice
    /// and must be the same throughout: since the row was due, by the database's clock, for instance.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    /// use persevere::driver::{Driver, Progress};
    ///
    /// let mut progress = Progress::NONE;
    /// progress.retries = 2;
    /// progress.delay = Duration::from_secs(4);
    ///
    /// let driver = Driver::named("mailer::send", Policy::DEFAULT).deadline(Duration::from_secs(60));
    /// let call = driver.resume(progress, Duration::from_secs(10));
    /// assert_eq!(call.attempt().number(), 3);
    /// assert_eq!(call.attempt().previous_delay(), Some(Duration::from_secs(4)));
    /// assert!(call.attempt().remaining() <= Some(Duration::from_secs(50)));
    /// ```
    pub fn resume(&self, progress: Progress, elapsed: Duration) -> Driving {
        Driving::resume(*self, progress, elapsed)
    }
}
