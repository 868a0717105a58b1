//! The test kit: makes retried functions quick and predictable, and tells what they did.
//!
//! A [`Switch`] says what is different in a test: [`no_waiting`], [`without_jitter`], [`seeded`],
//! [`cap_retries`], [`off`], and who listens, [`recording`]. It holds in a scope:
//!
//! | scope | where it holds |
//! |---|---|
//! | [`Switch::on_this_thread`] | on this thread, until its guard is dropped |
//! | [`scope`] | in one future, on whichever thread it is polled |
//! | [`Switch::for_process`] | everywhere, until its guard is dropped |
//!
//! The first two are bound to a thread or a task, so that tests that run side by side, as threads
//! of `cargo test` or processes of nextest, know nothing of each other. A process's switch is
//! seen by all its tests: it is for a program's own `main`, or a test binary that wants it
//! throughout. A task or a thread that is spawned within a scope does not inherit it: hand it
//! over by `testing::scope(testing::current(), future)`. (On a current-thread runtime, as
//! `#[tokio::test]` has by default, all tasks run on the test's thread, and so under its guard.)
//!
//! ```
//! use persevere::{Policy, testing};
//! use persevere::testing::{Flaky, Recorder};
//!
//! let recorder = Recorder::new();
//! let flaky = Flaky::failing(2, || "busy").then(|| Ok(3));
//!
//! let _scope = testing::no_waiting().without_jitter().recording(&recorder).on_this_thread();
//! let outcome = Policy::DEFAULT.retry_blocking(|| flaky.call()).on(|_| true).call();
//!
//! assert_eq!(outcome, Ok(3));
//! assert_eq!(flaky.calls(), 3);
//! recorder.assert("3 attempts, waited 2 s then 4 s, succeeded"); // and took no time
//! ```
//!
//! Annotated functions, closures, blocking code, async code and a `sleep` of one's own all obey.
//! Within a call, a setting holds from its next failure on.
//!
//! # What a wait is when none is made
//!
//! Under [`no_waiting`], decisions are the same as ever: an event tells the wait that was planned,
//! `Attempt::previous_delay` too, and the next decorrelated wait is drawn after it. Only the timer
//! is set to zero; a `sleep` function of one's own is called with `Duration::ZERO`. A deadline is
//! judged as if the waits had passed, so that a call gives up at the same retry as in earnest;
//! what reads the clock sees that they have not: `Attempt::elapsed`, a circuit breaker that is
//! open for ten seconds, a budget that refills. Where those matter, let the waits be and use
//! `tokio::time::pause`.
//!
//! # What it costs
//!
//! Always there, since a test that needs a feature is a test that is not written. The happy path
//! does not know of it; after a failure, it is one relaxed atomic load while no switch is in use.

mod flaky;
mod in_force;
mod recorded;
mod recorder;
mod scope;
mod switch;

pub use self::flaky::Flaky;
pub(crate) use self::in_force::{InForce, in_force};
pub use self::recorded::{Recorded, RecordedCall};
pub use self::recorder::Recorder;
pub use self::scope::{ProcessGuard, Scoped, ThreadGuard, current, scope};
pub use self::switch::Switch;

/// A switch that makes every wait zero. What [`Event`](crate::Event)s tell are the planned waits.
///
/// ```
/// use std::time::{Duration, Instant};
/// use persevere::{Policy, testing};
///
/// let _scope = testing::no_waiting().on_this_thread();
/// let began = Instant::now();
/// let outcome = Policy::DEFAULT.retry_blocking(|| None::<u8>).call();
/// assert_eq!(outcome, None);
/// assert!(began.elapsed() < Duration::from_secs(60)); // 62 s by the schedule
/// ```
pub fn no_waiting() -> Switch {
    Switch::new().no_waiting()
}

/// A switch that takes jitter away: waits are those of the schedule.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let recorder = Recorder::new();
/// let _scope = testing::without_jitter().no_waiting().recording(&recorder).on_this_thread();
/// let outcome = Policy::DEFAULT.retry_blocking(|| None::<u8>).call();
/// assert_eq!(outcome, None);
/// assert_eq!(recorder.waits(), Policy::DEFAULT.schedule().collect::<Vec<_>>());
/// ```
pub fn without_jitter() -> Switch {
    Switch::new().without_jitter()
}

/// A switch that draws jitter from a generator of its own, seeded by `seed`: the same waits in
/// every run, if calls fail in the same order.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let waits = || {
///     let recorder = Recorder::new();
///     let _scope = testing::seeded(7).no_waiting().recording(&recorder).on_this_thread();
///     let _ = Policy::DEFAULT.retry_blocking(|| None::<u8>).call();
///     recorder.waits()
/// };
/// assert_eq!(waits(), waits());
/// ```
pub fn seeded(seed: u64) -> Switch {
    Switch::new().seeded(seed)
}

/// A switch that allows `max_retries` at most: a policy that allows fewer keeps them.
///
/// ```
/// use persevere::testing::{self, Flaky};
/// use persevere::Policy;
///
/// let _scope = testing::cap_retries(2).no_waiting().on_this_thread();
/// let flaky = Flaky::<u8, _>::always(|| Err("busy"));
/// let outcome = Policy::DEFAULT.retry_blocking(|| flaky.call()).on(|_| true).call();
/// assert_eq!((outcome, flaky.calls()), (Err("busy"), 3));
/// ```
pub fn cap_retries(max_retries: u32) -> Switch {
    Switch::new().cap_retries(max_retries)
}

/// A switch that allows no retries: every failure goes to the caller.
///
/// ```
/// use persevere::testing::{self, Flaky};
/// use persevere::Policy;
///
/// let _scope = testing::off().on_this_thread();
/// let flaky = Flaky::<u8, _>::always(|| Err("busy"));
/// let outcome = Policy::DEFAULT.retry_blocking(|| flaky.call()).on(|_| true).call();
/// assert_eq!((outcome, flaky.calls()), (Err("busy"), 1));
/// ```
pub fn off() -> Switch {
    cap_retries(0)
}

/// A switch that changes nothing but lets `recorder` listen.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let recorder = Recorder::new();
/// let _scope = testing::recording(&recorder).on_this_thread();
/// let outcome = Policy::DEFAULT.with_max_retries(0).retry_blocking(|| None::<u8>).call();
/// assert_eq!(outcome, None);
/// recorder.assert("1 attempt, gave up");
/// ```
pub fn recording(recorder: &Recorder) -> Switch {
    Switch::new().recording(recorder)
}
