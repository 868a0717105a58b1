//! One attribute makes a function retry itself, with backoff, jitter and HTTP-aware
//! classification, at no cost until something fails.
//!
//! ```
//! use std::io;
//! use persevere::retry;
//!
//! #[retry(base_delay = "50ms")]
//! async fn greet(address: &str) -> io::Result<()> {
//!     use tokio::io::AsyncWriteExt as _;
//!     let mut stream = tokio::net::TcpStream::connect(address).await?;
//!     stream.write_all(b"hello\n").await
//! }
//! ```
//!
//! `greet` is called as before, and returns what it returned before. If the connection is refused,
//! it tries again after 50 ms to 62.5 ms, then after twice that, and so on, five times; if the
//! address makes no sense, it fails at once. The caller gets the last attempt's own outcome.
//!
//! An **attempt** is one run of the body, counted from 1. A **retry** is an attempt after the
//! first: `max_retries = 5` means at most 6 attempts.
//!
//! # The attribute
//!
//! [`#[retry]`](macro@retry) goes on any function that returns a `Result` or an `Option`: free or a
//! method, `async`, blocking, or returning a future. Its page has every key, with an example each.
//!
//! ```
//! use persevere::retry;
//!
//! #[derive(Debug, PartialEq)]
//! enum Error {
//!     Timeout,
//!     Status(u16),
//! }
//!
//! #[retry(policy = "aggressive", base_delay = 0, on = Error::Timeout | Error::Status(500..=599))]
//! fn ask(answers: &mut Vec<Result<u8, Error>>) -> Result<u8, Error> {
//!     answers.pop().unwrap_or(Ok(42))
//! }
//!
//! assert_eq!(ask(&mut vec![Err(Error::Timeout), Err(Error::Status(503))]), Ok(42));
//! assert_eq!(ask(&mut vec![Err(Error::Status(404))]), Err(Error::Status(404)));
//! ```
//!
//! # How long to wait
//!
//! A [`Policy`] says how often to retry and how long to wait; [`Jitter`], how waits are spread at
//! random. Policies are constants, and a bad one does not compile.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Jitter, Policy};
//!
//! const PAYMENTS: Policy = Policy::DEFAULT
//!     .with_max_retries(3)
//!     .with_base_delay(Duration::from_millis(200))
//!     .with_jitter(Jitter::None);
//!
//! let waits: Vec<u128> = PAYMENTS.schedule().map(|wait| wait.as_millis()).collect();
//! assert_eq!(waits, [200, 400, 800]);
//! ```
//!
//! # What to retry
//!
//! [`Classify`] lets an error say so itself: its [`Verdict`] is permanent, transient or throttled,
//! and may bring the wait that the other side asked for. It is implemented for [`std::io::Error`],
//! and behind features for the errors of HTTP; [`http`] has the rule. An `on` pattern or a `when`
//! function decides in its place.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Classify, retry};
//!
//! #[derive(Debug, Classify)]
//! enum EvalError {
//!     #[retry(throttled, after = free_in)]
//!     Busy { free_in: Duration },
//!     #[retry(permanent)]
//!     BadInput,
//! }
//!
//! #[retry(throttled = "aggressive")]
//! async fn evaluate(code: &str) -> Result<u64, EvalError> {
//!     if code.is_empty() { Err(EvalError::BadInput) } else { Ok(1) }
//! }
//! ```
//!
//! Errors that hide their type, such as `anyhow::Error`, are told apart by the types in their chain
//! of sources: `on = [io::Error, TimeoutError]`. `unless` excludes; `on_ok` retries values, such as
//! a job that is still pending.
//!
//! # How long in all
//!
//! `timeout` bounds an attempt, `deadline` the whole call. What they cut short is a [`Rejection`],
//! which the function's own error type must be made from.
//!
//! ```
//! use persevere::{Classify, Rejection, retry};
//!
//! #[derive(Debug, Classify)]
//! enum Error {
//!     #[retry(forward)]
//!     Rejected(Rejection),
//! }
//!
//! impl From<Rejection> for Error {
//!     fn from(rejection: Rejection) -> Self {
//!         Self::Rejected(rejection)
//!     }
//! }
//!
//! #[retry(timeout = "2s", deadline = "30s")]
//! async fn look_up(name: &str) -> Result<usize, Error> {
//!     Ok(name.len())
//! }
//! ```
//!
//! # Steering from inside
//!
//! With `context = attempt`, the body knows which [`Attempt`] it is, and may set the next wait or
//! end the call.
//!
//! ```
//! use persevere::retry;
//!
//! #[retry(context = attempt, on = _, base_delay = 0)]
//! fn claim(attempts: &mut u32) -> Result<(), &'static str> {
//!     *attempts = attempt.number();
//!     if attempt.number() == 3 {
//!         attempt.give_up();
//!     }
//!     Err("taken")
//! }
//!
//! let mut attempts = 0;
//! assert!(claim(&mut attempts).is_err());
//! assert_eq!(attempts, 3);
//! ```
//!
//! # What is told
//!
//! Each retry, each give-up and each late success is an [`Event`]. With the feature `tracing` it is
//! logged, at the levels WARN, ERROR and INFO, with its parts as fields. `on_retry`, `on_give_up`
//! and `on_success` are hooks that receive it, and `fallback` takes the last error's place.
//!
//! ```
//! use persevere::retry;
//!
//! #[retry(on = _, max_retries = 1, base_delay = 0, id = shard, on_retry = |event| log.push(event.to_string()))]
//! fn flush(shard: u8, log: &mut Vec<String>) -> Result<(), &'static str> {
//!     Err("disk full")
//! }
//!
//! let mut log = Vec::new();
//! assert!(flush(7, &mut log).is_err());
//! assert_eq!(log, ["flush[7]: attempt 1 of 2 failed: disk full; retrying in 0 s"]);
//! ```
//!
//! # Without an attribute
//!
//! [`Policy::retry`] and [`Policy::retry_blocking`] retry a closure, where an attribute cannot stand:
//! the same decision, the same options. Events show a closure's error by its `Debug`, and what it
//! knows of waiting is listened to where `on` returns a [`Verdict`], as in
//! `.on(|error| error.classify())`.
//!
//! ```
//! use std::io;
//! use persevere::Policy;
//!
//! async fn read(path: &str) -> io::Result<String> {
//!     Policy::AGGRESSIVE
//!         .retry(async || std::fs::read_to_string(path))
//!         .on(|error| error.kind() == io::ErrorKind::ResourceBusy)
//!         .on_retry(|event| eprintln!("{event}"))
//!         .await
//! }
//! ```
//!
//! # When everything fails
//!
//! Retries help against single failures, and do harm in an outage. A [`Budget`] limits the retries
//! of all calls that share it; a [`CircuitBreaker`] refuses attempts for a while at what keeps
//! failing. Both are constants in a static, named in the attribute or used by hand; [`budget`] and
//! [`breaker`] compare the kinds and say what each costs.
//!
//! ```
//! use std::io;
//! use persevere::{Budget, CircuitBreaker, Classify, Rejection, retry};
//!
//! static RETRIES: Budget = Budget::new();
//! static DIRECTORY: CircuitBreaker = CircuitBreaker::new().with_name("directory");
//!
//! #[derive(Debug, Classify)]
//! enum Error {
//!     #[retry(forward)]
//!     Io(io::Error),
//!     #[retry(forward)]
//!     Rejected(Rejection),
//! }
//!
//! impl From<Rejection> for Error {
//!     fn from(rejection: Rejection) -> Self {
//!         Self::Rejected(rejection)
//!     }
//! }
//!
//! #[retry(budget = RETRIES, breaker = DIRECTORY)]
//! async fn look_up(name: &str) -> Result<String, Error> {
//!     std::fs::read_to_string(name).map_err(Error::Io)
//! }
//! ```
//!
//! A call goes through its layers in this order, outermost first: `deadline`, the retries, each by
//! leave of `budget`, `breaker`, `timeout`, the body.
//!
//! # Without tokio
//!
//! Blocking functions never need it: they block their thread. An async function waits on another
//! runtime's timer by `sleep = path`, a function from `Duration` to a future. For a loop of your
//! own, [`engine::decide`] is the decision alone, without clock or input/output. Bulkheads and hedges
//! take another timer by [`acquire_by`](Bulkhead::acquire_by) and [`race_by`](Hedge::race_by).
//!
//! # Features
//!
//! | feature | brings | default |
//! |---|---|---|
//! | `macros` | the attribute | yes |
//! | `tokio` | waits of async functions on tokio's timer | yes |
//! | `tracing` | events sent to `tracing` | yes |
//! | `http` | `Classify` for `http::StatusCode`; the module [`http`] | |
//! | `reqwest` | `Classify` for `reqwest::Error`; `error_for_retry` on responses; brings `http` | |
//! | `reqwest-middleware` | a middleware that retries, in the module `reqwest_middleware`; brings `reqwest` and `tokio` | |
//! | `tower` | layers for `tower` services, in the module `tower`; brings `tokio` | |

#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "reqwest-middleware")]
pub mod reqwest_middleware;
#[cfg(feature = "tower")]
pub mod tower;

pub use retry_core::{
    Attempt, Budget, Bulkhead, CircuitBreaker, Class, Classify, Event, EventKind, Hedge, Jitter,
    NoValue, Outcome, Policy, Rejection, Verdict, breaker, budget, bulkhead, closure, engine,
    hedge,
};
#[cfg(feature = "macros")]
pub use retry_macros::{Classify, retry};

#[doc(hidden)]
pub use retry_core::private as __private;

/// Pages whose examples are run as this crate's doctests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../README.md")]
    struct Readme;

    #[doc = include_str!("../retry-macros/retry.md")]
    struct Attribute;

    #[doc = include_str!("../retry-macros/classify.md")]
    struct Derive;
}
