//! The small runtime of [`persevere`](https://docs.rs/persevere): policies, jitter,
//! classification, the decision, sleeping, events.
//!
//! Use the `persevere` crate, which re-exports what users need and adds the `#[retry]` attribute.
//! Data flows one way here: a [`Policy`] and a [`Verdict`] enter [`engine::decide`], a wait or an
//! end comes out; everything else carries that decision out.
//!
//! # The folders
//!
//! A folder uses those above it, and none below. `tests/direction.rs` holds the code to this list.
//!
//! | folder | holds |
//! |---|---|
//! | `primitives` | lists, counters, random draws, texts in one line, spans of time: what knows nothing of retries |
//! | `classify` | `Classify`, `Verdict`, `Class`; what an outcome is; `Rejection`; how `on` and `when` are judged |
//! | `chaos` | faults put in on purpose: their grammar, and which attempt they are drawn for |
//! | `policy` | `Policy`, jitter, the waits, policies in text and in configuration files |
//! | `cancel` | what ends calls from outside: the process' shutdown, cancelled trees of calls |
//! | `time` | clocks, timers, time limits; the deadline of the call around |
//! | `adapters` | other crates' errors, one file a crate, and the standard library's `io::Error`: they know verdicts, policies and clocks, and nothing of calls |
//! | `engine` | the decision: one pure function |
//! | `layers` | budgets, circuit breakers, bulkheads, rates, hedges, each in its folder; the window they count in |
//! | `events` | what happened to a call, the function it is about, and who hears of it |
//! | `switches` | what is different in a test, and what is recorded there |
//! | `overrides` | policies from outside |
//! | `task` | what a durable task is, and what its body learns of it |
//! | `call` | one retried call: what it keeps, the order of its layers, how it decides, reports and waits |
//! | `driver` | the same where the loop is elsewhere: a worker, with the call's history in a row |
//! | `closure` | the same for closures |
//! | `stream` | streams that reconnect |
//! | `testing` | the test kit |
//! | `generated` | what generated code names, and nothing else |

// docs.rs names the features that an item needs beside it.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod primitives;

mod classify;

#[cfg(feature = "chaos")]
pub mod chaos;

mod policy;

mod cancel;

mod time;

mod adapters;

pub mod engine;

mod layers;

mod events;

mod switches;

#[cfg(feature = "overrides")]
pub mod overrides;

#[cfg(feature = "tasks")]
pub mod task;

mod call;

pub mod driver;

pub mod closure;

#[cfg(feature = "stream")]
pub mod stream;

pub mod testing;

#[doc(hidden)]
pub mod generated;

/// What the facade's own modules use beside the public API.
#[doc(hidden)]
pub mod facade {
    pub use crate::call::handed_down::{Within, within};
    pub use crate::cancel::scope::{shielded, shielded_blocking};
    pub use crate::classify::asked::judged_by_closure;
    pub use crate::primitives::entered::Entered;
    pub use crate::primitives::span_text::SpanText;
}

pub use crate::call::attempt::Attempt;
pub use crate::call::deadline;
pub use crate::cancel::shutdown::{Shutdown, shutdown};
pub use crate::cancel::token::Cancel;
pub use crate::classify::outcome::{NoValue, Outcome};
pub use crate::classify::rejection::{Rejection, rejection};
pub use crate::classify::{Class, Classify, Verdict};
pub use crate::events::event::{Event, EventKind};
#[cfg(feature = "metrics")]
pub use crate::events::metrics;
pub use crate::events::observer::{Observer, observe};
pub use crate::events::site::{LastError, Site, sites};
pub use crate::layers::at::At;
pub use crate::layers::breaker::CircuitBreaker;
pub use crate::layers::budget::Budget;
pub use crate::layers::bulkhead::Bulkhead;
pub use crate::layers::hedge::Hedge;
pub use crate::layers::keyed::Keyed;
pub use crate::layers::rate::Rate;
pub use crate::layers::shared::Shared;
pub use crate::layers::upstream::{Upstream, upstreams};
pub use crate::layers::{breaker, budget, bulkhead, hedge, keyed, rate, upstream};
pub use crate::policy::jitter::Jitter;
#[cfg(any(feature = "overrides", feature = "serde"))]
pub use crate::policy::partial::{InvalidPolicy, PartialPolicy};
pub use crate::policy::{Delays, Policy};
pub use crate::primitives::random::ThreadRandom;

/// The `Retry-After` header, and the error that keeps it.
#[cfg(feature = "http")]
pub mod http {
    pub use crate::adapters::http_error::HttpError;
    #[cfg(feature = "reqwest")]
    #[doc(hidden)]
    pub use crate::adapters::http_error::without_secrets;
    pub use crate::adapters::retry_after::{parse_retry_after, retry_after, retry_after_at};
}
