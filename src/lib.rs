//! One attribute makes a function retry itself, with backoff, jitter and HTTP-aware
//! classification, at next to no cost until something fails.
//!
//! ```sh
//! cargo add persevere --features reqwest
//! ```
//!
//! ```
//! # #[cfg(feature = "reqwest")] mod with_reqwest {
//! use persevere::http::{HttpError, ResponseExt};
//! use persevere::retry;
//!
//! #[retry(
//!     max_retries = 8,
//!     throttled = "aggressive",
//! )]
//! async fn report(client: &reqwest::Client, url: &str) -> Result<String, HttpError> {
//!     let response = client.get(url).send().await?.error_for_retry()?;
//!     Ok(response.text().await?)
//! }
//! # }
//! ```
//!
//! `report` is called as before, and returns what it returned before. If the connection fails, or the
//! server answers with 408, 425 or 5xx, it retries after 2 s to 2.5 s, then after twice that, and so
//! on, up to eight times; after a 429, on the quicker schedule of "aggressive"; never sooner than
//! `Retry-After` says. Any other 4xx goes to the caller at once. The caller gets the outcome of the last
//! attempt.
//!
//! No HTTP? `#[retry]` alone suits a function that returns [`std::io::Result`]; [the errors of other
//! crates](macro@retry#what-is-retried) are known behind [features](#features), and your own say by
//! [`#[derive(Classify)]`](derive@Classify) what to retry.
//!
//! An **attempt** is one run of the body, counted from 1. A **retry** is an attempt after the
//! first: `max_retries = 5` means at most 6 attempts.
//!
//! | guide | answers |
//! |---|---|
//! | [Recipes](crate::_guide::recipes) | how a whole job is written: polling, transactions, reconnecting, tests and others |
//! | [In production](crate::_guide::in_production) | which settings for what, what to alert on, what to do in an incident |
//! | [Durable tasks](crate::_guide::durable_tasks) | how work outlives its process |
//! | [Coming from another library](crate::_guide::coming_from) | what its words are here, and what differs |
//! | [The storm](crate::_guide::storm) | what retries do to a server in an outage, and what helps |
//! | [What a call costs](crate::_guide::performance), [what a task costs](crate::_guide::performance_of_tasks) | instructions, bytes, allocations, beside other libraries |
//! | [What the compiler says](crate::_guide::messages) | what a mistake in an attribute is answered with |
//!
//! # The attribute
//!
//! [`#[retry]`](macro@retry) goes on any function that returns a `Result`, or with `on = _` an `Option`: free or a
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
//! #[retry(
//!     policy = "aggressive",
//!     base_delay = 0,
//!     on = Error::Timeout
//!         | Error::Status(500..=599),
//! )]
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
//! [`explain`](explain()) draws a policy: the range of each wait, and what the waits add up to.
//!
//! # What to retry
//!
//! An error that implements [`Classify`] decides for itself: its [`Verdict`] is permanent, transient or
//! throttled, and may carry the wait that the server asked for. [`std::io::Error`] implements it, and
//! behind features so do the errors of other crates; the module [`http`] has the rule for HTTP. An `on`
//! pattern or a `when` function decides in its place.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{Classify, retry};
//!
//! #[derive(Debug, Classify)]
//! enum EvalError {
//!     #[retry(
//!         throttled,
//!         after = free_in,
//!     )]
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
//! Errors that hide their type, such as `anyhow::Error`, are matched by the types in their source
//! chain: `on = [io::Error, TimeoutError]`. `unless` excludes errors; `on_ok` retries values, such as
//! a job that is still pending.
//!
//! # How long in all
//!
//! `timeout` limits an attempt; `deadline` limits the whole call and the calls that it makes. What
//! they cut fails with a [`Rejection`], which becomes the function's own error: [`std::io::Error`],
//! `HttpError`, `anyhow::Error` and [the errors of other crates](Rejection) can be made of it, and keep it
//! where [`rejection`] finds it. An error of your own needs a `From<Rejection>`.
//! [`without_deadline`] keeps work of other callers, which a shared thread may run, out of a call's
//! deadline: see [`deadline`].
//!
//! ```
//! use std::io;
//! use persevere::retry;
//!
//! #[retry(
//!     timeout = "2s",
//!     deadline = "30s",
//! )]
//! async fn look_up(name: &str) -> io::Result<usize> {
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
//! #[retry(
//!     context = attempt,
//!     on = _,
//!     base_delay = 0,
//! )]
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
//! # Events and hooks
//!
//! Each retry, each give-up and each success after retries is an [`Event`]. The feature `tracing` logs
//! it at the level that [`EventKind`] documents, with its parts as fields. The hooks `on_retry`,
//! `on_give_up` and `on_success` receive it. `fallback` computes a
//! result in place of the last error, unless that is permanent.
//!
//! ```
//! use persevere::retry;
//!
//! #[retry(
//!     on = _,
//!     max_retries = 1,
//!     base_delay = 0,
//!     id = shard,
//!     on_retry = |event| log.push(event.to_string()),
//! )]
//! fn flush(shard: u8, log: &mut Vec<String>) -> Result<(), &'static str> {
//!     Err("disk full")
//! }
//!
//! let mut log = Vec::new();
//! assert!(flush(7, &mut log).is_err());
//! assert_eq!(log, ["flush[7]: attempt 1 of 2 failed: disk full; retrying in 0 s"]);
//! ```
//!
//! For the whole process, [`observe`] adds an [`Observer`] of all events, [`sites`] lists the
//! annotated functions that have failed with their counts and last errors, and the feature `metrics`
//! records counters and histograms. A call that succeeds at once pays for none of this.
//!
//! ```
//! use persevere::{Event, EventKind, retry};
//!
//! #[retry(
//!     on = _,
//!     max_retries = 2,
//!     base_delay = 0,
//! )]
//! fn charge(answers: &mut Vec<&'static str>) -> Result<(), &'static str> {
//!     answers.pop().map_or(Ok(()), Err)
//! }
//!
//! persevere::observe(&|event: &Event<'_>| {
//!     if let EventKind::GiveUp(reason) = event.kind() {
//!         eprintln!("{} gave up: {}", event.function(), reason.as_str());
//!     }
//! });
//! assert!(charge(&mut vec!["busy"]).is_ok());
//! assert!(charge(&mut vec!["busy", "busy", "busy"]).is_err());
//!
//! let site = persevere::sites().find(|site| site.name().ends_with("charge")).unwrap();
//! assert_eq!((site.retries(), site.give_ups(), site.late_successes()), (3, 1, 1));
//! assert_eq!(site.last_error().unwrap().text(), "busy");
//! ```
//!
//! OpenTelemetry has no feature of its own: `tracing-opentelemetry` turns each `tracing` event into an
//! event of the span around it, with its fields as attributes, and `metrics` has recorders that export
//! to OpenTelemetry. A direct export as well would record everything twice.
//!
//! # Without an attribute
//!
//! Where an attribute is not possible, [`Policy::retry`] and [`Policy::retry_blocking`] retry a closure,
//! with the same decision, and the same options except lists of types, async hooks, and `hedge`, whose race
//! goes into the closure. Events show a closure's error by its `Debug`. The wait
//! that an error asks for counts where `on` returns a [`Verdict`], as in
//! `.on(|error| error.classify())`.
//!
//! ```
//! use std::io;
//! use persevere::Policy;
//! use tokio::net::TcpStream;
//!
//! async fn connect(address: &str) -> io::Result<TcpStream> {
//!     Policy::AGGRESSIVE
//!         .retry(async || TcpStream::connect(address).await)
//!         .on(|error| error.kind() == io::ErrorKind::ConnectionRefused)
//!         .on_retry(|event| eprintln!("{event}"))
//!         .await
//! }
//! ```
//!
//! # Durable tasks
//!
//! A call that must not be lost with its process is a [`#[task]`](macro@task), which takes the same keys:
//! its arguments are a row in SQLite or PostgreSQL, a worker runs it, and the row makes the longer waits,
//! so that they outlive the process and occupy no worker. The module [`tasks`] and the
//! [guide](crate::_guide::durable_tasks) show how.
//!
//! # When everything fails
//!
//! Retries help against single failures, and do harm in an outage. A [`Budget`] limits the retries
//! of all calls that share it. A [`CircuitBreaker`] refuses attempts for a while when the dependency
//! keeps failing. A [`Bulkhead`] limits the number of calls in flight, and a [`Rate`] how many attempts on an
//! [`Upstream`] begin in a time. A [`Hedge`] starts a second
//! attempt beside a slow one, and the first good outcome wins. Each is a static, named in the attribute
//! or used by hand; the modules [`budget`], [`breaker`], [`bulkhead`] and [`hedge`] compare the kinds
//! and say what each costs.
//!
//! ```
//! use std::{io, net::SocketAddr};
//! use persevere::{Budget, Bulkhead, CircuitBreaker, retry};
//!
//! static RETRIES: Budget = Budget::new();
//! static DIRECTORY: CircuitBreaker = CircuitBreaker::new().with_name("directory");
//! static LOOK_UPS: Bulkhead = Bulkhead::new(50);
//!
//! #[retry(
//!     bulkhead = LOOK_UPS,
//!     budget = RETRIES,
//!     breaker = DIRECTORY,
//!     hedge = "p95",
//! )]
//! async fn look_up(name: &str) -> io::Result<Option<SocketAddr>> {
//!     Ok(tokio::net::lookup_host((name, 443)).await?.next())
//! }
//! ```
//!
//! A call goes through its layers in this order, outermost first, whatever the order of the keys:
//!
//! ```text
//! bulkhead ─► deadline ─► retries ─► breaker ─► hedge ┬► timeout ─► body
//! one permit  the call    each with  a permit   one   └► timeout ─► body
//! for the     with all    a permit   for each   race     of each    the first good
//! whole call  its waits   of budget  attempt    of bodies           outcome wins
//! ```
//!
//! The deadline starts before the wait for the bulkhead's permit, and cuts that wait, too. On an upstream with a
//! rate, an attempt takes its turn once the breaker has let it through.
//!
//! # Without tokio
//!
//! Blocking functions never need tokio: they block their thread. Async functions wait on the timer of
//! an enabled feature: `tokio`, or `async-io`, which is smol's timer and runs on any executor. Where
//! both are enabled, since features add up over a program, tokio's is used within a tokio runtime,
//! and obeys its paused clock; async-io's is used everywhere else. On wasm, in a browser or on
//! Node.js, it is the timer of `wasm`, whatever else is enabled. (There, a call that waits is not
//! `Send`, since JavaScript's timers belong to their thread.) `sleep = path`, a function from
//! `Duration` to a future, names any other timer; without any timer, an async function does not
//! compile. For a loop of your own, [`engine::decide`] is the decision alone, without clock or
//! input/output. Bulkheads and hedges take another timer by
//! [`acquire_by`](Bulkhead::acquire_by) and [`race_by`](Hedge::race_by).
//!
//! # In tests
//!
//! [`testing`] makes waits zero, switches jitter off, and caps retries or switches them off, on a
//! thread, in a future or in the process. A recorder keeps the events.
//!
//! ```
//! use persevere::testing::{self, Flaky, Recorder};
//! use persevere::retry;
//!
//! #[retry(on = _)]
//! fn fetch(server: &Flaky<u32, &'static str>) -> Result<u32, &'static str> {
//!     server.call()
//! }
//!
//! let recorder = Recorder::new();
//! let _scope = testing::no_waiting().without_jitter().recording(&recorder).on_this_thread();
//! assert_eq!(fetch(&Flaky::failing(2, || "busy").then(|| Ok(3))), Ok(3));
//! recorder.assert("3 attempts, waited 2 s then 4 s, succeeded"); // and took no time
//! ```
//!
//! # From outside
//!
//! With the feature `overrides`, a table of function names changes policies at start-up or while
//! the program runs: [`overrides`](mod@overrides) documents its syntax and rules. With the feature `chaos`, an
//! entry such as `search::*=chaos:20%return(503)` breaks attempts on purpose, to show what the program does when
//! a service fails. The feature `serde` reads such tables, and single policies, from configuration files.
//!
//! ```
//! # #[cfg(feature = "overrides")] {
//! use persevere::overrides;
//! use persevere::overrides::Overrides;
//!
//! // From the environment: PERSEVERE="payments::*=aggressive,search::query=max_retries:2"
//! overrides().install(Overrides::from_env()?);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | brings | default |
//! |---|---|---|
//! | `macros` | the attribute | yes |
//! | `tokio` | waits of async functions on tokio's timer | yes |
//! | `tracing` | events sent to `tracing` | yes |
//! | `async-io`, `smol` | waits on async-io's timer, which is smol's, wherever there is no tokio runtime | |
//! | `wasm` | waits on `setTimeout`, and the clock of JavaScript, on wasm | |
//! | `metrics` | counters and histograms of retries, through the `metrics` facade | |
//! | `serde` | [`Policy`], [`Jitter`] and tables of overrides in configuration files | |
//! | `overrides` | policies and time limits from outside, by the name of a function or an upstream, while the program runs | |
//! | `chaos` | faults put in on purpose, by a table of overrides: the module `chaos`; brings `overrides` | |
//! | `http` | `Classify` for `http::StatusCode`; the module [`http`] | |
//! | `reqwest` | `Classify` for `reqwest::Error`; `error_for_retry` on responses, with or without the body; brings `http` | |
//! | `reqwest-middleware` | a middleware that retries, in the module `reqwest_middleware`; brings `reqwest` and `tokio` | |
//! | `tower` | layers for `tower` services, in the module `tower`; brings `tokio` | |
//! | `tasks` | durable tasks in memory: [`#[task]`](macro@task), the module [`tasks`]; brings `tokio` | |
//! | `tasks-sqlite` | durable tasks in a SQLite file; brings `tasks` | |
//! | `tasks-postgres` | durable tasks in a PostgreSQL database; brings `tasks` | |
//! | `tasks-restate` | durable tasks that Restate runs; brings `tasks` | |
//! | `tonic`, `tonic-transport` | `Classify` for `tonic::Status`, with `RetryInfo` and `grpc-retry-pushback-ms`; for `tonic::transport::Error` | |
//! | `sqlx` | `Classify` for `sqlx::Error`: PostgreSQL, MySQL and MariaDB, SQLite; CockroachDB, TiDB | |
//! | `redis` | `Classify` for `redis::RedisError` | |
//! | `object_store` | `Classify` for `object_store::Error` | |
//! | `aws-smithy` | `Classify` for `SdkError` of the AWS SDK; `x-amz-retry-after` | |
//! | `anyhow`, `eyre` | `Classify` for `anyhow::Error`, `eyre::Report`: by the first error in the chain that is known | |
//! | `backon` | a [`Policy`] where backon takes a strategy | |
//! | `stream` | [`stream::reconnect`]: streams that outlive their connections; brings `tokio` | |
//! | `tokio-util` | [`Cancel`] from a `tokio_util::sync::CancellationToken` | |
//! | `retry-policies` | a [`Policy`] where a `retry_policies::RetryPolicy` is taken, as by reqwest-retry | |

