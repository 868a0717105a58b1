//! The small runtime of [`persevere`](https://docs.rs/persevere): policies, jitter,
//! classification, the decision, sleeping, events.
//!
//! Use the `persevere` crate, which re-exports what users need and adds the `#[retry]` attribute.
//! Data flows one way here: a [`Policy`] and a [`Verdict`] enter [`engine::decide`], a wait or an
//! end comes out; everything else carries that decision out.

mod adapters;
mod append_list;
mod arguments;
mod attempt;
mod bounded;
pub mod breaker;
pub mod budget;
pub mod bulkhead;
mod call;
mod caller;
mod classify;
mod clock;
pub mod closure;
mod control;
pub mod deadline;
mod due;
mod earlier;
pub mod engine;
mod event;
pub mod hedge;
mod hook;
mod jitter;
mod judge;
mod layers;
mod lent;
#[cfg(feature = "metrics")]
pub mod metrics;
mod name;
mod nanoseconds;
mod nesting;
mod observer;
mod one_line;
mod outcome;
#[cfg(feature = "overrides")]
pub mod overrides;
#[cfg(any(feature = "overrides", feature = "serde"))]
mod partial_policy;
mod policy;
#[doc(hidden)]
pub mod private;
mod probe;
mod progress;
mod random;
mod rejection;
mod settle;
mod site;
mod sleep;
mod sliding_window;
mod span_text;
mod spelt;
mod stopped;
mod striped;
#[cfg(any(feature = "overrides", feature = "serde"))]
mod suggest;
mod sync;
pub mod testing;
mod text;
mod tick;
mod timeline;
#[cfg_attr(
    not(any(
        feature = "tokio",
        feature = "async-io",
        all(feature = "wasm", target_family = "wasm")
    )),
    path = "timer/missing.rs"
)]
mod timer;
mod told;

pub use crate::attempt::Attempt;
pub use crate::breaker::CircuitBreaker;
pub use crate::budget::Budget;
pub use crate::bulkhead::Bulkhead;
pub use crate::classify::{Class, Classify, Verdict};
pub use crate::event::{Event, EventKind};
pub use crate::hedge::Hedge;
pub use crate::jitter::Jitter;
pub use crate::observer::{Observer, observe};
pub use crate::outcome::{NoValue, Outcome};
#[cfg(any(feature = "overrides", feature = "serde"))]
pub use crate::partial_policy::{InvalidPolicy, PartialPolicy};
pub use crate::policy::{Policy, Waits};
pub use crate::rejection::Rejection;
pub use crate::site::{LastError, Site, sites};

/// The `Retry-After` header, and the error that keeps it.
#[cfg(feature = "http")]
pub mod http {
    pub use crate::adapters::http_error::HttpError;
    #[cfg(feature = "reqwest")]
    #[doc(hidden)]
    pub use crate::adapters::http_error::without_secrets;
    pub use crate::adapters::retry_after::{parse_retry_after, retry_after, retry_after_at};
}
