//! What is said about a call: its events, the function that they are about, and who hears them.

pub(crate) mod caller;
pub(crate) mod closure_names;
pub(crate) mod event;
#[cfg(feature = "metrics")]
pub mod metrics;
pub(crate) mod name;
pub(crate) mod observer;
pub(crate) mod site;
pub(crate) mod text;
pub(crate) mod turns;
