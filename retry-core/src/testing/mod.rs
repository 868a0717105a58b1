//! The test kit: makes retried functions quick and predictable, and records what they did.
//!
//! A [`Switch`] changes retries in a test: [`no_waiting`], [`without_jitter`], [`seeded`],
//! [`cap_retries`], [`off`], and [`recording`], which adds a listener. It holds in a scope:
//!
//! | scope | where it holds |
//! |---|---|
//! | [`Switch::on_this_thread`] | on this thread, until its guard is dropped |
//! | [`scope`] | in one future, on whichever thread it is polled |
//! | [`Switch::for_process`] | everywhere, until its guard is dropped |
//!
//! The first two are bound to a thread or a task, so tests that run side by side, as threads of
//! `cargo test` or processes of nextest, do not affect each other. A process's switch affects all its
//! tests: it is for a program's own `main`, or for a test binary that wants it throughout. A task or
//! thread that is spawned within a scope does not inherit it: pass it on by
//! `testing::scope(testing::current(), future)`. (On a current-thread runtime, the default of
//! `#[tokio::test]`, all tasks run on the test's thread, and so under its guard.)
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
//! A switch affects annotated functions, closures, blocking and async code, and functions given as
//! `sleep`. Within a call, it takes effect at the next failure.
//!
//! # Skipped waits
//!
//! [`no_waiting`] changes no decision. Events and `Attempt::previous_delay` report the planned wait,
//! and the next decorrelated wait is drawn from it. Only the timer is set to zero; a function given as
//! `sleep` is called with `Duration::ZERO`. A deadline counts the skipped waits as if they had passed,
//! so a call gives up at the same retry as without the switch. But the clock has not moved for
//! anything that reads it: `Attempt::elapsed`, a circuit breaker that is open for ten seconds, a
//! budget that refills. Where those matter, keep the waits and use `tokio::time::pause`.
//!
//! # Functions with layers
//!
//! Circuit breakers, budgets, bulkheads and hedges are shared by all tests of a program. [`fresh`] gives them to
//! one test at a time, as if new:
//!
//! ```
//! # use persevere::{Budget, CircuitBreaker, Upstream, testing};
//! # static CIRCUIT: CircuitBreaker = CircuitBreaker::new();
//! # static PAYMENTS: Upstream = Upstream::new("payments", &Budget::UNLIMITED).with_breaker(&CIRCUIT);
//! let _fresh = testing::fresh(&[&PAYMENTS]);
//! ```
//!
//! A circuit that opened while a paused clock was hours ahead does not stay open by the clock of the next test:
//! when the clock has gone back by more than a second, its time is over.
//!
//! # What it costs
//!
//! The test kit needs no feature: a test that needs one is often not written. The success path does
//! not touch it; a failure costs one relaxed atomic load while no switch is in force.

mod attempt;
mod flaky;
mod fresh;

pub use self::attempt::{attempt, hedged_attempt};
pub use self::flaky::Flaky;
pub use self::fresh::{Fresh, Reset, fresh};
pub use crate::switches::recorded::{Recorded, RecordedCall};
pub use crate::switches::recorder::Recorder;
pub use crate::switches::scope::{ProcessGuard, Scoped, ThreadGuard, current, scope};
pub use crate::switches::switch::Switch;

/// A switch that makes every wait zero. [`Event`](crate::Event)s report the planned waits.
///
/// ```
/// use std::time::{Duration, Instant};
/// use persevere::{Policy, testing};
///
/// let _scope = testing::no_waiting().on_this_thread();
/// let began = Instant::now();
/// let outcome = Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).call();
/// assert_eq!(outcome, None);
/// assert!(began.elapsed() < Duration::from_secs(60)); // 62 s by the schedule
/// ```
pub fn no_waiting() -> Switch {
    Switch::new().no_waiting()
}

/// A switch that turns jitter off: the waits are those of the schedule.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let recorder = Recorder::new();
/// let _scope = testing::without_jitter().no_waiting().recording(&recorder).on_this_thread();
/// let outcome = Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).call();
/// assert_eq!(outcome, None);
/// assert_eq!(recorder.waits(), Policy::DEFAULT.schedule().collect::<Vec<_>>());
/// ```
pub fn without_jitter() -> Switch {
    Switch::new().without_jitter()
}

/// A switch that draws jitter from its own generator, seeded by `seed`: every run has the same waits
/// if calls fail in the same order.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let waits = || {
///     let recorder = Recorder::new();
///     let _scope = testing::seeded(7).no_waiting().recording(&recorder).on_this_thread();
///     let _ = Policy::DEFAULT.retry_blocking(|| None::<u8>).on(|_| true).call();
///     recorder.waits()
/// };
/// assert_eq!(waits(), waits());
/// ```
pub fn seeded(seed: u64) -> Switch {
    Switch::new().seeded(seed)
}

/// A switch that allows at most `max_retries` retries; a policy that allows fewer is unchanged.
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

/// A switch that changes nothing, and adds `recorder` as a listener.
///
/// ```
/// use persevere::testing::{self, Recorder};
/// use persevere::Policy;
///
/// let recorder = Recorder::new();
/// let _scope = testing::recording(&recorder).on_this_thread();
/// let outcome = Policy::DEFAULT.with_max_retries(0).retry_blocking(|| None::<u8>).on(|_| true).call();
/// assert_eq!(outcome, None);
/// recorder.assert("1 attempt, gave up");
/// ```
pub fn recording(recorder: &Recorder) -> Switch {
    Switch::new().recording(recorder)
}
