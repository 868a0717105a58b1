//! `persevere`

#[cfg(feature = "http")]
pub mod http;

pub use retry_core::{
    Attempt, Class, Classify, Event, EventKind, Jitter, NoValue, Outcome, Policy, Rejection,
    Verdict, closure, engine,
};
#[cfg(feature = "macros")]
pub use retry_macros::{Classify, retry};

#[doc(hidden)]
pub use retry_core::private as __private;