// docs.rs names the features that an item needs beside it.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(all(doc, not(doctest)))] // their examples run in the tests' package, which has what they use
#[path = "guide.rs"]
pub mod _guide;
mod explain;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "reqwest-middleware")]
pub mod reqwest_middleware;
#[cfg(feature = "tasks")]
pub mod tasks;
#[cfg(feature = "tower")]
pub mod tower;

pub use crate::explain::{Explanation, UpstreamExplanation, explain, explain_upstream};
#[cfg(feature = "chaos")]
pub use persevere_core::chaos;
pub use persevere_core::deadline::without_deadline;
#[cfg(feature = "metrics")]
pub use persevere_core::metrics;
#[cfg(feature = "overrides")]
pub use persevere_core::overrides::{self, overrides};
#[cfg(feature = "stream")]
pub use persevere_core::stream;
pub use persevere_core::{
    At, Attempt, Budget, Bulkhead, Cancel, CircuitBreaker, Class, Classify, Delays, Event,
    EventKind, Hedge, Jitter, Keyed, LastError, NoValue, Observer, Outcome, Policy, Rate,
    Rejection, Shared, Shutdown, Site, ThreadRandom, Upstream, Verdict, breaker, budget, bulkhead,
    closure, deadline, driver, engine, hedge, keyed, observe, rate, rejection, shutdown, sites,
    testing, upstream, upstreams,
};
#[cfg(any(feature = "overrides", feature = "serde"))]
pub use persevere_core::{InvalidPolicy, PartialPolicy};
#[cfg(all(feature = "macros", feature = "tasks"))]
pub use persevere_macros::task;
#[cfg(feature = "macros")]
pub use persevere_macros::{Classify, retry};

#[doc(hidden)]
pub use persevere_core::generated as __private_0_1_0;
#[cfg(feature = "tasks")]
#[doc(hidden)]
pub use persevere_tasks::generated as __tasks_0_1_0;
